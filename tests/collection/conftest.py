"""An M&E officer, one call that imports a file with what every import needs, and the real forms, converted once."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from custodes.collection.actions import form_uploads, import_file, publish_form_version, upload_form
from custodes.collection.form_conversion import ConvertedForm
from custodes.collection.models import FormUpload, FormVersion, ImportRun
from custodes.collection.xlsform.conversion import FormConversion, convert_form
from custodes.people.models import Account, RoleGrant
from custodes.places.actions import import_boundaries

WORDS = {"title": "A file", "series": "a-series", "licence": "CC BY 4.0", "provenance": "Sent by the office in a test"}


@pytest.fixture
def officer(db) -> Account:
    account = Account.objects.create(username="officer")
    RoleGrant.objects.create(
        account=account, role="me_officer", starts=date(2020, 1, 1), sensitivity=2, created_by="system"
    )
    return account


@pytest.fixture
def stranger(db) -> Account:
    return Account.objects.create(username="stranger")


@pytest.fixture
def write(tmp_path):
    """Write a file of text or bytes."""

    def make(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.fixture
def bring_in(officer):
    """Import a file in this process."""

    def run(path: Path, source: str, **changes) -> ImportRun:
        return import_file(path, by=changes.pop("by", officer), source=source, **(WORDS | changes))

    return run


@pytest.fixture
def prefectures(officer, reference_data):
    """The 17 prefectures of the Central African Republic."""
    return import_boundaries(
        reference_data / "admin" / "caf_adm1.topo.json", by=officer, country="CF", country_name="Central African Republic",
        level=1, code_field="id", name_field="name", valid_from=date(1989, 1, 1), source="Natural Earth",
    )  # fmt: skip


@pytest.fixture
def two_areas(officer, tmp_path):
    """Northern (0–1° E) and Southern (1–2° E) of the country ZZ."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[west, 0], [west + 1, 0], [west + 1, 1], [west, 1], [west, 0]]],
            },
        }
        for code, name, west in (("Z1", "Northern", 0), ("Z2", "Southern", 1))
    ]
    path = tmp_path / "two.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return import_boundaries(
        path, by=officer, country="ZZ", country_name="Zedland", level=1, code_field="code", name_field="name",
        valid_from=date(2000, 1, 1), source="a test",
    )  # fmt: skip


@pytest.fixture(scope="session")
def real_forms(reference_data) -> dict[str, FormConversion]:
    """The 20 examples of pyxform and three large forms from the field, by file name."""
    folder = reference_data / "xlsforms"
    if not folder.is_dir():
        pytest.skip("the real forms are absent: they belong into the folder xlsforms of the reference data")
    places = (*folder.glob("*.xls*"), *folder.glob("pyxform_examples/*.xls*"))
    return {place.name: convert_form(place.read_bytes(), file_name=place.name) for place in places}


FORM_WORDS = {"series": "station-visits", "licence": "CC BY 4.0", "provenance": "Asked by the office in a test"}
CHOICES = "\n| choices |\n| | list_name | name | label |\n| | yn | yes | Yes |\n| | yn | no | No |\n"


def form_text(
    *rows: str, version: str = "1", form_id: str = "visits", headers: str = "type|name|label", more: str = CHOICES
) -> str:
    """A form in markdown, of these survey rows."""
    survey = "\n".join(["| survey |", f"| | {headers} |", *(f"| | {row} |" for row in rows)])
    settings = f"\n| settings |\n| | form_title | form_id | version |\n| | Station visits | {form_id} | {version} |\n"
    return survey + "\n" + more + settings


@pytest.fixture
def converted_here(monkeypatch):
    """Forms are converted by the same function in this process; the process of its own has its own tests and costs seconds."""

    def convert(file: Path, *, file_name: str, tick: Callable[[], object] = lambda: None) -> ConvertedForm:
        made = convert_form(file.read_bytes(), file_name=file_name)
        return ConvertedForm(
            made.problems, made.xform, made.itemsets, {each.path: each.id for each in made.stable_names}
        )

    monkeypatch.setattr(form_uploads, "convert_apart", convert)


@pytest.fixture
def send_form(officer, write, converted_here):
    """Upload a form of these survey rows and convert it."""

    def send(*rows: str, by: Account | None = None, form=None, programme: str = "", **written) -> FormUpload:
        return upload_form(
            write(form_text(*rows, **written), "form.md"), by=by or officer, form=form, programme=programme
        )

    return send


@pytest.fixture
def publish(officer, send_form):
    """Upload and publish a form of these survey rows; `confirmed` is path to former path."""

    def run(*rows: str, confirmed: dict[str, str] | None = None, **written) -> FormVersion:
        upload = send_form(*rows, **written)
        assert upload.stage == FormUpload.Stage.READY, upload.problems
        former = {each["path"]: each["question"] for each in upload.summary["removed"]}
        former |= {each["before"]: each["question"] for each in upload.summary["proposals"]}
        pairs = {path: former[before] for path, before in (confirmed or {}).items()}
        words = {} if upload.form.current_id else FORM_WORDS
        return publish_form_version(upload, by=officer, confirmed=pairs, **words)

    return run
