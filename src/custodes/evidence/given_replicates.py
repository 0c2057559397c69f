"""Replicate weights that came with the file: the columns that hold them, their scale, and the degrees of freedom that they leave."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from custodes.evidence.columns import ROW, check_column, count_rows, numeric, with_row_numbers
from custodes.evidence.domain_sums import domain_keys, domains_of
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.replicates import ReplicateMethod, ReplicatePlan, check_kept
from custodes.evidence.survey import FloatArray, IntArray
from custodes.evidence.types import Cell, Design

MOST_EXACT = 4_000_000  # rows × replicates whose rank is found row by row
GROUPS = 512
NEGLIGIBLE = 1e-5  # of the largest singular value


def given_columns(table: Any, plan: ReplicatePlan, *, design: Design) -> tuple[str, ...]:
    """The columns of the prefix in the order of their numbers, found whole.

    Refuses  ArgumentInvalid where the weight of the whole sample is not named or the design says more than it, where there are fewer than two
             columns or a number is left out, and where a row has no replicate weight.
    """
    prefix = str(plan.prefix)
    named = [("strata", design.strata), ("clusters", design.clusters), ("fpc", design.fpc)]
    for part, column in named:
        if column:
            raise ArgumentInvalid(
                "Given replicate weights already hold the design.",
                where=f"design, {part} {column}",
                remedy="Leave strata, clusters and fpc out, or leave out the prefix to make replicates from them.",
            )
    if not design.weight:
        raise ArgumentInvalid(
            "Replicate weights need the weight of the whole sample beside them.",
            where="design, weight",
            remedy="Name its column.",
        )
    check_column(table, design.weight, where="design, weight")
    named_so = [name for name in table.columns if _is_numbered(name, prefix)]
    numbers = {int(name[len(prefix) :]): name for name in named_so}
    if len(numbers) != len(named_so):
        raise ArgumentInvalid(
            f"Two columns are called “{prefix}” and the same number.", where="replicates", remedy="Rename one of them."
        )
    if len(numbers) < 2:
        raise ArgumentInvalid(
            f"{len(numbers)} columns are called “{prefix}” and a number.",
            where="replicates",
            remedy="Give what stands before the number in the names of the columns with replicate weights.",
        )
    order = sorted(numbers)
    for number, follower in pairwise(order):
        if follower != number + 1:
            raise ArgumentInvalid(
                f"There is “{numbers[number]}” and “{numbers[follower]}” and nothing between.",
                where=f"column {prefix}{number + 1}",
                remedy="Keep all replicate weights in the file: the scale counts them.",
            )
    names = tuple(numbers[number] for number in order)
    _check_rows(table, names)
    return names


def _is_numbered(name: str, prefix: str) -> bool:
    ending = name.removeprefix(prefix)
    return name != ending and ending.isascii() and ending.isdigit()


def _check_rows(table: Any, names: Sequence[str]) -> None:
    wrong = {name: ~(_number(table, name).abs() < float("inf")).fill_null(False) for name in names}
    found = table.aggregate(**{f"wrong_{index}": each.any() for index, each in enumerate(wrong.values())})
    flags = found.to_pyarrow().to_pylist()[0]
    for index, (name, each) in enumerate(wrong.items()):
        if flags[f"wrong_{index}"]:
            numbered = with_row_numbers(table.mutate(_wrong=each))
            row = numbered.filter(numbered["_wrong"])[ROW].min().to_pyarrow().as_py()
            raise ArgumentInvalid(
                "The replicate weight is empty or not finite.",
                where=f"row {row}, column {name}",
                remedy="Correct the row in the source, or leave it out; a row that a replicate leaves out has a weight of 0.",
            )


def _number(table: Any, name: str) -> Any:
    """The column as it stands where it holds numbers: `numeric` would look at all rows for each of many columns."""
    column = table[name]
    return column.cast("float64") if column.type().is_numeric() else numeric(table, name, where="replicates")


def given_scale(plan: ReplicatePlan, count: int) -> FloatArray:
    """The factor of each squared deviation: as the plan gives it, or as the method has it."""
    if plan.scale:
        if len(plan.scale) not in (1, count) or any(not 0 <= factor < float("inf") for factor in plan.scale):
            raise ArgumentInvalid(
                f"{len(plan.scale)} scales do not fit {count} replicates.",
                where="replicate scale",
                remedy="Give one for all or one for each, none below zero.",
            )
        return np.full(count, plan.scale[0]) if len(plan.scale) == 1 else np.array(plan.scale)
    match plan.method:
        case ReplicateMethod.JK1:
            return np.full(count, (count - 1) / count)
        case ReplicateMethod.BRR:
            return np.full(count, 1 / count)
        case ReplicateMethod.FAY:
            check_kept(plan)
            return np.full(count, 1 / count / (1 - plan.kept) ** 2)
        case ReplicateMethod.BOOTSTRAP:
            return np.full(count, 1 / (count - 1))
        case ReplicateMethod.JKN:
            raise ArgumentInvalid(
                "The weights of jkn do not say how many clusters each stratum had.",
                where="replicate scale",
                remedy="Give the scale of each replicate, (n − 1) ÷ n of its stratum, from the survey's documentation.",
            )


def given_weights(table: Any, plan: ReplicatePlan, names: Sequence[str], *, weight: str) -> list[Any]:
    """Each replicate's weight as an expression."""
    columns = [_number(table, name) for name in names]
    return [table[weight].cast("float64") * column for column in columns] if plan.factors else columns


def given_degrees(
    table: Any,
    weights: Sequence[Any],
    *,
    by: Sequence[str],
    cells: Sequence[Cell],
    together: Sequence[Sequence[int]] | None = None,
) -> IntArray:
    """Degrees of freedom of each domain: how many replicate weights are independent among its rows, less one, as R `survey` counts them.

    A large file is first added up in 512 groups of rows of each domain, scattered so that independent weights stay so.
    together  places in `cells` of the domains whose rows are taken as one; None takes each domain alone.
    """
    numbered = with_row_numbers(table)
    row = numbered[ROW]
    if count_rows(table) * len(weights) > MOST_EXACT:
        row = row * 2_654_435_761 % 4_294_967_296 % GROUPS
    terms = {f"r_{number}": weight.sum() for number, weight in enumerate(weights)}
    grouped = numbered.group_by(**domain_keys(numbered, by), _group=row).aggregate(**terms).to_pyarrow()
    _, domain = domains_of(grouped, by, cells=cells)
    matrix = np.stack([grouped.column(name).to_numpy() for name in terms], axis=1)
    sets = [(index,) for index in range(len(cells))] if together is None else together
    return np.array([_rank(matrix[np.isin(domain, chosen)]) - 1 for chosen in sets], dtype=np.int64)


def _rank(matrix: FloatArray) -> int:
    product = matrix.T @ matrix if matrix.shape[0] > matrix.shape[1] else matrix @ matrix.T
    sizes = np.linalg.eigvalsh(product)
    return int((sizes > NEGLIGIBLE**2 * sizes[-1]).sum())
