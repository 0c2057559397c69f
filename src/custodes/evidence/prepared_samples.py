"""A sample made ready once for many questions, as other programs make a design object."""

from typing import Any

from custodes.evidence.columns import with_row_numbers
from custodes.evidence.design_columns import checked_weight
from custodes.evidence.tables import Dataset, materialised
from custodes.evidence.types import Design, Stage

DUCKDB = "duckdb"


def prepared_sample(opened: Dataset, design: Design) -> Any:
    """The rows of a sample for many questions: kept by the engine with the clusters together, under the numbers they have in the file.

    Adding up is quickest where the rows of a cluster lie beside each other. Sorting takes as long as a few questions, so that a single one
    is better asked of the data set's own table.

    Shapes   all rows and columns of the data set: a temporary table of DuckDB, in the memory that the data set was given and beyond it on
             disc. Spark, which moves the rows of a cluster together for each question, goes on with its own table.
    Units    those of the columns.
    Returns  the table, for `estimate_survey` and its like.
    Refuses  TableEmpty; ColumnMissing; ArgumentInvalid that names the row of a wrong weight or of an empty stratum, cluster or population.
    Source   Lumley (2010), Complex Surveys, ch. 2: the design object.
    Checked  the same answers as from the rows as they lie, 1e-12: tests/evidence/test_prepared_samples.py; the gain: benchmarks/survey.py.
    """
    checked_weight(opened.table, design)
    stages: tuple[Design | Stage, ...] = (design, *design.stages)
    keys = [name for each in stages for name in (each.strata, each.clusters) if name]
    if not keys or opened.connection.name != DUCKDB:
        return opened.table
    return materialised(opened, with_row_numbers(opened.table).order_by(keys))
