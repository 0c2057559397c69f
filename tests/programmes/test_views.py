"""Pages and API: who sees what, the same number of queries for one and for three, and the whole way through the forms."""

import json
from datetime import date

import pytest
from django.urls import reverse

from custodes.people.rules import Role
from custodes.programmes import actions, queries
from custodes.programmes.models import Definition, DefinitionVersion, Indicator, PlanVersion, Programme, Result
from custodes.programmes.rules.targets import DatedValue
from tests.factories import make_account, make_indicator, make_institution, make_programme
from tests.programmes.conftest import make_plan

PAGES = ("programme-detail", "programme-edit", "result-new", "partner-new", "indicator-new", "plan-approve")


def number_of_queries(client, address, django_assert_max_num_queries):
    client.get(address)
    with django_assert_max_num_queries(15) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_i25_account_without_grant_sees_no_plan(client, approved, indicator):
    stranger = make_account()
    elsewhere = make_account(Role.PROGRAMME_MANAGER, programme="another")
    for account in (stranger, elsewhere):
        assert not queries.visible_programmes(account).exists()
        assert not queries.visible_indicators(account).exists()
        client.force_login(account)
        assert approved.title not in client.get(reverse("programme-list")).content.decode()
        for name in PAGES:
            assert client.get(reverse(name, args=[approved.code])).status_code == 404
        assert client.get(reverse("plan-version", args=[approved.code, 1])).status_code == 404
    assert not queries.visible_definitions(stranger).exists()
    client.logout()
    assert client.get(reverse("programme-detail", args=[approved.code])).status_code == 302


def test_i25_grant_for_one_programme_shows_that_one_only(programme, indicator, karuna, manager):
    make_plan(make_programme("border-reform", country_area=karuna, status="draft"), manager, code="BOR-01")
    donor = make_account(Role.DONOR, programme=programme.code)
    assert list(queries.visible_programmes(donor)) == [programme]
    assert list(queries.visible_indicators(donor)) == [indicator]
    assert list(queries.indicators_using(indicator.definition, donor)) == [indicator]


def test_i25_restricted_indicator_is_hidden_from_a_lower_grant(programme, indicator):
    Indicator.objects.update(sensitivity=2)
    assert not queries.visible_indicators(make_account(Role.DONOR, sensitivity=1)).exists()
    assert queries.visible_indicators(make_account(Role.DONOR, sensitivity=2)).count() == 1


def test_i25_restricted_indicator_stands_on_no_page_of_the_plan_for_a_lower_grant(client, programme, indicator, manager, approver):  # fmt: skip
    secret = make_plan(programme, manager, code="SEC-99")
    Result.objects.filter(pk=secret.result_id).update(code="O2")
    Indicator.objects.filter(pk=secret.pk).update(sensitivity=2)
    DefinitionVersion.objects.filter(definition=secret.definition).update(name="Officers under secret watch")
    secret.refresh_from_db()
    actions.submit_plan(programme, by=manager)
    reader = make_account(Role.PROGRAMME_MANAGER, Role.DONOR, sensitivity=1)
    second = make_account(Role.APPROVER, sensitivity=1)
    detail, approve = (reverse(name, args=[programme.code]) for name in ("programme-detail", "plan-approve"))

    def told(account, address) -> set[str]:
        client.force_login(account)
        answer = client.get(address)
        assert answer.status_code == 200
        page = answer.content.decode()
        return {words for words in ("TRU-01", "SEC-99", "secret watch", "Watched: reason") if words in page}

    assert told(reader, detail) == told(second, approve) == {"TRU-01"}
    assert told(approver, approve) == {"TRU-01", "SEC-99", "secret watch"}
    actions.approve_plan(programme, by=approver, reason="Agreed.")
    actions.set_targets(
        secret, targets=[DatedValue(date(2026, 11, 30), 0.6)], by=manager, reason="Watched: reason",
    )  # fmt: skip
    assert told(reader, detail) == {"TRU-01"}
    assert told(manager, detail) == {"TRU-01", "SEC-99", "secret watch"}
    programme.refresh_from_db()
    assert told(second, approve) == {"TRU-01"}
    actions.approve_plan(programme, by=approver, reason="Agreed again.")
    version = reverse("plan-version", args=[programme.code, 2])
    assert told(reader, version) == {"TRU-01"}
    assert told(approver, version) == {"TRU-01", "SEC-99", "secret watch", "Watched: reason"}


def test_i25_indicator_is_of_its_own_institution_else_of_the_lead(karuna):
    interior = make_institution("interior")
    police, prisons = (make_institution(code, parent=interior) for code in ("police", "prisons"))
    programme = make_programme(country_area=karuna, lead_institution=police)
    of_lead = make_indicator(programme)
    elsewhere = make_indicator(programme, institution=prisons)
    assert list(queries.visible_indicators(make_account(Role.FOCAL_POINT, institution=police))) == [of_lead]
    assert set(queries.visible_indicators(make_account(Role.FOCAL_POINT, institution=interior))) == {of_lead, elsewhere}
    assert not queries.visible_indicators(make_account(Role.FOCAL_POINT, institution=prisons)).exists()


def test_lists_ask_the_same_queries_for_one_and_three(client, programme, indicator, manager, karuna, django_assert_max_num_queries):  # fmt: skip
    client.force_login(manager)
    addresses = [
        reverse("programme-list"),
        reverse("programme-detail", args=[programme.code]),
        reverse("definition-list"),
        reverse("indicator-new", args=[programme.code]),
    ]
    ones = [number_of_queries(client, address, django_assert_max_num_queries) for address in addresses]
    for number in (2, 3):
        make_plan(programme, manager, code=f"TRU-0{number}")
        make_programme(f"other-{number}", country_area=karuna)
    threes = [number_of_queries(client, address, django_assert_max_num_queries) for address in addresses]
    assert ones == threes


def test_results_tree_nests_by_parent(programme, manager):
    top = actions.add_result(programme, level="impact", code="I", statement="Safer", by=manager)
    actions.add_result(programme, level="outcome", code="O1", statement="Fair", parent=top, by=manager)
    (branch,) = queries.results_tree(programme, [])
    assert (branch.result.code, [child.result.code for child in branch.children]) == ("I", ["O1"])


def test_plan_is_made_approved_and_changed_through_the_pages(client, karuna, manager, approver):
    client.force_login(manager)
    client.post(reverse("library-load"), {"codes": ["TRU-01"]})
    client.post(reverse("programme-new"), {
        "code": "reform", "title": "Reform", "starts": "2023-01-01", "ends": "2026-12-31", "country_area": karuna.pk,
    })  # fmt: skip
    client.post(reverse("result-new", args=["reform"]), {
        "level": "outcome", "code": "O1", "statement": "Fair treatment", "position": "0",
    })  # fmt: skip
    client.post(reverse("indicator-new", args=["reform"]) + "?definition=TRU-01", {
        "result": Result.objects.get().pk, "code": "TRU-01", "missing_policy": "exclude", "path": "linear",
        "is_public": "on",
    })  # fmt: skip
    targets = reverse("indicator-targets", args=["reform", "TRU-01"])
    values = {
        "baseline_value": "38.5", "baseline_on": "2022-11-30", "baseline_source": "Survey R1", "path": "back_loaded",
        "target_1": "48", "target_1_on": "2026-11-30",
    }  # fmt: skip
    assert client.post(targets, values).status_code == 302
    client.post(reverse("plan-submit", args=["reform"]))
    client.force_login(approver)
    page = client.get(reverse("plan-approve", args=["reform"]))
    seen = page.context["form"].initial["seen"]
    decision = {"decision": "approve", "reason": "Agreed by the board.", "seen": seen}
    assert client.post(reverse("plan-approve", args=["reform"]), decision).status_code == 302
    path = queries.expected_path_of(Indicator.objects.get())
    assert (path.baseline, path.target, path.shape) == (
        DatedValue(date(2022, 11, 30), 0.385), DatedValue(date(2026, 11, 30), 0.48), "back_loaded",
    )  # fmt: skip

    client.force_login(manager)
    refused = client.post(targets, values | {"target_1": "45"})
    assert refused.status_code == 400
    assert refused.context["form"].errors["reason"]
    client.post(targets, values | {"target_1": "45", "reason": "The survey came late."})
    client.force_login(approver)
    page = client.get(reverse("plan-approve", args=["reform"]))
    assert "changed from 0.48 to 0.45" in page.content.decode()
    assert "The survey came late." in page.content.decode()
    client.post(reverse("plan-approve", args=["reform"]), decision | {"seen": page.context["form"].initial["seen"]})
    assert PlanVersion.objects.count() == 2
    assert "changed from 0.48 to 0.45" in client.get(reverse("plan-version", args=["reform", 2])).content.decode()


def test_target_against_direction_is_an_error_of_the_form(client, programme, indicator, manager):
    client.force_login(manager)
    address = reverse("indicator-targets", args=[programme.code, indicator.code])
    values = {
        "baseline_value": "38.5", "baseline_on": "2022-11-30", "baseline_source": "Survey R1", "path": "linear",
        "target_1": "30", "target_1_on": "2026-11-30",
    }  # fmt: skip
    answer = client.post(address, values)
    assert answer.status_code == 400
    assert "good side" in answer.content.decode()
    assert client.post(address, values | {"confirmed": "on"}).status_code == 302
    indicator.refresh_from_db()
    assert indicator.direction_confirmed_by == manager.reference


def test_targets_form_shows_per_cent_and_saves_nothing_unchanged(client, programme, indicator, manager):
    client.force_login(manager)
    page = client.get(reverse("indicator-targets", args=[programme.code, indicator.code]))
    initial = page.context["form"].initial
    assert (str(initial["baseline_value"]), str(initial["target_1"])) == ("38.5", "48")
    entry = Indicator.objects.get().entry
    values = {name: value for name, value in initial.items() if value is not None}
    client.post(reverse("indicator-targets", args=[programme.code, indicator.code]), values)
    assert Indicator.objects.get().entry == entry


@pytest.mark.parametrize("name", ["programme-edit", "result-new", "partner-new", "indicator-new", "plan-approve"])
def test_pages_that_write_refuse_a_donor(client, programme, indicator, name):
    client.force_login(make_account(Role.DONOR))
    assert client.get(reverse(name, args=[programme.code])).status_code == 403


def test_definition_page_shows_the_sheet_and_edits_it(client, manager):
    actions.load_indicator_library(by=manager, codes=["SAF-02"])
    client.force_login(manager)
    text = client.get(reverse("definition-detail", args=["SAF-02"])).content.decode()
    for part in ("per 100,000 people", "Down is good", "SDG 16.1.1", "Rate of reports per population"):
        assert part in text
    page = client.get(reverse("definition-edit", args=["SAF-02"]))
    initial = page.context["form"].initial
    values = {name: value for name, value in initial.items() if value not in (None, False)}
    values |= {"arguments": json.dumps(initial["arguments"]), "name": "Homicide victims per 100,000 people"}
    assert client.post(reverse("definition-edit", args=["SAF-02"]), values).status_code == 302
    assert Definition.objects.get().current.name == "Homicide victims per 100,000 people"


def test_every_form_page_opens_for_a_manager(client, approved, indicator, manager):
    client.force_login(manager)
    addresses = [reverse(name) for name in ("programme-new", "definition-new", "library-load")]
    addresses += [reverse(name, args=[approved.code]) for name in ("programme-edit", "result-new", "partner-new")]
    addresses += [
        reverse("result-edit", args=[approved.code, indicator.result.code]),
        reverse("indicator-edit", args=[approved.code, indicator.code]),
        reverse("indicator-new", args=[approved.code]) + "?definition=TRU-01",
    ]
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_pages_open_in_every_language(client, approved, indicator, manager, language):
    client.force_login(manager)
    for path in ("", "definitions", "programmes/police-reform", "programmes/police-reform/versions/1"):
        assert client.get(f"/{language}/plan/{path}").status_code == 200


def test_indicator_search_finds_by_standard(client, programme, manager):
    actions.load_indicator_library(by=manager)
    client.force_login(manager)
    page = client.get(reverse("indicator-new", args=[programme.code]), {"q": "16.1.1"})
    assert [version.definition.code for version in page.context["versions"]] == ["SAF-02"]


def test_closed_programme_offers_no_change(client, programme, indicator, manager):
    Programme.objects.update(status="closed")
    client.force_login(manager)
    assert client.get(reverse("programme-detail", args=[programme.code])).context["may_plan"] is False


def test_i25_use_of_a_definition_elsewhere_is_told_within_the_grant_only(programme, indicator, karuna):
    make_indicator(make_programme("border-reform", country_area=karuna), definition=indicator.definition)
    donor = make_account(Role.DONOR, programme=programme.code)
    assert list(queries.indicators_using(indicator.definition, donor)) == [indicator]
