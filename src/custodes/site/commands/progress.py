"""How far a query has come, as a bar on a terminal; nothing at all in a pipe or a file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from custodes.evidence.tables import Dataset

EVERY_SECONDS = 0.2


@contextmanager
def progress_of(opened: Dataset) -> Iterator[None]:
    """Show, while the block runs, how far each query of this data set's DuckDB has come; of another engine, that it works."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # slow to import
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    connection = getattr(opened.connection, "con", None)
    if connection is not None:
        connection.execute("set enable_progress_bar = true")
        connection.execute("set enable_progress_bar_print = false")
    columns = (TextColumn("Adding up"), BarColumn(), TimeElapsedColumn())
    done = Event()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def follow() -> None:
            while not done.wait(EVERY_SECONDS):
                percent = -1.0 if connection is None else connection.query_progress()
                bar.update(task, total=100 if percent >= 0 else None, completed=max(0.0, percent))

        follower = Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield
        finally:
            done.set()
            follower.join()
