"""The seed library: whole, valid, computable, and loaded without overwriting anybody's work."""

import dataclasses

import pytest

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.registry import estimator
from custodes.ledger.models import Entry
from custodes.people.errors import NotAllowed
from custodes.people.rules import Role
from custodes.programmes import actions, queries
from custodes.programmes.models import Definition, DefinitionVersion
from custodes.programmes.queries import library_sheets
from custodes.programmes.rules.sheets import check_sheet, sheet_remarks
from tests.factories import make_account
from tests.programmes.conftest import sheet

_ROWS = """SAF-01 SAF-02 SAF-03 SAF-04 TRU-01 TRU-02 SRV-01 SRV-02 SRV-03 COR-01 COR-02 ACC-01 ACC-02 ACC-03 ACC-04 ACC-05
ACC-06 OVR-01 OVR-02 CAP-01 CAP-02 CAP-03 CAP-04 WPS-01 WPS-02 HUM-01 HUM-02 HUM-03 DDR-01 DDR-02 OWN-01 COH-01 EPI-xx
POL-01"""
CODES = _ROWS.split()
ROLLUPS = set(DefinitionVersion.Rollup.values)
DIMENSIONS = {"sex", "age", "area", "ethnicity", "disability", "urban", "institution", "rank", "community"}


def test_library_holds_every_row_of_the_domain():
    assert list(library_sheets()) == CODES


@pytest.mark.parametrize("code", CODES)
def test_library_sheet_is_full_and_computable(code):
    sheet = library_sheets()[code]
    check_sheet(sheet)
    assert sheet_remarks(sheet) == ()
    for name in ("rationale", "limits", "standard", "frequency"):
        assert getattr(sheet, name).strip(), name
    assert {sheet.over_time, sheet.over_place} <= ROLLUPS
    assert set(sheet.dimensions) <= DIMENSIONS
    item = estimator(sheet.estimator)
    assert set(sheet.arguments) <= {argument.name for argument in item.arguments}


def test_i19_persons_are_counted_anew_never_summed():
    sheet = library_sheets()["CAP-01"]
    assert (sheet.estimator, sheet.over_time, sheet.over_place) == ("distinct_persons", "distinct", "distinct")


def test_i22_medians_and_ratings_never_roll_up_over_place():
    kinds = {"administrative_median", "ordinal_milestone", "judgement"}
    found = {code for code, sheet in library_sheets().items() if sheet.estimator in kinds}
    assert found == {"SRV-03", "OVR-01", "CAP-04", "POL-01"}
    assert {library_sheets()[code].over_place for code in found} == {"none"}


def test_library_loads_by_choice_and_twice_without_change(manager):
    first = actions.load_indicator_library(by=manager, codes=["TRU-01", "SAF-02"])
    entries = Entry.objects.count()
    again = actions.load_indicator_library(by=manager, codes=["TRU-01", "SAF-02"])
    assert [definition.code for definition in first] == ["TRU-01", "SAF-02"]
    assert all(definition.is_from_library for definition in first)
    assert again == ()
    assert (Definition.objects.count(), Entry.objects.count()) == (2, entries)


def test_library_never_overwrites_an_edited_definition(manager):
    (definition,) = actions.load_indicator_library(by=manager, codes=["TRU-01"])
    edited = dataclasses.replace(library_sheets()["TRU-01"], name="Adults who trust the Karuna police")
    actions.edit_definition(definition, sheet=edited, by=manager)
    new = actions.load_indicator_library(by=manager)
    assert len(new) == len(CODES) - 1
    assert queries.sheet_of(definition.current) == edited


def test_library_code_that_is_unknown_loads_nothing(manager):
    with pytest.raises(ArgumentInvalid, match="XXX-01"):
        actions.load_indicator_library(by=manager, codes=["TRU-01", "XXX-01"])
    assert not Definition.objects.exists()


@pytest.mark.parametrize("role", Role)
def test_library_loading_truth_table(db, role):
    account = make_account(role)
    if role in (Role.PROGRAMME_MANAGER, Role.ME_OFFICER):
        assert actions.load_indicator_library(by=account, codes=["TRU-01"])
    else:
        with pytest.raises(NotAllowed):
            actions.load_indicator_library(by=account, codes=["TRU-01"])


def test_i22_definition_without_a_declared_rule_rolls_up_nowhere():
    version = DefinitionVersion()
    assert (version.over_time, version.over_place) == ("none", "none")
    assert (sheet().over_time, sheet().over_place) == ("none", "none")
