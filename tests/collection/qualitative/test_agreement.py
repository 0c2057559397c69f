"""Agreement on codes of interviews: units by hand, whole transcripts drawn again, and refusals by name."""

from dataclasses import replace

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.collection.errors import ExcerptMismatch
from custodes.collection.qualitative.agreement import CodedTranscript, agreement_on_code, unit_table
from custodes.collection.qualitative.codings import Coding
from custodes.collection.qualitative.segments import Unit
from custodes.collection.qualitative.transcripts import Excerpt, Transcript, excerpt_at
from custodes.evidence.agreement import Bootstrap, cohen_kappa, krippendorff_alpha
from custodes.evidence.errors import ArgumentInvalid, NothingPairable, OneCategory, SampleTooSmall

QUICK = Bootstrap(draws=200)
TEXT = "Q: Safe?\nAwa: No. Never at night.\nQ: Why?\nAwa: The police ask for money.\n"


def transcript(number: int = 1, text: str = TEXT) -> Transcript:
    return Transcript(f"t{number}", f"interview {number}", text)


def coding(words: str, coder: str, *, of: Transcript, code: str = "fear", version: int = 1) -> Coding:
    start = of.text.index(words)
    excerpt = excerpt_at(of, start=start, end=start + len(words))
    return Coding(f"{of.guid}{coder}{start}{code}", of.guid, excerpt, code, coder, version)


def coded(of: Transcript, *coders: str) -> CodedTranscript:
    return CodedTranscript(of, coders or ("awa", "bako"))


def test_unit_table_by_hand():
    one, two = transcript(1), transcript(2)
    codings = [
        coding("Never", "awa", of=one),
        coding("No. Never at night.\nQ", "bako", of=one),
        coding("money", "bako", of=one, code="bribes"),
        coding("Why", "cleo", of=one),
        coding("police", "awa", of=two),
    ]
    table = unit_table(codings, of=[coded(one), coded(two, "awa")], code="fear", unit=Unit.TURN)

    assert table.codings.units[:4] == ("t1 [0, 8)", "t1 [9, 33)", "t1 [34, 41)", "t1 [42, 72)")
    assert table.codings.coders == ("awa", "bako")
    assert table.codings.codes.tolist() == [[0, 0], [1, 1], [0, 1], [0, 0], [0, -1], [0, -1], [0, -1], [1, -1]]
    assert table.transcripts == ("t1",) * 4 + ("t2",) * 4
    assert (table.pairs, table.prevalence) == (4, 3 / 8)


def test_code_counts_with_those_below_it():
    one = transcript()
    table = unit_table(
        [coding("money", "awa", of=one, code="bribes"), coding("police", "bako", of=one, code="crime")],
        of=[coded(one)], code="crime", unit=Unit.TURN, below=["bribes"],
    )  # fmt: skip

    assert table.codings.codes.tolist() == [[0, 0], [0, 0], [0, 0], [1, 1]]


def test_blank_between_turns_marks_neither():
    one = transcript()
    start = TEXT.index("\nQ: Why")
    gap = Coding("c", "t1", Excerpt(start, start + 1, "\n"), "fear", "awa", 1)

    assert not unit_table([gap], of=[coded(one)], code="fear", unit=Unit.TURN).codings.codes.any()


@pytest.fixture
def interviews() -> tuple[list[Coding], list[CodedTranscript]]:
    """Eight interviews that two people coded, and one that one did; they differ in two."""
    codings, of = [], []
    for number in range(1, 10):
        each = transcript(number)
        of.append(coded(each, "awa") if number == 9 else coded(each))
        codings.append(coding("Never at night", "awa", of=each))
        if number > 2:
            codings.append(coding("night", "bako", of=each))
        else:
            codings.append(coding("money", "bako", of=each))
    return codings, of


def test_agreement_says_what_it_is_of(interviews):
    codings, of = interviews
    found = agreement_on_code(codings, of=of, code="fear", unit=Unit.TURN, bootstrap=QUICK)

    # 32 pairs: 20 + 2·... by hand: both present 6, both absent 22, one each way 2 + 2. alpha = 1 − 63·4/(2·16·48)
    assert found.alpha.value == pytest.approx(1 - 63 * 4 / (16 * 48), abs=1e-12)
    assert found.kappa.value == pytest.approx((28 / 32 - (64 + 576) / 1024) / (1 - (64 + 576) / 1024), abs=1e-12)
    assert (found.transcripts, found.pairs, found.prevalence, found.alpha.units) == (8, 32, 16 / 64, 32)
    assert found.alpha.low < found.alpha.value < found.alpha.high == 1.0
    assert found.alpha.clusters == found.kappa.clusters == 8


def test_agreement_of_characters_draws_transcripts_not_characters(interviews):
    codings, of = interviews
    found = agreement_on_code(codings, of=of, code="fear", unit=Unit.CHARACTER, bootstrap=QUICK)
    table = unit_table(codings, of=of, code="fear", unit=Unit.CHARACTER)
    as_if_independent = krippendorff_alpha(table.codings, bootstrap=QUICK)

    assert found.alpha.value == as_if_independent.value
    assert found.alpha.se > 1.5 * as_if_independent.se


def test_three_coders_have_alpha_and_no_kappa(interviews):
    codings, of = interviews
    of = [CodedTranscript(each.transcript, (*each.coders, "cleo")) for each in of]

    assert agreement_on_code(codings, of=of, code="fear", unit=Unit.TURN, bootstrap=QUICK).kappa is None


def test_drawing_transcripts_is_drawing_their_units_together(interviews):
    """The oracle: each draw built unit by unit, and its alpha by the package krippendorff."""
    codings, of = interviews
    table = unit_table(codings, of=of, code="fear", unit=Unit.SENTENCE)
    counts, clusters = table.codings.counts, np.array(table.transcripts)
    names = sorted({name for name, row in zip(table.transcripts, counts, strict=True) if row.sum() > 1})
    times = np.random.default_rng(1).multinomial(len(names), np.full(len(names), 1 / len(names)), size=200)
    values = []
    for taken in times:
        rows = [
            table.codings.codes[clusters == name]
            for name, number in zip(names, taken, strict=True)
            for _ in range(number)
        ]
        codes = np.concatenate(rows)
        again = replace(table.codings, units=tuple(map(str, range(len(codes)))), codes=codes)
        alpha = krippendorff.alpha(reliability_data=codes.T, level_of_measurement="nominal")
        values.append((alpha, cohen_kappa(again).value))

    found = agreement_on_code(codings, of=of, code="fear", unit=Unit.SENTENCE, bootstrap=QUICK)

    alpha, kappa = np.array(values).T
    assert found.alpha.se == pytest.approx(alpha.std(ddof=1), rel=1e-9)
    assert found.kappa.se == pytest.approx(kappa.std(ddof=1), rel=1e-9)
    # The tail by R 4.2.2: the normal share below −√(8/7) times the quantile of t with 7 degrees of freedom.
    assert found.alpha.low == pytest.approx(np.quantile(alpha, 0.005737520517), rel=1e-9)


@settings(max_examples=25)
@given(st.permutations(range(10)))
def test_agreement_does_not_depend_on_the_order_of_codings(order):
    codings = [
        coding("night", coder, of=transcript(n))
        for n in range(1, 7)
        for coder in ("awa", "bako")
        if n + len(coder) != 7
    ]
    of = [coded(transcript(number)) for number in range(1, 7)]
    shuffled = [codings[place] for place in order]

    one, other = (
        agreement_on_code(each, of=of, code="fear", unit=Unit.TURN, bootstrap=Bootstrap(100))
        for each in (codings, shuffled)
    )

    assert one == other


def test_few_transcripts_are_refused(interviews):
    codings, of = interviews
    with pytest.raises(SampleTooSmall) as refused:
        agreement_on_code(codings, of=[*of[:4], of[8]], code="fear", unit=Unit.TURN)

    assert refused.value.what == "Units that two coded are of 4 clusters; no interval follows from fewer than 5."


def test_agreement_that_means_nothing_is_refused_by_name(interviews):
    codings, of = interviews
    with pytest.raises(OneCategory):
        agreement_on_code(codings, of=of, code="never used", unit=Unit.TURN)
    with pytest.raises(SampleTooSmall):
        agreement_on_code(codings, of=[coded(each.transcript, "awa") for each in of], code="fear", unit=Unit.TURN)
    apart = [coded(each.transcript, "awa" if number % 2 else "bako") for number, each in enumerate(of)]
    with pytest.raises(NothingPairable):
        agreement_on_code(codings, of=apart, code="fear", unit=Unit.TURN)
    with pytest.raises(NothingPairable):
        agreement_on_code([], of=[coded(transcript(1, " \n"))], code="fear", unit=Unit.TURN)


def test_codings_by_two_versions_or_of_another_text_are_refused(interviews):
    codings, of = interviews
    with pytest.raises(ArgumentInvalid) as refused:
        agreement_on_code(
            [*codings, coding("Why", "awa", of=of[0].transcript, version=2)], of=of, code="fear", unit=Unit.TURN
        )
    assert refused.value.what == "The codings are by versions 1, 2 of the codebook."
    with pytest.raises(ExcerptMismatch):
        unit_table([Coding("c", "t1", Excerpt(0, 3, "abc"), "fear", "awa", 1)], of=of, code="fear", unit=Unit.TURN)
    with pytest.raises(ArgumentInvalid):
        unit_table(codings, of=[of[0], of[0]], code="fear", unit=Unit.TURN)
