"""`custodes import`: the import page's own action, with its refusals said in the terminal."""

import pytest

from tests.running_site import prepared_folder, run_custodes, shared_folder, site_environment

OFFICER = """
from datetime import date
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from custodes.people.actions import create_account, create_first_administrator, grant_role
first = create_first_administrator("first", password="long enough for anyone", organisation_name="Office")
TOTP.activate(first, generate_totp_secret())
officer = create_account("amina", by=first, password="long enough for anyone")
grant_role(officer, by=first, role="me_officer", sensitivity=2, starts=date(2020, 1, 1), why="test")
"""
SURVEY = "id,region,weight,trust\n1,North,1.5,3\n2,North,0.5,1\n3,South,1.0,9\n"
MAPPING = """
[import]
licence = "CC BY 4.0"
provenance = "Made for this test"
series = "people-survey"

[columns]
weight = "weight"

[dates]
from = 2026-03-01
to = 2026-03-31

[missing]
trust = ["9"]
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A data folder with an administrator and an officer who may import."""
    folder = prepared_folder(shared_folder(tmp_path_factory), tmp_path_factory.mktemp("office"))
    shell = ("manage", "shell", "-v", "0", "-c", OFFICER)
    done = run_custodes(*shell, environment=site_environment(folder), folder=folder)
    assert done.returncode == 0, done.stderr
    (folder / "survey.csv").write_text(SURVEY)
    (folder / "survey.toml").write_text(MAPPING)
    return folder


def _import(office, *arguments):
    return run_custodes("import", *arguments, environment=site_environment(office), folder=office)


def test_import_brings_a_file_in_once(office):
    options = ("survey.csv", "--source", "survey", "--mapping", "survey.toml", "--as", "amina")

    first, second = _import(office, *options), _import(office, *options)

    assert first.returncode == 0, first.stderr
    assert "3 rows read" in first.stdout
    assert "A new data set" in first.stdout
    assert second.returncode == 0, second.stderr
    assert "imported before" in second.stdout
    assert run_custodes("verify", environment=site_environment(office), folder=office).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("survey.csv", "--source", "survey", "--as", "nobody"), "no account"),
        (("survey.csv", "--source", "surveys", "--as", "amina"), "surveys"),
        (("absent.csv", "--source", "survey", "--as", "amina"), "no such file"),
        (("survey.csv", "--source", "survey", "--as", "amina", "--mapping", "absent.toml"), "absent.toml"),
        (("survey.csv", "--source", "survey", "--as", "amina", "--sensitivity", "secret"), "confidential"),
        (("survey.csv", "--source", "survey", "--as", "first", "--mapping", "survey.toml"), "role"),
        (("survey.csv", "--source", "survey", "--as", "amina"), "licence"),
    ],
    ids=["account", "source", "file", "mapping", "sensitivity", "role", "words"],
)
def test_import_of_wrong_input_says_what_and_what_to_do(office, arguments, said):
    done = _import(office, *arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Remedy:" in done.stderr
    assert "Traceback" not in done.stderr


def test_import_mapping_with_an_unknown_word_names_the_known_ones(office):
    (office / "wrong.toml").write_text('[import]\nlicense = "CC BY 4.0"\n')

    done = _import(office, "survey.csv", "--source", "survey", "--as", "amina", "--mapping", "wrong.toml")

    assert done.returncode == 2
    assert "licence" in done.stderr
