"""Opening an analyst's file: CSV, gzip CSV and Parquet as `tables.open_dataset`, SPSS and Stata through pyreadstat."""

from pathlib import Path
from typing import Any

from custodes.evidence.errors import FileUnreadable
from custodes.evidence.tables import Dataset, open_dataset

READERS = {".sav": "read_sav", ".zsav": "read_sav", ".dta": "read_dta"}


def open_survey_file(path: Path, *, memory_limit: str = "4GB") -> Dataset:
    """The rows of a file with their numbers; what SPSS or Stata declare as missing is an empty cell, codes stay codes.

    Refuses  FileUnreadable where the file is missing, empty, damaged or of another kind.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None or not path.is_file() or path.stat().st_size == 0:
        return open_dataset(path, memory_limit=memory_limit)
    return open_dataset(_statistical_table(path, reader), memory_limit=memory_limit)


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
