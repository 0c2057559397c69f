"""`custodes forms`: from file to published version by the pages' own actions, and a finding where the file has faults."""

import re

import pytest
from typer.testing import CliRunner

from custodes.collection.errors import FormStateNotAllowed
from custodes.collection.models import Form
from custodes.site.cli import app
from custodes.site.errors import NameUnknown
from tests.collection.conftest import form_text

WORDS = ("--licence", "CC0-1.0", "--provenance", "Asked in a test")


@pytest.fixture
def forms(officer, converted_here, tmp_path, monkeypatch):
    """Run `custodes forms …` in the name of the officer."""
    monkeypatch.setenv("CUSTODES_SITE__DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str):
        return CliRunner().invoke(app, ["forms", *map(str, arguments), "--as", "officer"])

    return run


def test_form_is_uploaded_published_and_closed_by_command(forms, write):
    asks = "select_one_from_file towns.csv|town|Which town?"
    sent = forms("upload", write(form_text(asks), "form.md"))
    assert (sent.exit_code, "It asks for the file towns.csv." in sent.output) == (0, True), sent.output
    upload = re.search(r"forms publish (\d+)", sent.output).group(1)
    towns = write("name,label\na,A\n", "towns.csv")
    done = forms("publish", upload, "--media", towns, *WORDS)
    assert (done.exit_code, done.output) == (0, "Station visits: version 1 is published, the form is open.\n")

    following = forms("upload", write(form_text("text|place|Which town?", version="2"), "form.md"), "--form", "visits")
    pair = re.search(r"--same (\S+)", following.output).group(1)
    upload = re.search(r"forms publish (\d+)", following.output).group(1)
    assert forms("publish", upload, "--same", pair).exit_code == 0
    form = Form.objects.get()
    assert form.questions.filter(versions__path__in=["/data/town", "/data/place"]).distinct().count() == 1

    closed = forms("state", "visits", "closed", "--why", "The round is over.")
    assert closed.output == "Station visits is closed.\n"


def test_faults_are_a_finding_and_each_has_its_place(forms, write):
    sent = forms("upload", write(form_text("text|a|A", "nonsense|b|B"), "form.md"))

    assert sent.exit_code == 1
    assert "FAULT  survey, row 3, type: " in sent.output


def test_wrong_words_are_refused(forms, write):
    file = write(form_text("text|a|A"), "form.md")
    refused = [
        (("upload", file, "--form", "nowhere"), NameUnknown), (("upload", file, "--sensitivity", "secret"), NameUnknown),
        (("publish", "1", "--same", "nonsense"), NameUnknown),
    ]  # fmt: skip
    forms("upload", file)
    refused.append((("state", "visits", "open", "--why", "x"), FormStateNotAllowed))
    for arguments, problem in refused:
        assert isinstance(forms(*arguments).exception, problem), arguments
