"""Places in texts: code points, UTF-16 units, and texts as they came; excerpts are checked against their words."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.collection.errors import ExcerptMismatch, OffsetOutside
from custodes.collection.qualitative.transcripts import (
    NO_TEXT,
    Excerpt,
    Transcript,
    check_excerpt,
    excerpt_at,
    excerpt_at_utf16,
    normalised,
    utf16_places,
)
from custodes.evidence.errors import InputProblem

# Emoji with a modifier and a joiner, Arabic with marks, line ends of three systems, a byte order mark.
PIECES = [
    "a",
    " ",
    "é",
    "e\u0301",
    "👮🏽",
    "👨\u200d👩\u200d👧",
    "سَلَام",
    "أَمْن",
    "\r\n",
    "\r",
    "\n",
    "\ufeff",
    "\U0001faf0",
    ".",
]
MEANT = st.characters(exclude_categories=["Cs"]).filter(lambda character: NO_TEXT.match(character) is None)
AWKWARD = st.lists(st.sampled_from(PIECES) | MEANT, max_size=40).map("".join)


def transcript(text: str, **changed) -> Transcript:
    return Transcript(**{"guid": "g", "name": "interview 1", "text": text, **changed})


def test_normalised_text_has_line_feeds_and_no_mark():
    found = normalised("\ufeffA\r\nB\rC\n\ufeffD")

    assert found.text == "A\nB\nC\n\ufeffD"
    assert found.dropped == (0, 2)


def test_normalised_text_keeps_letters_as_typed():
    assert normalised("e\u0301 é \u200f\u200d").text == "e\u0301 é \u200f\u200d"


@given(AWKWARD)
def test_normalising_twice_changes_nothing(raw):
    once = normalised(raw).text

    assert normalised(once).text == once
    assert "\r" not in once
    assert transcript(once).sha256 == hashlib.sha256(once.encode()).hexdigest()


@given(AWKWARD, st.data())
def test_place_in_the_text_as_it_came_keeps_its_character(raw, data):
    found = normalised(raw)
    place = data.draw(st.integers(0, len(raw)))
    is_between = raw[place - 1 : place + 1] == "\r\n" and place > 0

    assert found.offset(place) == len(normalised(raw[:place]).text) - is_between
    assert found.offset(len(raw)) == len(found.text)


@given(AWKWARD)
def test_utf16_places_are_those_of_the_encoding(text):
    places = utf16_places(text)

    for offset in range(len(text) + 1):
        units = len(text[:offset].encode("utf-16-le")) // 2
        assert places.units(offset) == units
        assert places.code_points(units) == offset


@pytest.mark.parametrize(("text", "units"), [("👮", 1), ("a👮b", 2), ("👮👮", 3)])
def test_utf16_place_inside_a_character_is_refused(text, units):
    with pytest.raises(OffsetOutside) as refused:
        utf16_places(text).code_points(units)

    assert refused.value.what == f"Place {units} lies inside a character."


@pytest.mark.parametrize("place", [-1, 3])
def test_place_outside_a_text_is_refused(place):
    with pytest.raises(OffsetOutside):
        utf16_places("ab").code_points(place)
    with pytest.raises(OffsetOutside):
        utf16_places("ab").units(place)
    with pytest.raises(OffsetOutside):
        normalised("ab").offset(place)


def test_excerpt_of_a_browser_has_the_selected_words():
    text = transcript("👮🏽 قال: لا أشعر بالأمان")

    # The browser counts the police officer with skin tone as four units.
    assert excerpt_at_utf16(text, start=5, end=8) == Excerpt(3, 6, "قال")


@pytest.mark.parametrize(("start", "end"), [(2, 2), (3, 2), (-1, 2), (0, 99)])
def test_excerpt_of_nothing_is_refused(start, end):
    with pytest.raises(OffsetOutside):
        excerpt_at(transcript("abcd"), start=start, end=end)


def test_excerpt_in_another_text_is_refused():
    excerpt = excerpt_at(transcript("They came at night."), start=0, end=9)
    check_excerpt(excerpt, transcript=transcript("They came at dawn."))

    with pytest.raises(ExcerptMismatch) as refused:
        check_excerpt(excerpt, transcript=transcript("Then came night.", version=2))

    assert refused.value.where == "interview 1, version 2"


@pytest.mark.parametrize("text", ["a\r\nb", "\ufeffa", "half \ud83d", "bell\x07", "\ufdd0"])
def test_transcript_that_was_not_normalised_is_refused(text):
    with pytest.raises(InputProblem):
        transcript(text)
