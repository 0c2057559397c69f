"""Texts cut into turns, sentences and characters by the rules as documented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.collection.qualitative.segments import Unit, segments
from custodes.collection.qualitative.transcripts import normalised
from tests.collection.qualitative.test_transcripts import AWKWARD


def cut(text: str, unit: Unit, **named) -> list[str]:
    return [text[each.start : each.end] for each in segments(text, unit=unit, **named)]


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("Q: Safe?\nA: No.\nNever at night.\nQ: Why?", ["Q: Safe?", "A: No.\nNever at night.", "Q: Why?"]),
        ("Recorded in May.\n\nAwa: Yes.\n", ["Recorded in May.", "Awa: Yes."]),
        ("[00:01:02] Interviewer 2: One\n(00:15) Awa : Two", ["[00:01:02] Interviewer 2: One", "(00:15) Awa : Two"]),
        ("المحاور: كيف؟\nأمل: بخير.", ["المحاور: كيف؟", "أمل: بخير."]),
        (
            "Awa: see\nhttps://example.org\nat 10:30 he said, and then: no",
            ["Awa: see\nhttps://example.org\nat 10:30 he said, and then: no"],
        ),
        ("One paragraph\nof two lines.\n\n\nAnother.", ["One paragraph\nof two lines.", "Another."]),
        ("One line.\nAnother line.", ["One line.", "Another line."]),
        ("", []),
        (" \n\n ", []),
    ],
    ids=[
        "labels",
        "before the first label",
        "time codes",
        "Arabic",
        "no labels inside",
        "paragraphs",
        "lines",
        "empty",
        "blank",
    ],
)
def test_turns(text, turns):
    assert cut(text, Unit.TURN) == turns


def test_turns_of_named_speakers_only():
    text = "Awa: He told me\nTruth be told: nothing.\nQ: So?"

    assert cut(text, Unit.TURN, speakers=["AWA", "q"]) == ["Awa: He told me\nTruth be told: nothing.", "Q: So?"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("We wait. They came! “Why?” Nobody knows…", ["We wait.", "They came!", "“Why?”", "Nobody knows…"]),
        ("About 3.5 km, e.g. the market.", ["About 3.5 km, e.g. the market."]),
        ("لا أشعر بالأمان. لماذا؟ لا أعرف۔", ["لا أشعر بالأمان.", "لماذا؟", "لا أعرف۔"]),
        ("警察来了。我怕！", ["警察来了。", "我怕！"]),
        ("no end\nnext line", ["no end", "next line"]),
        ("Wait... Then 👮🏽 came.", ["Wait...", "Then 👮🏽 came."]),
    ],
    ids=["marks and quotes", "points inside", "Arabic", "Chinese", "lines", "dots and emoji"],
)
def test_sentences(text, sentences):
    assert cut(text, Unit.SENTENCE) == sentences


def test_characters_are_code_points_that_are_no_blank():
    assert cut("a 👮🏽\nسَ", Unit.CHARACTER) == ["a", "👮", "🏽", "س", "\u064e"]


@given(AWKWARD | st.text("Awa: .?!\n]", max_size=40), st.sampled_from(Unit))
def test_units_cover_all_but_blanks_and_do_not_overlap(raw, unit):
    text = normalised(raw).text
    found = segments(text, unit=unit)
    end = 0
    for each in found:
        assert text[end : each.start].strip() == ""
        assert each.start < each.end
        assert text[each.start : each.end] == text[each.start : each.end].strip()
        end = each.end
    assert text[end:].strip() == ""
