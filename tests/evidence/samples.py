"""Tables made for tests: opened through the library's own door, from rows or from the reference files."""

from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from custodes.evidence.tables import connect, open_dataset
from tests.reference.cases import DATA

_CONNECTION: list[Any] = []
_NUMBERS = count()


def table_of(rows: list[dict[str, Any]], schema: dict[str, pyarrow.DataType] | None = None) -> Any:
    """An Ibis table of rows; a key that a row lacks is an empty cell; `_row` is their number."""
    names = list(dict.fromkeys([name for row in rows for name in row] + list(schema or {})))
    types = schema or {}
    columns = {
        name: pyarrow.array([_value(name, row.get(name)) for row in rows], type=types.get(name)) for name in names
    }
    if "_row" not in columns:
        columns["_row"] = pyarrow.array(range(1, len(rows) + 1), type=pyarrow.int64())
    name = f"sample_{next(_NUMBERS)}"
    engine().con.register(name, pyarrow.table(columns))
    return engine().table(name)


def engine() -> Any:
    """One engine for all tests of a process: opening one takes longer than most tests."""
    if not _CONNECTION:
        _CONNECTION.append(connect(memory_limit="512MB", threads=1))
    return _CONNECTION[0]


def reference_table(name: str) -> Any:
    """A table of the reference data, or skip with the reason."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the reference data {name} are not on this machine (set CUSTODES_REFERENCE_DATA)")
    return _opened(path)


_FILES: dict[Path, Any] = {}


def _opened(path: Path) -> Any:
    if path not in _FILES:
        _FILES[path] = open_dataset(path, memory_limit="512MB", threads=1)
    return _FILES[path].table


def _value(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name in {"_start", "_end"} and isinstance(value, str) else value
