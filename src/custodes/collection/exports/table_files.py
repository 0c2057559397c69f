"""An export as a zip of CSV files, or of Parquet files: one for each table, and the dictionary."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as parquet

from custodes.collection.exports.archives import Archive
from custodes.collection.exports.assembly import ARROW_TYPES, Assembly, OutputTable
from custodes.collection.exports.csv_files import csv_header, csv_lines, csv_rows
from custodes.collection.exports.dictionary import dictionary_rows
from custodes.collection.exports.layout import DICTIONARY, MAIN


def write_csv(assembly: Assembly, *, to: Path, for_spreadsheets: bool, progress: Callable[[int], None]) -> None:
    """A CSV file for each table, in UTF-8."""
    with Archive(to) as archive:
        for table in assembly.tables:
            archive.add(
                f"{table.name}.csv", _csv(assembly, table, for_spreadsheets=for_spreadsheets, progress=progress)
            )
        archive.add(f"{DICTIONARY}.csv", csv_rows(dictionary_rows(assembly), for_spreadsheets=for_spreadsheets))


def _csv(
    assembly: Assembly, table: OutputTable, *, for_spreadsheets: bool, progress: Callable[[int], None]
) -> Iterator[bytes]:
    yield csv_header([each.name for each in table.columns], for_spreadsheets=for_spreadsheets)
    done = 0
    for part in assembly.texts(table):
        yield csv_lines(part, for_spreadsheets=for_spreadsheets)
        done += len(part)
        if table.name == MAIN:
            progress(done)


def write_parquet(assembly: Assembly, *, to: Path, progress: Callable[[int], None]) -> None:
    """A Parquet file for each table, in the types of its columns."""
    import pyarrow as pa

    with Archive(to) as archive, tempfile.TemporaryDirectory(dir=to.parent, prefix="parquet-") as folder:
        for table in assembly.tables:
            place, done = Path(folder) / "table.parquet", 0
            schema = pa.schema([(each.name, ARROW_TYPES[each.type]) for each in table.columns])
            with parquet.ParquetWriter(place, schema, compression="zstd") as writer:
                for part in assembly.typed(table):
                    writer.write_table(part)
                    done += len(part)
                    if table.name == MAIN:
                        progress(done)
            archive.add_file(f"{table.name}.parquet", place)
        archive.add(f"{DICTIONARY}.csv", csv_rows(dictionary_rows(assembly)))
