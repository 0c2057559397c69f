"""Excerpts of a corrected transcript move by difference, and those that cannot are listed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.collection.errors import ExcerptMismatch
from custodes.collection.qualitative.corrections import Fate, move_excerpts
from custodes.collection.qualitative.transcripts import Excerpt, Transcript, excerpt_at, normalised
from tests.collection.qualitative.test_transcripts import AWKWARD

OLD = "Awa: The polise came at night.\nQ: And then?\nAwa: They took my brother 👮🏽 to the station.\n"


def transcript(text: str, version: int = 1) -> Transcript:
    return Transcript("g", "interview 1", text, version)


def moved(words: str, new: str, old: str = OLD):
    start = old.index(words)
    before = transcript(old)
    (found,) = move_excerpts(
        [excerpt_at(before, start=start, end=start + len(words))], old=before, new=transcript(new, 2)
    )
    return found


def test_excerpt_behind_a_correction_moves_with_its_words():
    found = moved("my brother 👮🏽", OLD.replace("polise", "police officers"))

    assert found.fate is Fate.KEPT
    assert found.after.start == found.before.start + 9
    assert found.after.text == found.before.text


def test_excerpt_with_a_correction_inside_is_reworded():
    found = moved("The polise came", OLD.replace("polise", "police"))

    assert (found.fate, found.after.text) == (Fate.REWORDED, "The police came")


@pytest.mark.parametrize(
    ("words", "new"),
    [
        ("And then?", OLD.replace("Q: And then?\n", "")),
        ("The polise came at night.", OLD.replace("The polise came at night.", "The harvest was good!")),
        ("night", OLD.replace("night", "dawn")),
    ],
    ids=["line taken out", "other words", "end gone"],
)
def test_excerpt_whose_words_are_gone_is_lost(words, new):
    found = moved(words, new)

    assert (found.fate, found.after) == (Fate.LOST, None)


def test_words_said_by_another_person_are_not_the_same_excerpt():
    old = "Awa: I saw it.\nBako: Nothing.\n"
    found = moved("I saw it.", "Awa: Nothing to say of that.\nBako: I saw it.\n", old=old)

    assert found.fate is Fate.LOST


def test_excerpt_of_another_text_is_refused():
    with pytest.raises(ExcerptMismatch):
        move_excerpts([Excerpt(0, 3, "abc")], old=transcript(OLD), new=transcript(OLD, 2))


@given(AWKWARD, AWKWARD, AWKWARD, AWKWARD, st.data())
def test_what_is_kept_has_its_words_and_order(head, body, tail, other, data):
    old, new = (normalised(text).text for text in (head + body + tail, head + other + tail))
    before = transcript(old)
    spans = data.draw(st.lists(st.tuples(st.integers(0, len(old)), st.integers(0, len(old))), max_size=5))
    excerpts = [excerpt_at(before, start=min(span), end=max(span)) for span in sorted(spans) if span[0] != span[1]]

    found = move_excerpts(excerpts, old=before, new=transcript(new, 2))

    assert [each.before for each in found] == excerpts
    for each in found:
        assert (each.after is None) == (each.fate is Fate.LOST)
        if each.after is not None:
            assert new[each.after.start : each.after.end] == each.after.text
            assert (each.after.text == each.before.text) == (each.fate is Fate.KEPT)
    kept = sorted((each.before.start, each.after.start) for each in found if each.fate is Fate.KEPT)
    assert [after for _, after in kept] == sorted(after for _, after in kept)


@given(AWKWARD, st.data())
def test_text_that_did_not_change_keeps_every_excerpt(raw, data):
    text = normalised(raw).text + "x"
    place = data.draw(st.integers(0, len(text) - 1))
    before = transcript(text)
    excerpt = excerpt_at(before, start=place, end=len(text))

    (found,) = move_excerpts([excerpt], old=before, new=transcript(text, 2))

    assert (found.after, found.fate) == (excerpt, Fate.KEPT)


def test_long_interview_is_compared_quickly():
    lines = [f"Awa: sentence {number} about the station and the night.\n\n" for number in range(4_000)]
    old = "".join(lines)
    new = "".join(line.replace("night", "dawn") if number % 50 == 0 else line for number, line in enumerate(lines))
    before = transcript(old)
    excerpts = [excerpt_at(before, start=place, end=place + 20) for place in range(0, len(old) - 20, 5_000)]
    begin = time.process_time()

    found = move_excerpts(excerpts, old=before, new=transcript(new, 2))

    assert time.process_time() - begin < 5
    assert sum(each.fate is Fate.KEPT for each in found) > 0.9 * len(found)
