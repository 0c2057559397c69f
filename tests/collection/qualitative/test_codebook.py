"""The codebook: a tree in versions; merge, split and retire keep what was there, and codings find their way."""

from dataclasses import replace

import pytest

from custodes.collection.errors import CodebookChangeRefused, CodeUnknown
from custodes.collection.qualitative.codebook import (
    ChangeKind,
    Code,
    Codebook,
    add_code,
    merge_codes,
    move_code,
    retire_code,
    revise_code,
    split_code,
)
from custodes.collection.qualitative.codings import Coding, carried_forward, check_coding
from custodes.collection.qualitative.transcripts import Excerpt

WHO = {"by": "Awa", "reason": "Two coders read it differently."}
BOOK = Codebook(
    (
        Code("trust", "Trust", definition="Relying on the police", use_when="relief is told", use_not_when="fear is told", example="“We call them.”"),
        Code("fear", "Fear"),
        Code("night", "At night", parent="fear"),
        Code("bribes", "Bribes"),
    )
)  # fmt: skip


def coding(code: str, version: int = 1) -> Coding:
    return Coding("c1", "t1", Excerpt(0, 3, "abc"), code, "bako", version)


def test_tree_tells_children_branch_and_path():
    assert [code.name for code in BOOK.children("")] == ["Trust", "Fear", "Bribes"]
    assert BOOK.branch("fear") == {"fear", "night"}
    assert BOOK.path("night") == ("Fear", "At night")


@pytest.mark.parametrize(
    "codes",
    [
        (Code("a", "A"), Code("a", "B")),
        (Code("a", "A", parent="x"),),
        (Code("a", "A", parent="b"), Code("b", "B", parent="a")),
        (Code("a", "A", parent="a"),),
    ],
    ids=["twice", "unknown parent", "circle", "below itself"],
)
def test_tree_that_is_none_is_refused(codes):
    with pytest.raises(CodebookChangeRefused):
        Codebook(codes)


def test_added_code_makes_a_version_and_earlier_ones_stay():
    after = add_code(BOOK, code=Code("new", "Extortion", parent="bribes"), by="Awa")

    assert (after.version, BOOK.version, len(BOOK.codes)) == (2, 1, 4)
    assert after.history[-1].kind is ChangeKind.ADD
    assert after.code("new").parent == "bribes"
    check_coding(coding("new", 2), codebook=after)
    with pytest.raises(CodebookChangeRefused):
        check_coding(coding("new", 1), codebook=after)


def test_revision_keeps_the_words_as_they_were():
    after = revise_code(BOOK, code=replace(BOOK.code("fear"), definition="Being afraid"), **WHO)

    assert after.code("fear").definition == "Being afraid"
    assert after.history[-1].before == (BOOK.code("fear"),)
    assert after.successors("fear", since=1) == ("fear",)


def test_merged_codes_carry_their_codings_and_children():
    after = merge_codes(BOOK, guids=["fear", "trust"], into="trust", **WHO)

    assert after.code("fear").retired_in == 2
    assert after.code("night").parent == "trust"
    carried = carried_forward([coding("fear"), coding("bribes")], codebook=after)
    assert [(each.code, each.codebook_version) for each in carried.codings] == [("trust", 2), ("bribes", 2)]
    assert carried.undecided == ()


def test_split_and_retired_codes_leave_the_decision_to_a_person():
    split = split_code(BOOK, guid="bribes", into=[Code("asked", "Asked for"), Code("offered", "Offered")], **WHO)
    after = retire_code(split, guid="trust", **WHO)

    assert after.successors("bribes", since=1) == ("asked", "offered")
    assert after.successors("trust", since=1) == ()
    carried = carried_forward([coding("bribes"), coding("trust"), coding("asked", 2)], codebook=after)
    assert [each.code for each in carried.undecided] == ["bribes", "trust"]
    assert [each.code for each in carried.codings] == ["asked"]
    assert [code.guid for code in after.in_use] == ["fear", "night", "asked", "offered"]


def test_code_merged_and_later_split_is_followed_through_both():
    merged = merge_codes(BOOK, guids=["bribes"], into="trust", **WHO)
    after = split_code(merged, guid="trust", into=[Code("a", "In officers"), Code("b", "In courts")], **WHO)

    assert after.successors("bribes", since=1) == ("a", "b")
    assert after.successors("trust", since=3) == ("trust",)


def test_moved_code_stands_elsewhere_but_never_below_itself():
    assert move_code(BOOK, guid="night", parent="trust", **WHO).path("night") == ("Trust", "At night")
    with pytest.raises(CodebookChangeRefused):
        move_code(BOOK, guid="fear", parent="night", **WHO)


@pytest.mark.parametrize(
    "change",
    [
        lambda: add_code(BOOK, code=Code("x", " fear "), by="Awa"),
        lambda: add_code(BOOK, code=Code("x", "  "), by="Awa"),
        lambda: add_code(BOOK, code=Code("trust", "Another"), by="Awa"),
        lambda: revise_code(BOOK, code=replace(BOOK.code("night"), parent=""), **WHO),
        lambda: retire_code(BOOK, guid="bribes", by="Awa", reason=" "),
        lambda: retire_code(BOOK, guid="fear", **WHO),
        lambda: split_code(BOOK, guid="bribes", into=[Code("x", "One")], **WHO),
        lambda: split_code(BOOK, guid="fear", into=[Code("x", "One"), Code("y", "Two")], **WHO),
        lambda: merge_codes(BOOK, guids=["trust"], into="trust", **WHO),
        lambda: merge_codes(BOOK, guids=["fear"], into="night", **WHO),
        lambda: add_code(retire_code(BOOK, guid="bribes", **WHO), code=Code("x", "New", parent="bribes"), by="Awa"),
    ],
    ids=[
        "name there", "no name", "guid there", "move by revision", "no reason", "retire with codes below", "split in one",
        "split with codes below", "merge nothing", "merge into a child", "below a retired one",
    ],
)  # fmt: skip
def test_change_that_breaks_the_tree_is_refused_with_the_remedy(change):
    with pytest.raises(CodebookChangeRefused) as refused:
        change()

    assert refused.value.remedy


def test_coding_by_what_the_version_did_not_offer_is_refused():
    after = retire_code(BOOK, guid="bribes", **WHO)
    heading = Codebook((Code("h", "Heading", is_codable=False),))

    check_coding(coding("bribes", 1), codebook=after)
    for made, book in ((coding("bribes", 2), after), (coding("trust", 3), after), (coding("h"), heading)):
        with pytest.raises(CodebookChangeRefused):
            check_coding(made, codebook=book)
    with pytest.raises(CodeUnknown):
        check_coding(coding("none"), codebook=after)
