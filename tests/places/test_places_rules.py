"""Names are folded, never guessed; splits are bridged by declared shares."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodes.places.rules import KnownArea, SharePassed, bridge_by_shares, folded_name, match_places, same_names


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Ouham province", "ouham"),
        ("OUHAM-PENDÉ", "ouham pende"),
        ("Ombella-M'Poko province", "ombella mpoko"),
        ("Ombella M’Poko", "ombella mpoko"),
        ("Préfecture de Nana-Grébizi", "nana grebizi"),
        ("County of Kent", "kent"),
        ("Provincia de La Paz", "paz"),
        ("Wilayat Oran", "oran"),
        ("État de Bahia", "bahia"),
        ("Province", "province"),
        ("Isle of Man", "isle of man"),
        ("محافظة حلب", "حلب"),
        ("", ""),
    ],
)
def test_folded_name_drops_case_accents_and_kinds_of_area(written, folded):
    assert folded_name(written) == folded


@given(st.text(max_size=40))
def test_folded_name_twice_is_the_same_unless_only_kinds_of_area_remain(text):
    once = folded_name(text)
    assert folded_name(once) == once or once == ""


def _area(code: str, name: str) -> KnownArea:
    return KnownArea(code, name, frozenset())


AREAS = [_area("A1", "Ouham"), _area("A2", "Ouham-Pendé"), _area("A3", "Bangui")]


def test_match_places_exact_folded_name_or_code_is_matched():
    matches = match_places(["Ouham province", "a3"], AREAS, {})
    assert matches.matched == {"Ouham province": "A1", "a3": "A3"}
    assert matches.open_texts == ()


def test_match_places_near_name_is_only_proposed():
    matches = match_places(["Bangi"], AREAS, {})
    assert matches.matched == {}
    assert matches.proposed == {"Bangi": ("A3",)}


def test_match_places_ambiguous_name_is_proposed_never_chosen():
    matches = match_places(["Western"], [_area("B1", "Western Province"), _area("B2", "Western")], {})
    assert matches.matched == {}
    assert matches.proposed == {"Western": ("B1", "B2")}


def test_match_places_remembered_answer_wins_and_none_of_ours_stays_none():
    matches = match_places(["Bangi", "Paris"], AREAS, {"bangi": "A3", "paris": ""})
    assert matches.matched == {"Bangi": "A3", "Paris": ""}


def test_match_places_remembered_code_that_is_gone_is_asked_again():
    assert match_places(["Xyz"], AREAS, {"xyz": "GONE"}).unmatched == ("Xyz",)


def test_same_names_lists_rows_of_each_name_that_repeats():
    assert same_names([(1, "Kent"), (2, "Kent County"), (3, "Essex")]) == (("Kent", (1, 2)),)


MOVED = SharePassed("QR11", "QR08", 0.18, date(2025, 1, 1))


def test_i08_bridge_by_shares_moves_the_declared_share_and_marks_both_estimated():
    bridged = bridge_by_shares({"QR11": 100.0, "QR08": 200.0, "QR01": 7.0}, [MOVED])
    assert bridged.values == {"QR11": pytest.approx(82.0), "QR08": pytest.approx(218.0), "QR01": 7.0}
    assert bridged.estimated == {"QR11", "QR08"}


def test_i08_bridge_by_shares_without_a_declared_share_moves_nothing():
    bridged = bridge_by_shares({"QR11": 100.0, "QR08": 200.0}, [])
    assert bridged.values == {"QR11": 100.0, "QR08": 200.0}
    assert bridged.estimated == frozenset()


def test_i08_bridge_by_shares_whole_area_ends_and_counts_stay_counted():
    bridged = bridge_by_shares({"OLD": 5.0}, [SharePassed("OLD", "NEW", 1.0, date(2025, 1, 1))])
    assert bridged.values == {"NEW": 5.0}
    assert bridged.estimated == frozenset()


def test_i21_bridge_by_shares_missing_count_makes_its_successor_missing():
    bridged = bridge_by_shares({"QR11": None, "QR08": 200.0}, [MOVED])
    assert bridged.values == {"QR11": None, "QR08": None}


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.01, 0.99))
def test_bridge_by_shares_keeps_the_total(first, second, share):
    bridged = bridge_by_shares({"A": first, "B": second}, [SharePassed("A", "B", share, date(2025, 1, 1))])
    assert sum(bridged.values.values()) == pytest.approx(first + second)
