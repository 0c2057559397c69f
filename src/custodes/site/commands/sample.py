"""`custodes sample …`: samples from files, without a database and without the platform."""

import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from custodes.evidence.columns import category, numeric
from custodes.evidence.errors import ArgumentInvalid, FileUnreadable
from custodes.evidence.sampling.allocation import Allocation
from custodes.evidence.sampling.draw import Sample, draw_households, draw_sample
from custodes.evidence.sampling.frame import Frame, frame_from_table
from custodes.evidence.sampling.panel import next_wave
from custodes.evidence.sampling.plan import Columns, Plan, with_second_stage
from custodes.evidence.sampling.precision import clustering_effect, precision_of, required_sample_size
from custodes.evidence.sampling.record import (
    ROW_KEYS,
    SAME_IN_EVERY_ROW,
    estimate_words,
    rows_of,
    sample_as_json,
    sample_from_json,
    with_numbers,
)
from custodes.evidence.sampling.replacement import replaced
from custodes.evidence.sampling.selection import Method
from custodes.evidence.tables import open_dataset
from custodes.site.commands.answers import check_format, json_text, print_rows
from custodes.site.commands.estimate import word_of
from custodes.site.commands.progress import progress_of

SEED_BITS = 48  # short enough to read over the telephone
SHORTEST_SECRET = 16
SIZE_KEYS = ("share", "margin", "coverage", "simple", "design_effect", "answers", "asked")


@dataclass(frozen=True, slots=True)
class DrawWords:
    """What a person typed for a draw, as it stands on the command line."""

    unit: str
    cluster: str | None
    strata: tuple[str, ...]
    size: str | None
    order: tuple[str, ...]
    listed: str | None
    eligible: str | None
    method: str
    units: int | None
    allocation: str
    given: Path | None
    at_least: int
    take: int | None
    within: str
    one_person: bool
    reserve: int
    reserve_within: int
    seed: int | None


@dataclass(frozen=True, slots=True)
class ListWords:
    """What a person typed for a second stage."""

    unit: str
    cluster: str
    eligible: str | None
    within: str
    one_person: bool
    reserve_within: int


@dataclass(frozen=True, slots=True)
class PrecisionWords:
    """What is to be known, and what is expected of the field."""

    share: float | None
    correlation: float
    response: float
    coverage: float


def draw_from_file(file: Path, words: DrawWords, *, precision: PrecisionWords, secret: Path | None, shape: str) -> None:
    """Draw and print. Raises every Problem of the words, the frame and the plan."""
    check_format(shape)
    plan = _plan(words)
    sample = draw_sample(_frame(file, plan.columns), plan)
    _print_sample(sample, secret, shape)
    if precision.share is not None:
        found = precision_of(
            sample, share=precision.share, within=precision.correlation, response=precision.response, coverage=precision.coverage
        )  # fmt: skip
        _say(
            f"A share of {precision.share:.4g} will be known to within ±{found.margin:.3g}: {found.answers:.0f} answers, "
            f"design effect {found.design_effect:.3g}, as good as {found.effective:.0f} of a simple random sample.",
            shape,
        )


def draw_households_from_file(
    record: Path, listing: Path, words: ListWords, *, secret: Path | None, shape: str
) -> None:
    """Draw the second stage and print. Raises every Problem of the record, the list and the words."""
    check_format(shape)
    sample = sample_of_record(record)
    if not sample.plan.rows_are_clusters or sample.second:
        raise ArgumentInvalid(
            "This sample has no clusters that wait for a list.",
            where=str(record),
            remedy="Draw clusters from a frame of clusters with --take, then their households from the list.",
        )
    columns = Columns(words.unit, words.cluster, eligible=words.eligible)
    plan = with_second_stage(
        sample.plan, columns, within=word_of(Method, words.within, where="--within"), one_person=words.one_person,
        reserve_within=words.reserve_within,
    )  # fmt: skip
    _print_sample(draw_households(sample, _frame(listing, columns), plan), secret, shape)


def count_from_file(
    record: Path, file: Path, *, number: str, cluster: str, unit: str | None, secret: Path | None, shape: str
) -> None:
    """Enter counts and print. Raises every Problem of the record and the file."""
    check_format(shape)
    sample = sample_of_record(record)
    if (unit is not None) != bool(sample.second):
        stage = "households: name their column with --unit" if sample.second else "clusters: leave --unit out"
        raise ArgumentInvalid(
            "It is not clear what was counted.", where="--unit", remedy=f"This sample counts in {stage}."
        )
    with open_dataset(file) as opened, progress_of(opened):
        table = opened.table
        names = {
            name: category(table, column, where="counts").strip()
            for name, column in (("cluster", cluster), ("unit", unit))
            if column
        }
        found = (
            table.select(row=table["_row"], number=numeric(table, number, where="counts"), **names)
            .order_by("row")
            .to_pyarrow()
        )
    numbers: dict[tuple[str, str], int] = {}
    for line in found.to_pylist():
        key = (str(line["cluster"]), str(line.get("unit") or ""))
        counted = line["number"]
        if counted is None or not float(counted).is_integer() or key in numbers:
            what = "The unit stands in the file twice." if key in numbers else "It is not a whole number."
            raise ArgumentInvalid(what, where=f"row {line['row']}, column {number}", remedy="Correct the row.")
        numbers[key] = int(counted)
    _print_sample(with_numbers(sample, numbers), secret, shape)


def replace_in_record(
    record: Path, old: str, new: str, *, reason: str, cluster: str | None, secret: Path | None, shape: str
) -> None:
    """Replace a unit and print. Raises every Problem of the record and the replacement."""
    check_format(shape)
    _print_sample(replaced(sample_of_record(record), old=old, new=new, reason=reason, cluster=cluster), secret, shape)


def wave_of_record(record: Path, *, retain: float, secret: Path | None, shape: str) -> None:
    """Rotate and print. Raises every Problem of the record and the rotation."""
    check_format(shape)
    found = next_wave(sample_of_record(record), retain=retain)
    _print_sample(found.sample, secret, shape)
    _say(f"Wave {found.sample.wave}: {found.retained} stay, {found.rested} rest, {found.fresh} come in.", shape)


def size_from_words(
    words: PrecisionWords, *, margin: float, take: float, unequal: float, population: int | None, shape: str
) -> None:
    """Print how many to ask. Raises ArgumentInvalid."""
    check_format(shape)
    effect = clustering_effect(take, within=words.correlation) * unequal
    share = 0.5 if words.share is None else words.share
    found = required_sample_size(
        share=share, margin=margin, design_effect=effect, response=words.response, population=population, coverage=words.coverage
    )  # fmt: skip
    values = (share, margin, words.coverage, found.simple, found.design_effect, found.answers, found.asked)
    print_rows([dict(zip(SIZE_KEYS, values, strict=True))], SIZE_KEYS, shape)


def _plan(words: DrawWords) -> Plan:
    said = {} if words.given is None else _given(words.given)
    columns = Columns(words.unit, words.cluster, words.strata, words.size, words.order, words.listed, words.eligible)
    return Plan(
        columns,
        secrets.randbits(SEED_BITS) if words.seed is None else words.seed,
        method=word_of(Method, words.method, where="--method"),
        units=words.units,
        allocation=word_of(Allocation, words.allocation, where="--allocation"),
        given={name: int(number) for name, number in said.get("units", {}).items()},
        spread={name: float(number) for name, number in said.get("spread", {}).items()},
        at_least=words.at_least,
        take=words.take,
        within=word_of(Method, words.within, where="--within"),
        one_person=words.one_person,
        reserve=words.reserve,
        reserve_within=words.reserve_within,
    )


def _given(place: Path) -> Mapping[str, Mapping[str, float]]:
    """Numbers by stratum. Raises FileUnreadable, ArgumentInvalid."""
    try:
        said = tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileUnreadable(
            f"It cannot be read: {error.strerror}.", where=str(place), remedy="Name an existing file."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"Not valid TOML: {error}.", where=str(place), remedy="Correct that line.") from None
    for table, content in said.items():
        is_known = table in ("units", "spread") and isinstance(content, dict)
        kinds = (int,) if table == "units" else (int, float)
        wrong = [name for name, number in content.items() if type(number) not in kinds] if is_known else [table]
        if wrong:
            raise ArgumentInvalid(
                f"“{wrong[0]}” is not as it should be.",
                where=str(place),
                remedy="Write [units] with a whole number, or [spread] with a standard deviation, for each stratum.",
            )
    return said


def _frame(file: Path, columns: Columns) -> Frame:
    with open_dataset(file) as opened, progress_of(opened):
        return frame_from_table(opened.table, columns)


def sample_of_record(record: Path) -> Sample:
    """The sample that a record holds. Raises FileUnreadable."""
    try:
        text = record.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"It cannot be read: {error}.", where=str(record), remedy="Name a record.") from None
    return sample_from_json(text, where=str(record))


def _secret(place: Path | None) -> bytes | None:
    if place is None:
        return None
    try:
        found = place.read_bytes().strip()
    except OSError as error:
        raise FileUnreadable(
            f"It cannot be read: {error.strerror}.", where=str(place), remedy="Name an existing file."
        ) from None
    if len(found) < SHORTEST_SECRET:
        raise ArgumentInvalid(
            f"The secret has {len(found)} bytes, so that it could be guessed.",
            where=str(place),
            remedy="Keep 32 random bytes in it, written as 64 hexadecimal digits, and the same file for every wave.",
        )
    return found


def _print_sample(sample: Sample, secret: Path | None, shape: str) -> None:
    rows = rows_of(sample, secret=_secret(secret))
    if shape == "json":
        typer.echo(json_text({**sample_as_json(sample), "rows": rows}))
    elif shape == "csv":
        print_rows(rows, ROW_KEYS, shape)
    else:
        shown = [key for key in ROW_KEYS if key not in SAME_IN_EVERY_ROW]
        print_rows([{**row, "certain": "yes" if row["certain"] else ""} for row in rows], shown, shape, optional=shown)
        typer.echo()
        plan = sample.plan
        for word, value in (
            ("seed", plan.seed), ("frame sha256", sample.frame_sha256), ("list sha256", sample.list_sha256),
            ("plan sha256", plan.sha256), ("version", sample.version), ("estimate", f"custodes estimate FILE … {estimate_words(sample)}"),
        ):  # fmt: skip
            if value != "":
                typer.echo(f"{word + ':':<14}{value}")
    for note in sample.notes:
        _say(note, shape)


def _say(sentence: str, shape: str) -> None:
    """Beneath a table; beside a file, so that this stays one."""
    typer.echo(sentence, err=shape != "table")
