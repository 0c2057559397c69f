"""Opening a data set: Parquet, CSV or Arrow as an Ibis table on an in-process DuckDB, its metadata, and the choice of rows."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from custodes.evidence.columns import ANSWERS, MEMBER, category, check_column, with_row_numbers
from custodes.evidence.csv_files import check_names, read_csv, why_unreadable
from custodes.evidence.errors import FileUnreadable
from custodes.evidence.types import Design, LonelyPolicy, Period, PeriodKind

if TYPE_CHECKING:
    import ibis
    import pyarrow

METADATA_KEY = b"custodes"
PERIOD = "_period"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the `custodes` key of a data set's schema says; empty for a plain file.

    labels   column to code to wording; questions: column to the question asked.
    missing  column to the codes declared as missing.
    """

    kind: str = ""
    source: str = ""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)

    def missing_codes(self, columns: Iterable[str]) -> tuple[str, ...]:
        """The codes declared as missing for these columns, as the argument `missing_codes` takes them."""
        return tuple(sorted({code for column in columns for code in self.missing.get(column, ())}))


@dataclass(frozen=True, slots=True)
class Dataset:
    """An open data set. Close it, or use it in a `with`; its table is of no use afterwards. Nothing changes the tables of its connection."""

    table: Any
    metadata: Metadata
    connection: Any

    def __enter__(self) -> "Dataset":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.disconnect()


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose category in `column` is one of `values`; the empty text stands for an empty cell."""

    column: str
    values: tuple[str, ...]


def connect(*, memory_limit: str = "1GB", threads: int = 2) -> "ibis.BaseBackend":
    """An engine inside this process, which goes on on disc beyond its memory, in the folder for temporary files."""
    import ibis  # slow to import

    spill = str(Path(gettempdir()) / f"custodes-{uuid4().hex}")  # made when needed, removed at the end
    return ibis.duckdb.connect(memory_limit=memory_limit, threads=threads, temp_directory=spill)


def open_dataset(
    source: "Path | str | pyarrow.Table",
    *,
    memory_limit: str = "1GB",
    threads: int = 2,
    numbered: bool = True,
    truths: bool = False,
) -> Dataset:
    """Open a Parquet, CSV or gzip CSV file, or an Arrow table.

    numbered  whether a Parquet file or an Arrow table gets `_row` now. An engine numbers rows with one thread; where nobody needs the numbers
              unless something is wrong, `columns.with_row_numbers` makes them then.
    truths    whether a CSV column of yes and no, true and false becomes one of truth values, which are 1 and 0 where a number is needed;
              otherwise such codes stay text, as they are written.
    Refuses  FileUnreadable where the file is missing, empty, damaged, of another kind, has two columns that differ at most in case, or a row
             of CSV that does not fit its header.
    """
    connection: Any = connect(memory_limit=memory_limit, threads=threads)
    setattr(connection, ANSWERS, {})
    try:
        if isinstance(source, str | Path):
            table, metadata = _open_file(connection, Path(source), truths=truths)
        else:
            check_names(source.schema.names, where="table")
            # `create_table` of ibis 12.0 writes a DROP VIEW without a name, which DuckDB 1.5.6 refuses.
            connection.con.register("dataset", source)
            table, metadata = connection.table("dataset"), _metadata(source.schema.metadata)
    except BaseException:
        connection.disconnect()
        raise
    return Dataset(with_row_numbers(table) if numbered else table, metadata, connection)


def read_metadata(path: Path | str) -> Metadata:
    """What a Parquet data set says of itself, without reading its rows."""
    import pyarrow.parquet  # slow to import

    return _metadata(pyarrow.parquet.read_schema(path).metadata)


def select_rows(table: Any, *, kind: str, filters: Iterable[Filter] = (), period: Period | None = None) -> Any:
    """The table for one reading: rows of the period, and those of the filters marked as members.

    A survey's rows outside a filter stay, marked, since the design needs their clusters; every estimator counts members only. A survey round or
    an administrative period with no row at all leaves an empty table, which estimators refuse; an event list that has rows but none in the
    period keeps its rows, marked, since it then says zero. An event belongs to the period in which it started; a report or a round to the
    period that holds it whole.
    """
    member = None
    if period is not None:
        check_column(table, "_start", where="period")
        if kind == "events":
            member = (table["_start"] >= period.start) & (table["_start"] <= period.end)
        else:
            check_column(table, "_end", where="period")
            table = table.filter(table["_start"] >= period.start, table["_end"] <= period.end)
    for chosen in filters:
        matches = category(table, chosen.column, where="filter").fill_null("").isin(list(chosen.values))
        member = matches if member is None else member & matches
    return table if member is None else table.mutate(**{MEMBER: member.fill_null(False)})


def design_of(table: Any, *, lonely: LonelyPolicy = LonelyPolicy.REFUSE) -> Design:
    """The sample design that a survey data set declares by its columns `_weight`, `_stratum`, `_cluster` and `_fpc`."""
    declared = {name: name if name in table.columns else None for name in ("_weight", "_stratum", "_cluster", "_fpc")}
    return Design(declared["_weight"], declared["_stratum"], declared["_cluster"], declared["_fpc"], lonely)


def materialised(opened: Dataset, table: Any) -> Any:
    """The rows of an expression as a table of their own on the same engine: where several questions follow, none reads or compiles it again."""
    name = f"kept_{uuid4().hex}"
    return opened.connection.create_table(name, table, temp=True)


def rows_across_periods(table: Any, kind: PeriodKind) -> int:
    """How many rows begin in one day, month, quarter or year and end in another, so that they belong to no single one."""
    starts = with_period(table, kind)
    ends = with_period(starts.rename(_began=PERIOD).drop("_start").rename(_start="_end"), kind)
    return int(ends.filter(ends["_began"] != ends[PERIOD]).count().to_pyarrow().as_py())


def with_period(table: Any, kind: PeriodKind) -> Any:
    """The table with `_period`, the day, month, quarter or year of `_start` as ISO text, to cross by: 2025-03-09, 2025-03, 2025-Q1, 2025."""
    check_column(table, "_start", where="period")
    start = table["_start"]
    year, month = start.year().cast("string"), start.month().cast("string").lpad(2, "0")
    match kind:
        case PeriodKind.DAY:
            text = start.cast("string")
        case PeriodKind.MONTH:
            text = year + "-" + month
        case PeriodKind.QUARTER:
            text = year + "-Q" + start.quarter().cast("string")
        case _:
            text = year
    return table.mutate(**{PERIOD: text})


def _open_file(connection: Any, path: Path, *, truths: bool) -> "tuple[Any, Metadata]":
    import pyarrow  # slow to import
    import pyarrow.parquet

    if not path.is_file():
        raise FileUnreadable("There is no such file.", where=str(path), remedy="Check the name.")
    if path.stat().st_size == 0:
        raise FileUnreadable("The file is empty.", where=str(path), remedy="Export it again.")
    name = path.name.lower()
    if name.endswith(".parquet"):
        try:
            schema = pyarrow.parquet.read_schema(path)
        except pyarrow.ArrowInvalid as error:
            raise FileUnreadable(
                "The file is not Parquet, or is damaged.", where=str(path), remedy="Import it again."
            ) from error
        check_names(schema.names, where=str(path))
        return connection.read_parquet(path), _metadata(schema.metadata)
    if name.endswith((".csv", ".csv.gz")):
        return _open_csv(connection, path, truths=truths), Metadata()
    raise FileUnreadable(
        f"“{path.suffix}” files are not read here.", where=str(path), remedy="Give a .parquet, .csv or .csv.gz file."
    )


def _open_csv(connection: Any, path: Path, *, truths: bool) -> Any:
    import duckdb  # slow to import

    try:
        # Read once and keep: the rows get their numbers in the order of the file, and a bad line is found now.
        return connection.create_table("dataset", with_row_numbers(read_csv(connection, path, truths=truths)))
    except duckdb.Error as error:
        raise why_unreadable(path, error) from error


def _metadata(schema_metadata: "Mapping[bytes, bytes] | None") -> Metadata:
    stored = json.loads((schema_metadata or {}).get(METADATA_KEY, b"{}"))
    labels = stored.get("labels", {})
    return Metadata(
        kind=stored.get("kind", ""),
        source=stored.get("source", ""),
        labels={column: dict(label.get("values", {})) for column, label in labels.items()},
        questions={column: label["question"] for column, label in labels.items() if label.get("question")},
        missing={column: tuple(codes) for column, codes in stored.get("missing", {}).items()},
        roles=dict(stored.get("roles", {})),
    )
