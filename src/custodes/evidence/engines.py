"""Where the rows of a survey are read and added up: DuckDB inside this process, or Apache Spark on this machine or a cluster."""

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from custodes.evidence.errors import ArgumentInvalid, EngineAbsent

LOCAL_SPARK = "local[*]"
MEMORY = re.compile(r"\d+(\.\d+)? ?[KMGT]i?B", re.IGNORECASE)


class EngineName(StrEnum):
    """The engines. What touches rows is written once, as Ibis expressions; an engine only compiles and runs it."""

    DUCKDB = "duckdb"
    SPARK = "spark"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine with its means.

    memory_limit  what DuckDB may take before it goes on on disc, in the folder for temporary files (TMPDIR); the process takes some more.
    threads       of DuckDB; None means one for each processor core.
    spark_url     a Spark Connect server (sc://host:15002), a cluster's master (spark://host:7077), or this machine (local[*]).
    """

    name: EngineName = EngineName.DUCKDB
    memory_limit: str = "3GB"
    threads: int | None = None
    spark_url: str = LOCAL_SPARK

    def __post_init__(self) -> None:
        if not MEMORY.fullmatch(self.memory_limit):
            raise ArgumentInvalid(
                f"“{self.memory_limit}” is no amount of memory.", where="memory limit", remedy="Such as 3GB or 500MB."
            )

    @property
    def duckdb_threads(self) -> int:
        return self.threads or os.cpu_count() or 1


def spark_connection(url: str = LOCAL_SPARK) -> Any:
    """A connection to Spark.

    Refuses  EngineAbsent where the extra `custodes[spark]` or Java is not installed, or nobody answers at the address.
    """
    try:
        from custodes.evidence.spark import connect_to_spark  # an extra
    except ImportError as error:
        raise EngineAbsent(
            f"Spark is not installed here ({error}).",
            where="engine spark",
            remedy="Install the extra: pip install 'custodes[spark]'. Or choose the engine duckdb.",
        ) from error
    return connect_to_spark(url)
