"""Apache Spark as an engine. This module imports pyspark, which is an extra: `engines` imports it only where somebody asks for Spark."""

import shutil
from collections.abc import Mapping
from os import environ
from pathlib import Path
from typing import Any

from ibis.backends.pyspark import Backend
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from custodes.evidence.errors import EngineAbsent, FileUnreadable

CONNECT = "sc://"
LEAST_JAVA = 17


class ArrowBackend(Backend):  # type: ignore[misc]
    """Ibis on Spark with answers that come as Arrow: through pandas, as Ibis fetches them, not-a-number would turn into an empty cell."""

    name = "pyspark"

    def to_pyarrow(
        self, expr: Any, /, *, params: Mapping[Any, Any] | None = None, limit: int | str | None = None, **_: Any
    ) -> Any:
        table = expr.as_table()
        self._run_pre_execute_hooks(table)  # hands over small tables that the question holds
        found = self._session.sql(self.compile(table, params=params, limit=limit)).toArrow()
        return expr.__pyarrow_result__(found.cast(table.schema().to_pyarrow()))

    def read_rows(self, place: Path) -> Any:
        """The rows of a Parquet file, which the cluster itself reads under the same path. Raises FileUnreadable."""
        try:
            return self.read_parquet(str(place.resolve()))
        except PySparkException as error:
            raise FileUnreadable(
                f"Spark cannot read it: {str(error).splitlines()[0]}",
                where=str(place),
                remedy="Put the file where every executor finds it under the same path.",
            ) from error

    def hand_over(self, rows: Any, *, name: str) -> Any:
        """The rows of an Arrow table as a table of the session."""
        self._session.createDataFrame(rows).createOrReplaceTempView(name)
        return self.table(name)


def connect_to_spark(url: str) -> ArrowBackend:
    """A session on a Spark Connect server (sc://…), a cluster's master (spark://…) or this machine (local[*]).

    Refuses  EngineAbsent where there is no Java for a cluster's driver, or nobody answers at the address.
    """
    if not url.startswith(CONNECT):
        _check_java()
    builder = SparkSession.builder.appName("custodes")
    builder = builder.remote(url) if url.startswith(CONNECT) else builder.master(url)
    builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    try:
        session = builder.config("spark.log.level", "ERROR").getOrCreate()
        backend = ArrowBackend()
        backend.register_options()
        backend.do_connect(session)
    except (PySparkException, OSError, RuntimeError) as error:
        raise EngineAbsent(
            f"Spark does not answer: {str(error).splitlines()[0]}",
            where=url,
            remedy="Check the address, or leave it out to use this machine.",
        ) from error
    return backend


def _check_java() -> None:
    home = environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and (Path(home) / "bin" / "java").is_file()):
        raise EngineAbsent(
            "Spark needs Java, and there is none.",
            where="engine spark",
            remedy=f"Install Java {LEAST_JAVA} (apt-get install openjdk-{LEAST_JAVA}-jre-headless), or give a Spark Connect address (sc://…).",
        )
