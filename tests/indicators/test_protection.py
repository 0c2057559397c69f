"""What is withheld cannot be had back by subtracting one shown figure of the indicator from another (I20)."""

import time
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.evidence.disclosure import DEFAULT_POLICY
from custodes.evidence.types import Uncertainty
from custodes.indicators.rules.crossings import periods_between
from custodes.indicators.rules.figures import Figure, FigureState
from custodes.indicators.rules.protection import Protection, protected

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
PEOPLE = Protection(DEFAULT_POLICY, counts_people=True, is_sensitive=False)
THRESHOLD = DEFAULT_POLICY.min_people


def figure(pk, count, *, path="/X/", span=YEAR, kind="year", source="register", version=1, **categories) -> Figure:
    """One published count."""
    codes = path.strip("/").split("/")
    return Figure(
        pk=pk, indicator="I", definition_version=version, start=span[0], end=span[1], period_kind=kind, area_code=codes[-1],
        area_name=codes[-1], area_level=len(codes) - 1, area_path=path, categories=tuple(sorted(categories.items())),
        source=source, state=FigureState.SHOWN, reason="", unit="persons", value=float(count), text="", low=None, high=None,
        se=None, n=int(count), missing=0, missing_share=None, missing_policy="", numerator=float(count), denominator=None,
        df=None, design_effect=None, completeness=None, coverage=None, uncertainty=Uncertainty.NONE, method="distinct_persons",
        notes=(), is_estimated=False, status="published", result_hash="", dataset_hashes=(), published_on=None,
    )  # fmt: skip


def shown(figures, protection=PEOPLE) -> set[int]:
    return {each.pk for each in protected(figures, protection) if each.is_shown}


def months(counts) -> list[Figure]:
    spans = periods_between(*YEAR, "month")
    return [
        figure(100 + number, count, span=(period.start, period.end), kind="month")
        for number, (period, count) in enumerate(zip(spans, counts, strict=True))
    ]


def test_undeclared_dimension_is_protected_and_declared_overlap_is_exempt():
    split = [figure(1, 100), figure(2, 3, sex="f"), figure(3, 37, sex="m"), figure(4, 60, sex="x")]

    assert shown(split) == {1, 4}
    overlap = Protection(DEFAULT_POLICY, counts_people=True, is_sensitive=False, overlapping=frozenset({"sex"}))
    assert shown(split, overlap) == {1, 3, 4}


def test_area_cannot_be_told_from_the_area_above_it():
    regions = [figure(1, 90), figure(2, 40, path="/X/A/"), figure(3, 50, path="/X/B/")]
    counties = [figure(4, 38, path="/X/A/A1/"), figure(5, 2, path="/X/A/A2/")]
    # Another small county elsewhere must not pass for the cover of this one.
    elsewhere = [figure(6, 1, path="/X/B/B1/"), figure(7, 49, path="/X/B/B2/")]

    assert shown([*regions, *counties, *elsewhere]) == {1, 2, 3}


def test_month_cannot_be_told_from_its_year():
    figures = [figure(1, 100), *months([48, 50, 2, *[0] * 9])]

    assert shown(figures) == {1, 101, *range(103, 112)}


def test_year_with_few_of_its_months_published_keeps_them():
    assert shown([figure(1, 100), *months([2, 30, *[6] * 10])[:2]]) == {1, 101}


def test_crossed_cell_cannot_be_told_from_its_margin():
    total = [figure(1, 110)]
    margins = [figure(2, 50, a="1"), figure(3, 60, a="2"), figure(4, 78, b="1"), figure(5, 32, b="2")]
    crossed = [figure(6, 48, a="1", b="1"), figure(7, 2, a="1", b="2"), figure(8, 30, a="2", b="1"), figure(9, 30, a="2", b="2")]  # fmt: skip

    left = shown([*total, *margins, *crossed])

    assert {6, 7}.isdisjoint(left)  # margin a=1
    assert len({8, 9} & left) == 0  # else margins b=1 and b=2 would tell 6 and 7
    assert left == {1, 2, 3, 4, 5}


def test_two_withheld_ones_beside_shown_zeros_take_a_cover():
    counts = {1: 52, 2: 1, 3: 1, 4: 0, 5: 50}
    figures = [figure(pk, count, path="/X/" if pk == 1 else f"/X/{pk}/") for pk, count in counts.items()]

    assert shown(figures) == {1, 4}


def test_sources_versions_and_survey_estimates_are_no_part_of_a_sum():
    small = [figure(1, 50), figure(2, 3, sex="f"), figure(3, 47, sex="m"), figure(4, 47, sex="x")]
    others = [figure(5, 47, sex="m", source="other"), figure(6, 47, sex="m", version=2)]

    assert shown([*small, *others]) >= {1, 5, 6}


@pytest.mark.parametrize("kind", [PEOPLE, Protection(DEFAULT_POLICY, counts_people=False, is_sensitive=True)])
def test_refused_cell_says_why_and_no_number(kind):
    from dataclasses import replace

    refused = replace(figure(2, 1, path="/X/A/"), state=FigureState.REFUSED, reason="no-population", value=None, numerator=None)  # fmt: skip
    others = [figure(1, 51), figure(3, 50, path="/X/B/"), figure(4, 60, path="/X/C/")]

    found = {each.pk: each for each in protected([refused, *others], kind)}

    assert (found[2].state, found[2].reason) == (FigureState.REFUSED, "no-population")
    assert (found[2].n, found[2].missing, found[2].numerator, found[2].denominator) == (None,) * 4
    assert not found[3].is_shown  # the total less the others would tell it
    open_to_all = Protection(DEFAULT_POLICY, counts_people=False, is_sensitive=False)
    assert protected([refused], open_to_all)[0].n == 1


class Published(list[Figure]):
    """Figures that a failing example prints as their places and counts; whole, they would fill pages."""

    def __repr__(self) -> str:
        return "; ".join(
            f"{each.area_path} {each.start} {each.period_kind} {each.cell_key}: {each.value:g}" for each in self
        )


@st.composite
def tables(draw) -> list[Figure]:
    """Counties in regions by sex and quarter, with every total: each published or not, the counts mostly small."""
    spans = {"quarter": [(each.start, each.end) for each in periods_between(*YEAR, "quarter")], "year": [YEAR]}
    places = ["/X/A/A1/", "/X/A/A2/", "/X/B/B1/", "/X/B/B2/"]
    counts = st.sampled_from([0, 0, 1, 1, 2, 3, 4, 5, 6, 8, 12, 40])
    atoms = {key: draw(counts) for key in product(places, ("f", "m"), spans["quarter"][:2])}
    zeros = dict.fromkeys(product(places, ("f", "m"), spans["quarter"][2:]), 0)
    figures: list[Figure] = []
    for path, sex, (kind, span) in product(
        ["/X/", "/X/A/", "/X/B/", *places],
        ("", "f", "m"),
        [(kind, span) for kind, each in spans.items() for span in each],
    ):
        inside = [
            count
            for (place, own, quarter), count in (atoms | zeros).items()
            if place.startswith(path) and sex in ("", own) and span[0] <= quarter[0] and quarter[1] <= span[1]
        ]
        figures.append(figure(len(figures) + 1, sum(inside), path=path, span=span, kind=kind, **({"sex": sex} if sex else {})))  # fmt: skip
    unpublished = draw(st.sets(st.sampled_from(["/X/", "/X/A/", "county", "sex", "quarter", "year"]), max_size=2))
    marks = {each.pk: {each.area_path, each.period_kind, "county" if each.area_level == 2 else "", *each.columns} for each in figures}  # fmt: skip
    return Published(each for each in figures if not marks[each.pk] & unpublished)


def equations(figures) -> list[tuple[Figure, list[Figure]]]:
    """Every published whole with the parts that make it up along one way of splitting it."""
    found = []
    for whole in figures:
        same = [each for each in figures if each.pk != whole.pk]
        here = [each for each in same if each.area_path == whole.area_path]
        now = [each for each in same if (each.start, each.end) == (whole.start, whole.end)]
        by_sex = [each for each in here if each in now and not whole.columns]
        below = [each for each in now if each.area_path.startswith(whole.area_path) and each.categories == whole.categories]  # fmt: skip
        inside = [each for each in here if whole.period_kind == "year" and each.categories == whole.categories]
        for parts in (by_sex, *([each for each in below if each.area_level == level] for level in (1, 2)), inside):
            if parts and sum(each.value for each in parts) == whole.value:
                found.append((whole, parts))
    return found


@given(figures=tables())
def test_no_single_sum_tells_a_withheld_count_or_nearly(figures):
    left = shown(figures)

    assert not [each for each in figures if each.pk in left and 0 < each.value < THRESHOLD]
    for whole, parts in equations(figures):
        hidden = [each for each in parts if each.pk not in left]
        if whole.pk in left and hidden:
            assert len(hidden) > 1
            rest = whole.value - sum(each.value for each in parts if each.pk in left)
            assert rest - (len(hidden) - 1) - 1 >= THRESHOLD  # from 1 to the rest with 1 for each of the others
        if whole.pk not in left:
            assert hidden


def test_twenty_four_thousand_figures_take_less_than_a_second():
    spans = [YEAR, *((YEAR[0] + timedelta(days=31 * month), YEAR[0] + timedelta(days=31 * month + 30)) for month in range(10))]  # fmt: skip
    figures = [
        figure(number, number * 7919 % 60, path=path, span=span, kind="year" if span is YEAR else "month", **sex)
        for number, (span, path, sex) in enumerate(
            product(spans, [f"/X/R{place % 20}/C{place}/" for place in range(728)], [{}, {"sex": "f"}, {"sex": "m"}])
        )
    ]
    assert len(figures) > 24_000

    start = time.perf_counter()
    protected(figures, PEOPLE)

    assert time.perf_counter() - start < 3  # 0.5 s where nothing else runs


def test_median_of_few_cases_is_withheld_by_their_number_not_by_its_minutes():
    medians = [
        replace(
            figure(number, 1, path=path),
            value=minutes,
            numerator=None,
            n=cases,
            method="administrative_median",
            unit="minutes",
        )
        for number, path, minutes, cases in ((1, "/X/", 41.0, 900), (2, "/X/A/", 3.0, 880), (3, "/X/B/", 95.0, 2))
    ]

    assert 3 not in shown(medians)  # 95 minutes, of two cases
    assert 1 in shown(medians)  # 3 minutes would be no small count
