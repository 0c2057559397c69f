"""Settings come from one file and the environment; a mistake is named with what to write instead."""

from pathlib import Path

import pytest

from custodes.site.config import Config, SettingInvalid, load_config


def _file(folder, text):
    place = folder / "custodes.toml"
    place.write_text(text)
    return place


def test_load_config_without_a_file_gives_the_defaults(tmp_path):
    assert load_config(tmp_path / "absent.toml", environ={}) == Config()


def test_load_config_reads_the_file(tmp_path):
    config = load_config(
        _file(tmp_path, '[server]\nport = 8080\n[site]\nallowed_hosts = ["a.example", "b.example"]\n'), {}
    )

    assert config.server.port == 8080
    assert config.site.allowed_hosts == ("a.example", "b.example")
    assert config.server.host == Config().server.host


def test_load_config_environment_overrides_the_file(tmp_path):
    place = _file(tmp_path, "[server]\nport = 8080\n")

    config = load_config(place, {"CUSTODES_SERVER__PORT": "9090", "CUSTODES_SITE__DATA_DIR": "/srv/custodes"})

    assert config.server.port == 9090
    assert config.site.data_dir == Path("/srv/custodes")


def test_load_config_reads_a_secret_from_a_file(tmp_path):
    (tmp_path / "key").write_text("very secret\n")

    config = load_config(tmp_path / "absent.toml", {"CUSTODES_SITE__SECRET_KEY_FILE": str(tmp_path / "key")})

    assert config.site.secret_key == "very secret"


def test_load_config_database_url_has_a_short_name(tmp_path):
    config = load_config(tmp_path / "absent.toml", {"CUSTODES_DATABASE_URL": "postgresql://u@h/d"})

    assert config.database.url == "postgresql://u@h/d"


@pytest.mark.parametrize(
    ("text", "where", "remedy"),
    [
        ("[server]\nprot = 1\n", "[server] prot", "port"),
        ("[sevrer]\nport = 1\n", "[sevrer]", "server"),
        ('[server]\nport = "eighty"\n', "[server] port", "custodes.example.toml"),
        ("[server]\nport = true\n", "[server] port", "custodes.example.toml"),
        ('[site]\ndebug = "perhaps"\n', "[site] debug", "custodes.example.toml"),
        ("port = 1\n", "custodes.toml: port", "[site]"),
        ("[server\n", "custodes.toml", "custodes.example.toml"),
    ],
    ids=["unknown key", "unknown section", "text for number", "truth for number", "text for truth", "no section", "not TOML"],
)  # fmt: skip
def test_load_config_names_the_mistake_and_the_remedy(tmp_path, text, where, remedy):
    with pytest.raises(SettingInvalid) as caught:
        load_config(_file(tmp_path, text), {})

    assert caught.value.where == where
    assert remedy in caught.value.remedy


def test_load_config_unknown_environment_key_names_the_nearest(tmp_path):
    with pytest.raises(SettingInvalid) as caught:
        load_config(tmp_path / "absent.toml", {"CUSTODES_SERVER__HOTS": "x"})

    assert "host" in caught.value.remedy


def test_load_config_named_file_that_is_absent(tmp_path):
    with pytest.raises(SettingInvalid) as caught:
        load_config(environ={"CUSTODES_CONFIG": str(tmp_path / "absent.toml")})

    assert "does not exist" in caught.value.what


def test_load_config_secret_file_that_is_absent(tmp_path):
    with pytest.raises(SettingInvalid) as caught:
        load_config(tmp_path / "absent.toml", {"CUSTODES_EMAIL__PASSWORD_FILE": str(tmp_path / "absent")})

    assert caught.value.where == "CUSTODES_EMAIL__PASSWORD_FILE"


@pytest.mark.parametrize(
    ("key", "stricter", "weaker"),
    [
        ("min_survey_n", 50, 29),
        ("max_relative_standard_error", 0.2, 0.31),
        ("min_people", 10, 4),
        ("min_sensitive", 11, 9),
        ("min_zero_denominator", 100, 49),
    ],
)
def test_load_config_disclosure_thresholds_only_grow_stricter(tmp_path, key, stricter, weaker):
    config = load_config(_file(tmp_path, f"[disclosure]\n{key} = {stricter}\n"), {})
    assert getattr(config.disclosure, key) == stricter

    with pytest.raises(SettingInvalid) as caught:
        load_config(_file(tmp_path, f"[disclosure]\n{key} = {weaker}\n"), {})
    assert caught.value.where == f"[disclosure] {key}"


def test_load_config_source_url_must_be_an_address(tmp_path):
    good = _file(tmp_path, '[site]\nsource_url = "https://code.example/custodes"\n')
    assert load_config(good, {}).site.source_url == "https://code.example/custodes"

    with pytest.raises(SettingInvalid, match="source_url"):
        load_config(_file(tmp_path, '[site]\nsource_url = "javascript:alert(1)"\n'), {})
