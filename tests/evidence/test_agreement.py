"""Agreement of coders: published values, properties, and what is refused."""

import tomllib
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodes.evidence.agreement import (
    Bootstrap,
    Weights,
    _alpha_by_unit,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from custodes.evidence.codings import (
    MISSING,
    Coding,
    Codings,
    Level,
    codings_from_rows,
    codings_from_table,
    disagreements,
)
from custodes.evidence.errors import (
    ArgumentInvalid,
    ColumnMissing,
    ColumnNotNumeric,
    NothingPairable,
    OneCategory,
    SampleTooSmall,
    TableEmpty,
    UnequalCodings,
)
from tests.evidence.samples import table_of

STORED = tomllib.loads((Path(__file__).parents[1] / "reference" / "agreement.toml").read_text(encoding="utf-8"))
CASES = {case["name"]: case for case in STORED["agreement"]}
QUICK = Bootstrap(draws=100)


def codings_of(units, level: Level = Level.NOMINAL) -> Codings:
    """Codings from one sequence of codes per unit; None stands for a code that was not given."""
    return codings_from_rows(
        (
            Coding(f"u{number:04}", f"c{place:02}", None if code is None else str(code) if level is Level.NOMINAL else float(code), 1)
            for number, codes in enumerate(units)
            for place, code in enumerate(codes)
        ),
        level=level,
    )  # fmt: skip


def units_of(case) -> list:
    """The codes of a stored case, unit by unit, in whatever form its source gives them."""
    if "cells" in case:
        return [(i, j) for i, row in enumerate(case["cells"]) for j, number in enumerate(row) for _ in range(number)]
    if "counts" in case:
        return [[code for code, number in enumerate(row) for _ in range(number)] for row in case["counts"]]
    if "codes" in case:
        return [
            [code if code != case["missing"] else None for code in unit] for unit in zip(*case["codes"], strict=True)
        ]
    return case.get("pairs") or case["units"]


@pytest.mark.parametrize("level", Level)
def test_alpha_equals_krippendorff_2011(level):
    case = CASES["Krippendorff's four observers"]
    found = krippendorff_alpha(codings_of(units_of(case), level), bootstrap=QUICK)

    assert found.value == pytest.approx(case["alpha"][level], abs=case["tolerance"])
    assert (found.units, found.coders, found.codes) == (11, 4, 40)
    assert found.low < found.value < found.high


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "fleiss" in case])
def test_fleiss_kappa_equals_the_reference(name):
    case = CASES[name]
    found = fleiss_kappa(codings_of(units_of(case)), bootstrap=QUICK)

    assert found.value == pytest.approx(case["fleiss"], abs=case["tolerance"])
    if "fleiss_z" in case:
        assert found.value / found.se_null == pytest.approx(case["fleiss_z"], abs=5e-6)


@pytest.mark.parametrize(
    ("name", "weights"), [(name, weights) for name, case in CASES.items() for weights in case.get("cohen", {})]
)
def test_cohen_kappa_equals_the_reference(name, weights):
    case = CASES[name]
    found = cohen_kappa(codings_of(units_of(case), Level.ORDINAL), weights=Weights(weights))

    expected = case["cohen"][weights]
    value, *errors = expected if isinstance(expected, list) else [expected]
    assert found.value == pytest.approx(value, abs=case["tolerance"])
    assert [found.se, found.se_null][: len(errors)] == pytest.approx(errors, abs=case["tolerance"])
    if "cohen_z" in case:
        assert found.value / found.se_null == pytest.approx(case["cohen_z"][weights], abs=5e-6)


def test_every_reference_names_its_source_and_tolerance():
    assert len(CASES) == 6
    assert [name for name, case in CASES.items() if len(case["source"]) < 30 or not 0 < case["tolerance"] <= 5e-4] == []


CODED = st.lists(
    st.lists(st.one_of(st.none(), st.integers(0, 4)), min_size=3, max_size=3), min_size=2, max_size=12
).filter(
    lambda units: len({code for unit in units if sum(c is not None for c in unit) > 1 for code in unit} - {None}) > 1
)


@settings(deadline=None)
@given(units=CODED, level=st.sampled_from(Level))
def test_point_value_of_the_package_and_that_of_the_draws_are_one(units, level):
    codings = codings_of(units, level)
    counts = codings.counts[codings.counts.sum(axis=1) > 1]

    assert _alpha_by_unit(counts, codings) == pytest.approx(
        krippendorff_alpha(codings, bootstrap=QUICK).value, abs=1e-12
    )


@settings(deadline=None)
@given(
    units=CODED, level=st.sampled_from([Level.NOMINAL, Level.ORDINAL, Level.INTERVAL]), turn=st.permutations([0, 1, 2])
)
def test_names_of_coders_order_of_units_and_unit_of_measure_change_nothing(units, level, turn):
    again = [[None if unit[place] is None else 10 + 3 * unit[place] for place in turn] for unit in reversed(units)]

    first = krippendorff_alpha(codings_of(units, level), bootstrap=QUICK).value
    assert krippendorff_alpha(codings_of(again, level), bootstrap=QUICK).value == pytest.approx(first, abs=1e-9)


@settings(deadline=None)
@given(units=CODED, times=st.floats(0.01, 1000))
def test_ratio_alpha_keeps_its_value_when_the_unit_of_measure_changes(units, times):
    again = [[None if code is None else code * times for code in unit] for unit in units]

    first = krippendorff_alpha(codings_of(units, Level.RATIO), bootstrap=QUICK).value
    assert krippendorff_alpha(codings_of(again, Level.RATIO), bootstrap=QUICK).value == pytest.approx(first, abs=1e-9)


def test_units_with_one_code_change_nothing():
    units = [(1, 2, None), (2, 2, 2), (1, 1, 3), (3, 3, 3)]
    lonely = [*units, (9, None, None), (None, 8, None)]

    assert krippendorff_alpha(codings_of(lonely), bootstrap=QUICK) == krippendorff_alpha(
        codings_of(units), bootstrap=QUICK
    )


def test_codes_drawn_at_random_agree_as_by_chance_and_the_interval_says_so():
    chance = np.random.default_rng(3)
    found = krippendorff_alpha(codings_of(chance.integers(0, 3, (400, 3))))

    assert found.low < 0 < found.high
    assert abs(found.value) < 0.08


def test_same_seed_gives_the_same_interval_and_another_seed_another():
    codings = codings_of(CASES["Fleiss' six psychiatrists"]["units"])
    first, same, other = (krippendorff_alpha(codings, bootstrap=Bootstrap(200, seed)) for seed in (7, 7, 8))

    assert first == same
    assert (first.low, first.high) != (other.low, other.high)


def test_interval_is_withheld_where_all_agree():
    codings = codings_of([(1, 1), (2, 2), (2, 2), (1, 1)])

    for found in (
        krippendorff_alpha(codings, bootstrap=QUICK),
        fleiss_kappa(codings, bootstrap=QUICK),
        cohen_kappa(codings),
    ):
        assert (found.value, found.se, found.low, found.high) == (pytest.approx(1), None, None, None)
        assert "All agree" in found.notes[0]


def test_interval_is_withheld_where_a_tail_of_draws_has_one_category():
    found = krippendorff_alpha(codings_of([(1, 1)] * 9 + [(1, 2)]), bootstrap=QUICK)

    assert found.low is None
    assert found.draws < 98
    assert "draws had one category" in found.notes[0]


def test_one_coder_is_refused():
    with pytest.raises(SampleTooSmall, match="one coder"):
        krippendorff_alpha(codings_of([(1,), (2,)]))


def test_one_category_is_refused_by_name():
    for coefficient in (krippendorff_alpha, fleiss_kappa, cohen_kappa):
        with pytest.raises(OneCategory, match="“5”"):
            coefficient(codings_of([(5, 5), (5, 5)]))


def test_units_that_nobody_shares_are_refused():
    with pytest.raises(NothingPairable):
        krippendorff_alpha(codings_of([(1, None), (None, 2)]))


def test_fleiss_refuses_units_coded_by_different_numbers():
    with pytest.raises(UnequalCodings, match="2 codes and others 3"):
        fleiss_kappa(codings_of([(1, 2, 2), (1, 2, None)]))


def test_cohen_takes_two_coders_and_weights_only_codes_with_an_order():
    with pytest.raises(ArgumentInvalid, match="there are 3"):
        cohen_kappa(codings_of([(1, 2, 2), (1, 2, 1)]))
    with pytest.raises(ArgumentInvalid, match="linear weights need"):
        cohen_kappa(codings_of([(1, 2), (2, 2)]), weights=Weights.LINEAR)


@pytest.mark.parametrize(("coverage", "draws"), [(0.0, 200), (1.0, 200), (95, 200), (0.95, 99)])
def test_coverage_and_draws_out_of_range_are_refused(coverage, draws):
    with pytest.raises(ArgumentInvalid):
        krippendorff_alpha(codings_of([(1, 2), (2, 2)]), coverage=coverage, bootstrap=Bootstrap(draws))


def test_disagreements_are_listed_with_the_most_divided_unit_first():
    found = disagreements(codings_of([("a", "a", "a"), ("a", "b", "b"), ("a", "b", "c"), ("a", None, "b")]))

    assert [(item.unit, dict(item.codes), item.majority) for item in found] == [
        ("u0002", {"c00": "a", "c01": "b", "c02": "c"}, ""),
        ("u0001", {"c00": "a", "c01": "b", "c02": "b"}, "b"),
        ("u0003", {"c00": "a", "c02": "b"}, ""),
    ]


def _read(rows, level: Level = Level.NOMINAL, **columns):
    return codings_from_table(
        table_of(rows), **({"units": "unit", "coders": "coder", "codes": "code"} | columns), level=level
    )


GOOD = [
    {"unit": "1", "coder": "A", "code": "3"},
    {"unit": "1", "coder": "B", "code": ""},
    {"unit": "2", "coder": "B", "code": "4"},
]


def test_table_is_read_and_an_empty_code_is_no_category():
    found = _read(GOOD, Level.INTERVAL)

    assert (found.units, found.coders, found.categories) == (("1", "2"), ("A", "B"), ("3", "4"))
    assert found.codes.tolist() == [[0, -1], [-1, 1]]
    assert _read(GOOD).codes.tolist() == found.codes.tolist()


@pytest.mark.parametrize(
    ("change", "level", "problem", "message"),
    [
        ({"unit": " "}, Level.NOMINAL, ArgumentInvalid, "row 2, column unit: The unit is empty"),
        ({"coder": ""}, Level.NOMINAL, ArgumentInvalid, "row 2, column coder: The coder is empty"),
        ({"coder": "A", "code": "3"}, Level.NOMINAL, ArgumentInvalid, "row 2, column coder: .*“A” coded the unit “1” before, in row 1"),
        ({"code": "high"}, Level.ORDINAL, ColumnNotNumeric, "row 2, column code: “high”"),
        ({"code": "-2"}, Level.RATIO, ArgumentInvalid, "row 2, column code: “-2” is below zero"),
    ],
)  # fmt: skip
def test_wrong_row_is_named(change, level, problem, message):
    with pytest.raises(problem, match=message):
        _read([GOOD[0], {**GOOD[1], **change}, GOOD[2]], level)


def test_columns_that_are_missing_or_named_twice_are_refused():
    with pytest.raises(ColumnMissing, match="“unit”"):
        _read(GOOD, units="unot")
    with pytest.raises(ArgumentInvalid, match="named twice"):
        _read(GOOD, coders="unit")


def test_column_without_a_code_is_refused():
    with pytest.raises(TableEmpty, match="column code"):
        _read([{**GOOD[0], "code": ""}])


def whole_clusters_drawn(codings: Codings, clusters: list[str], coefficient, draws: int) -> np.ndarray:
    """The oracle: the coefficient of each draw, from a table built unit by unit."""
    names = sorted(set(clusters))
    place = np.array([names.index(cluster) for cluster in clusters])
    values = []
    for taken in np.random.default_rng(1).multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws):
        codes = np.repeat(codings.codes, taken[place], axis=0)
        units = tuple(f"u{number}" for number in range(len(codes)))
        values.append(
            coefficient(Codings(codings.level, units, codings.coders, codings.categories, codings.values, codes))
        )
    return np.array(values)


def alpha_of_the_package(codings: Codings) -> float:
    values = np.where(codings.codes == MISSING, np.nan, codings.values[codings.codes])
    return krippendorff.alpha(
        reliability_data=values.T, level_of_measurement=codings.level.value, value_domain=codings.values
    )


def two_coders(level: Level = Level.ORDINAL) -> tuple[Codings, list[str]]:
    """Six clusters of five to ten units; the second coder leaves some out."""
    chance = np.random.default_rng(5)
    sizes = [5, 6, 7, 8, 9, 10]
    units = [
        (int(true), int(np.clip(true + (chance.random() < 0.3), 1, 4)) if chance.random() < 0.9 else None)
        for size in sizes
        for true in chance.integers(1, 5, size)
    ]
    return codings_of(units, level), [f"c{number}" for number, size in enumerate(sizes) for _ in range(size)]


@pytest.mark.parametrize("level", Level)
def test_alpha_of_drawn_clusters_equals_that_of_their_units(level):
    codings, clusters = two_coders(level)
    drawn = whole_clusters_drawn(codings, clusters, alpha_of_the_package, 100)

    found = krippendorff_alpha(codings, bootstrap=QUICK, clusters=clusters)

    assert found.value == krippendorff_alpha(codings, bootstrap=QUICK).value
    assert found.se == pytest.approx(drawn.std(ddof=1), rel=1e-9)
    # The tail by R 4.2.2: the normal share below −√(6/5) times the quantile of t with 5 degrees of freedom.
    ends = np.quantile(drawn, (0.002431803175, 1 - 0.002431803175))
    assert (found.low, found.high) == pytest.approx(tuple(ends), rel=1e-9)
    assert (found.clusters, krippendorff_alpha(codings, bootstrap=QUICK).clusters) == (6, None)


@pytest.mark.parametrize("weights", Weights)
def test_kappa_of_drawn_clusters_equals_that_of_their_units(weights):
    codings, clusters = two_coders()
    drawn = whole_clusters_drawn(codings, clusters, lambda again: cohen_kappa(again, weights=weights).value, 100)

    found = cohen_kappa(codings, weights=weights, bootstrap=QUICK, clusters=clusters)

    assert found.value == cohen_kappa(codings, weights=weights).value
    assert found.se == pytest.approx(drawn.std(ddof=1), rel=1e-9)
    assert (found.draws, found.clusters, found.se_null) == (100, 6, None)


def test_clusters_that_are_copies_leave_no_doubt_that_units_had():
    codings = codings_of([(1, 1), (1, 2), (2, 2), (2, 2)] * 6)
    clusters = [f"c{number // 4}" for number in range(24)]

    assert krippendorff_alpha(codings, bootstrap=QUICK, clusters=clusters).se < 0.01
    assert krippendorff_alpha(codings, bootstrap=QUICK).se > 0.1


def test_clusters_that_do_not_fit_are_refused():
    codings, clusters = two_coders()
    for coefficient in (krippendorff_alpha, cohen_kappa):
        with pytest.raises(ArgumentInvalid, match="5 clusters for 45 units"):
            coefficient(codings, clusters=clusters[:5])
        with pytest.raises(SampleTooSmall, match="4 clusters; no interval follows from fewer than 5"):
            coefficient(codings, clusters=[f"c{number % 4}" for number in range(45)])
        with pytest.raises(ArgumentInvalid, match="99 draws"):
            coefficient(codings, clusters=clusters, bootstrap=Bootstrap(draws=99))
