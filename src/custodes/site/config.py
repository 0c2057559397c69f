"""The installation's settings: one TOML file, overridden by the environment, parsed into frozen dataclasses.

`custodes.toml` is looked for in the working directory, or where `CUSTODES_CONFIG` points. `CUSTODES_SERVER__PORT=8080` overrides `[server] port`;
`CUSTODES_SITE__SECRET_KEY_FILE=/run/secrets/key` reads the value from a file. An unknown key is an error that names the nearest one.
"""

import difflib
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from custodes.evidence.errors import InputProblem

PREFIX = "CUSTODES_"
OUTSIDE_SECTIONS = {"CUSTODES_CONFIG", "CUSTODES_REFERENCE_DATA", "CUSTODES_SPARK_URL"}
ALIASES = {"CUSTODES_DATABASE_URL": ("database", "url")}


class SettingInvalid(InputProblem):
    """A setting is unknown, or its value has the wrong type."""

    code = "site.setting-invalid"


@dataclass(frozen=True, slots=True)
class Site:
    """Who runs this installation and where it is found."""

    name: str = "Custodes"
    base_url: str = "http://127.0.0.1:8000"
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    time_zone: str = "UTC"
    secret_key: str = ""  # empty: made once and kept in data_dir
    data_dir: Path = Path("var")
    debug: bool = False
    source_url: str = ""  # where visitors get the source of this installation, as the AGPL asks


@dataclass(frozen=True, slots=True)
class Server:
    """Where the web server listens. Bind beyond loopback only behind HTTPS."""

    host: str = "127.0.0.1"
    port: int = 8000


@dataclass(frozen=True, slots=True)
class Database:
    """Relational state: SQLite in data_dir when the url is empty, or postgresql://user:password@host:port/name."""

    url: str = ""


@dataclass(frozen=True, slots=True)
class Security:
    """Sign-in and transport."""

    https: bool = False
    session_hours: int = 12
    lockout_failures: int = 5
    lockout_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The fictional Republic of Karuna: one listed account per role, no second factor, and a banner."""

    enabled: bool = False


@dataclass(frozen=True, slots=True)
class Disclosure:
    """When a figure is withheld. Thresholds may only be raised above the defaults."""

    min_survey_n: int = 30
    max_relative_standard_error: float = 0.30
    min_people: int = 5
    min_sensitive: int = 10
    min_zero_denominator: int = 50


@dataclass(frozen=True, slots=True)
class Lights:
    """Traffic lights: shares of the expected progress, and the least completeness of reporting."""

    on_track: float = 0.9
    at_risk: float = 0.7
    min_completeness: float = 0.8


@dataclass(frozen=True, slots=True)
class Jobs:
    """Background work: how long a job may stay silent before another worker takes it up."""

    lease_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Submissions:
    """What a device may send at once, and how long it is waited for."""

    max_bytes: int = 100_000_000
    slow_seconds: int = 120
    busy_seconds: int = 20


@dataclass(frozen=True, slots=True)
class Email:
    """Outgoing post; with no host, messages are written to the log."""

    host: str = ""
    port: int = 587
    user: str = ""
    password: str = ""
    sender: str = "custodes@localhost"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything an installation can set."""

    site: Site = field(default_factory=Site)
    server: Server = field(default_factory=Server)
    database: Database = field(default_factory=Database)
    security: Security = field(default_factory=Security)
    demonstration: Demonstration = field(default_factory=Demonstration)
    disclosure: Disclosure = field(default_factory=Disclosure)
    lights: Lights = field(default_factory=Lights)
    jobs: Jobs = field(default_factory=Jobs)
    submissions: Submissions = field(default_factory=Submissions)
    email: Email = field(default_factory=Email)


def load_config(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Settings from the file and the environment, or SettingInvalid that says which key and what to write instead."""
    environ = os.environ if environ is None else environ
    path = path or Path(environ.get("CUSTODES_CONFIG", "custodes.toml"))
    values: dict[str, dict[str, Any]] = {}
    if path.exists():
        values = _read_file(path)
    elif "CUSTODES_CONFIG" in environ:
        raise SettingInvalid("the file does not exist.", where=str(path), remedy="Copy custodes.example.toml there.")
    for name, value in _overrides(environ):
        values.setdefault(name[0], {})[name[1]] = value
    config = Config(**{section: _section(section, content) for section, content in values.items()})
    _check_thresholds(config)
    _check_source_url(config.site.source_url)
    return config


def _read_file(path: Path) -> dict[str, dict[str, Any]]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingInvalid(
            f"not valid TOML: {error}.", where=path.name, remedy="Compare custodes.example.toml."
        ) from None
    for section, content in values.items():
        if not isinstance(content, dict):
            raise SettingInvalid(
                "stands outside every section.",
                where=f"{path.name}: {section}",
                remedy="Put it under one, such as [site].",
            )
    return values


def _overrides(environ: Mapping[str, str]) -> list[tuple[tuple[str, str], str]]:
    found = []
    for variable, value in sorted(environ.items()):
        if variable in ALIASES:
            found.append((ALIASES[variable], value))
        elif variable.startswith(PREFIX) and variable not in OUTSIDE_SECTIONS and "__" in variable:
            section, key = variable.removeprefix(PREFIX).lower().split("__", 1)
            if key.endswith("_file"):
                key, value = key.removesuffix("_file"), _secret_from_file(variable, value)
            found.append(((section, key), value))
    return found


def _secret_from_file(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingInvalid(
            f"{path} cannot be read: {error.strerror}.",
            where=variable,
            remedy="Name a file that this account can read.",
        ) from None


def _section(section: str, content: Mapping[str, Any]) -> Any:
    kinds = {item.name: item.default_factory for item in fields(Config)}
    _check_known(section, kinds, where=f"[{section}]")
    kind = typing.cast(type, kinds[section])
    hints = typing.get_type_hints(kind)
    arguments = {}
    for key, value in content.items():
        _check_known(key, hints, where=f"[{section}] {key}")
        arguments[key] = _converted(value, hints[key], where=f"[{section}] {key}")
    return kind(**arguments)


def _check_known(name: str, known: Mapping[str, Any], *, where: str) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0)
        raise SettingInvalid("no such setting.", where=where, remedy=f"Did you mean {near[0]}?")


def _converted(value: Any, kind: Any, *, where: str) -> Any:
    try:
        if kind is bool:
            return (
                value
                if isinstance(value, bool)
                else {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[value.lower()]
            )
        if isinstance(value, bool):
            raise TypeError
        if kind in (int, float, str, Path):
            return kind(value)
        if isinstance(kind, types.GenericAlias):
            return tuple(value.split(",")) if isinstance(value, str) else tuple(str(item) for item in value)
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    expected = (
        "a list of texts"
        if isinstance(kind, types.GenericAlias)
        else {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, "a text")
    )
    raise SettingInvalid(f"{value!r} is not {expected}.", where=where, remedy="See custodes.example.toml.")


def _check_thresholds(config: Config) -> None:
    least = Disclosure()
    for item in fields(Disclosure):
        now, floor = getattr(config.disclosure, item.name), getattr(least, item.name)
        weaker = now > floor if item.name == "max_relative_standard_error" else now < floor
        if weaker:
            raise SettingInvalid(
                f"{now} protects less than {floor}.",
                where=f"[disclosure] {item.name}",
                remedy="Thresholds may only be made stricter.",
            )


def _check_source_url(address: str) -> None:
    if address and not address.startswith(("https://", "http://")):
        raise SettingInvalid(
            f"{address!r} is no address.",
            where="[site] source_url",
            remedy="Begin it with https://, or leave it empty.",
        )
