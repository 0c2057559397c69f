"""Every stored reference value of another program, reproduced through the shelf."""

import pytest

from custodes.evidence.registry import estimator
from custodes.evidence.types import Design, LonelyPolicy, MissingPolicy
from tests.evidence.samples import reference_table, table_of
from tests.reference.cases import Case, all_cases


def _table(case: Case):
    if "rows" in case.call:
        return table_of(case.call["rows"])
    if "file" not in case.call:
        return None
    table = reference_table(case.call["file"]).mutate(one=1)
    renamed = case.call.get("rename", {})
    return table.mutate(**{new: table[old] for new, old in renamed.items()})


def _design(case: Case) -> Design:
    stored = dict(case.call.get("design", {}))
    return Design(**{**stored, "lonely": LonelyPolicy(stored.get("lonely", "refuse"))})


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_estimate_equals_the_reference(case: Case):
    estimates = estimator(case.estimator).estimate(
        _table(case),
        arguments=case.call["arguments"],
        design=_design(case),
        by=case.call["by"],
        missing=MissingPolicy(case.call.get("missing_policy", "exclude")),
    )
    found = {estimate.cell.key: estimate for estimate in estimates}
    for expected in case.expected:
        estimate = found[expected["cell"]]
        for field, value in expected.items():
            if field == "cell":
                continue
            actual = getattr(estimate, field)
            if isinstance(value, float):
                tolerance = case.tolerances.get(field, case.tolerance)
                assert actual == pytest.approx(value, rel=tolerance, abs=0), (field, actual, estimate.refusal_text)
            else:
                assert actual == value, field


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_reference_names_source_version_and_tolerance(case: Case):
    assert len(case.source) > 10
    assert case.version
    assert 0 < case.tolerance <= 1e-10
