"""A question keeps its identity through renaming, moving and new versions; nothing is matched by guess."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.collection.errors import MatchInvalid
from custodes.collection.xform.identity import MatchReason, Pairing, compare_versions
from tests.collection.xform.conftest import form_of

MORE = "\n| choices |\n| | list_name | name | label |\n| | l | a | A |\n| | l | b | B |\n| | m | a | A |\n| | m | c | C |\n"
OLD = (
    "text|name|What is your name?",
    "integer|age|How old are you?",
    "select_one l|which|Which one?",
    "text|gone|Gone",
)


def paths(questions):
    return [each.path for each in questions]


def test_same_form_has_no_difference():
    difference = compare_versions(form_of(*OLD, more=MORE), form_of(*OLD, more=MORE))

    assert difference.is_empty
    assert {each.reason for each in difference.matches} == {MatchReason.SAME_PATH}


def test_order_changes_nothing():
    difference = compare_versions(form_of(*OLD, more=MORE), form_of(*reversed(OLD), more=MORE))

    assert difference.is_empty


def test_added_and_removed_are_told():
    difference = compare_versions(form_of("text|a|Alpha"), form_of("text|b|Something else entirely"))

    assert (paths(difference.added), paths(difference.removed), difference.proposals) == (["/data/b"], ["/data/a"], ())


def test_rename_is_proposed_and_matched_only_when_confirmed():
    before, after = form_of(*OLD, more=MORE), form_of("text|full_name|What is your name?", *OLD[1:], more=MORE)

    open_difference = compare_versions(before, after)
    (proposal,) = open_difference.proposals
    confirmed = compare_versions(before, after, confirmed=[Pairing(proposal.before.path, proposal.after.path)])

    assert proposal.reasons == ("same label", "same type")
    assert (paths(open_difference.added), paths(open_difference.removed)) == (["/data/full_name"], ["/data/name"])
    assert [(each.before.path, each.after.path, each.reason) for each in confirmed.renamed] == [
        ("/data/name", "/data/full_name", MatchReason.CONFIRMED)
    ]
    assert (confirmed.added, confirmed.removed, confirmed.proposals) == ((), (), ())


def test_move_into_a_group_is_proposed_by_its_name():
    before, after = form_of("text|name|Name"), form_of("begin group|g|G", "text|name|Your own name", "end group||")

    (proposal,) = compare_versions(before, after).proposals
    moved = compare_versions(before, after, confirmed=[Pairing("/data/name", "/data/g/name")]).moved

    assert proposal.reasons[0] == "same name in another group"
    assert [each.after.path for each in moved] == ["/data/g/name"]


def test_stable_id_outlasts_name_place_and_words():
    headers = "type | name | label | custodes::id"
    before = form_of("text|a|Alpha|q1", "text|b|Beta|q2", headers=headers)
    after = form_of("text|b|Other words|q1", "integer|a|Beta|q2", headers=headers)

    difference = compare_versions(before, after)

    assert [(each.before.path, each.after.path, each.reason) for each in difference.matches] == [
        ("/data/a", "/data/b", MatchReason.STABLE_ID), ("/data/b", "/data/a", MatchReason.STABLE_ID),
        ("/data/meta/instanceID", "/data/meta/instanceID", MatchReason.SAME_PATH),
    ]  # fmt: skip
    assert [each.after.path for each in difference.retyped] == ["/data/a"]
    assert [(each.before, each.after) for each in difference.relabelled] == [("Alpha", "Other words")]


def test_same_path_with_another_stable_id_is_another_question():
    headers = "type | name | label | custodes::id"
    difference = compare_versions(form_of("text|a|A|q1", headers=headers), form_of("text|a|A|q2", headers=headers))

    assert (paths(difference.added), paths(difference.removed), difference.proposals) == (["/data/a"], ["/data/a"], ())


def test_change_of_type_keeps_the_question():
    difference = compare_versions(form_of("text|age|Age"), form_of("integer|age|Age"))

    assert [(each.before.kind, each.after.kind) for each in difference.retyped] == [("text", "integer")]
    assert difference.added == difference.removed == ()


def test_choices_gained_and_lost_are_told():
    (change,) = compare_versions(form_of("select_one l|q|Q", more=MORE), form_of("select_one m|q|Q", more=MORE)).choices

    assert (change.added, change.removed) == (("c",), ("b",))


@pytest.mark.parametrize(
    "pairs",
    [[Pairing("/data/nothing", "/data/b")], [Pairing("/data/a", "/data/nothing")], [Pairing("/data/a", "/data/b")] * 2],
)
def test_wrong_confirmation_is_refused(pairs):
    with pytest.raises(MatchInvalid):
        compare_versions(form_of("text|a|A"), form_of("text|b|B"), confirmed=pairs)


NAMES = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), unique=True, min_size=1, max_size=5)


@settings(max_examples=25)
@given(NAMES, NAMES)
def test_every_question_is_matched_added_or_removed_once(before, after):
    old, new = (form_of(*(f"text|{name}|Label {name * 3}" for name in names)) for names in (before, after))

    difference = compare_versions(old, new)
    pairs = [Pairing(each.before.path, each.after.path) for each in difference.proposals]
    confirmed = compare_versions(old, new, confirmed=pairs)

    for each in (difference, confirmed):
        assert sorted(paths(match.before for match in each.matches) + paths(each.removed)) == sorted(
            paths(old.questions)
        )
        assert sorted(paths(match.after for match in each.matches) + paths(each.added)) == sorted(paths(new.questions))
    assert len(confirmed.matches) == len(difference.matches) + len(pairs)
