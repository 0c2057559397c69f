"""Opening an analyst's file on an engine: CSV, gzip CSV and Parquet as `tables.open_dataset`, SPSS and Stata through pyreadstat."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from custodes.evidence.columns import with_row_numbers
from custodes.evidence.engines import Engine, EngineName, spark_connection
from custodes.evidence.errors import FileUnreadable
from custodes.evidence.tables import Dataset, open_dataset

READERS = {".sav": "read_sav", ".zsav": "read_sav", ".dta": "read_dta"}
PARQUET = ".parquet"
KINDS = (".csv", ".csv.gz", PARQUET, *READERS)


def open_survey_file(path: Path, *, engine: Engine | None = None) -> Dataset:
    """The rows of a file; what SPSS or Stata declare as missing is an empty cell, codes stay codes.

    engine  DuckDB with its defaults where none is named. Spark reads a Parquet file itself, and is handed the rows of any other.
    Refuses  FileUnreadable where the file is missing, empty, damaged or of another kind; EngineAbsent where Spark is not there.
    """
    engine = engine or Engine()
    if engine.name is EngineName.SPARK:
        return _on_spark(path, engine)
    return _on_duckdb(path, engine)


def _on_duckdb(path: Path, engine: Engine) -> Dataset:
    if path.is_file() and not path.name.lower().endswith(KINDS):
        raise FileUnreadable(
            f"“{path.suffix}” files are not read here.",
            where=str(path),
            remedy="Give a .csv, .csv.gz, .parquet, .sav or .zsav (SPSS) or .dta (Stata) file; save a sheet as CSV.",
        )
    reader = READERS.get(path.suffix.lower())
    is_statistical = reader is not None and path.is_file() and path.stat().st_size > 0
    source: Any = _statistical_table(path, str(reader)) if is_statistical else path
    return open_dataset(source, memory_limit=engine.memory_limit, threads=engine.duckdb_threads, numbered=False)


def _on_spark(path: Path, engine: Engine) -> Dataset:
    with _on_duckdb(path, engine) as here:  # finds every fault of the file, whatever the engine
        connection = spark_connection(engine.spark_url)
        try:
            if path.suffix.lower() == PARQUET:
                return Dataset(connection.read_rows(path), here.metadata, connection)
            return handed_over(here, connection)
        except BaseException:
            connection.disconnect()
            raise


def handed_over(opened: Dataset, connection: Any) -> Dataset:
    """The rows of an open data set on a Spark connection."""
    rows = with_row_numbers(opened.table).to_pyarrow()
    table = connection.hand_over(rows, name=f"handed_{uuid4().hex}")
    return Dataset(table, opened.metadata, connection)


def _statistical_table(path: Path, reader: str) -> Any:
    import pyarrow  # slow to import
    import pyreadstat

    try:
        columns, _meta = getattr(pyreadstat, reader)(path, output_format="dict")
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise FileUnreadable(
            f"The file cannot be read: {error}", where=str(path), remedy="Save it again in SPSS, Stata or R."
        ) from error
    return pyarrow.table({name: _array(pyarrow, values) for name, values in columns.items()})


def _array(pyarrow: Any, values: Any) -> Any:
    """Numbers with not-a-number as an empty cell, or text; a date keeps its type."""
    return pyarrow.array(values, from_pandas=True)
