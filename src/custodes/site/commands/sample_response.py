"""`custodes sample response`: who answered of a sample, and the weights of those who did."""

from pathlib import Path

from custodes.evidence.columns import category
from custodes.evidence.sampling.response import Place, response_to
from custodes.evidence.tables import open_dataset
from custodes.site.commands.answers import check_format, print_rows
from custodes.site.commands.progress import progress_of
from custodes.site.commands.sample import sample_of_record

CLASS_KEYS = ("class", "asked", "answered", "rate", "weighted_rate", "attrition", "factor")
WEIGHT_KEYS = ("cluster", "unit", "adjusted_weight")


def response_from_file(
    record: Path, answers: Path, *, cluster: str, unit: str, by: tuple[str, ...], with_weights: bool, shape: str
) -> None:
    """Print the classes, or the adjusted weights. Raises every Problem of the record, the answers and the classes."""
    check_format(shape)
    found = response_to(sample_of_record(record), _answered(answers, cluster, unit), by=by)
    adjustment = found.adjustment
    if with_weights:
        rows = [
            dict(zip(WEIGHT_KEYS, (*place, float(weight)), strict=True))
            for place, weight in zip(found.places, adjustment.weights, strict=True)
            if weight
        ]
        print_rows(rows, WEIGHT_KEYS, shape)
        return
    lines = [
        (each.name, each.asked, each.answered, each.rate, each.weighted_rate, 1 - each.weighted_rate, each.factor)
        for each in adjustment.classes
    ]
    print_rows([dict(zip(CLASS_KEYS, line, strict=True)) for line in lines], CLASS_KEYS, shape)


def _answered(file: Path, cluster: str, unit: str) -> set[Place]:
    with open_dataset(file) as opened, progress_of(opened):
        names = {
            name: category(opened.table, column, where="answers").strip()
            for name, column in (("cluster", cluster), ("unit", unit))
        }
        rows = opened.table.select(**names).to_pyarrow().to_pylist()
    return {(str(row["cluster"]), str(row["unit"])) for row in rows}
