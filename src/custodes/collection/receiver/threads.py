"""Questions to the database from a thread of the receiver: on a connection of that thread, which is kept for as long as it works."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection

P = ParamSpec("P")
T = TypeVar("T")


def with_own_connection(call: Callable[P, T]) -> Callable[P, T]:
    """The same call, for a thread: a connection that failed is closed, so that the next call opens another."""

    @wraps(call)
    def run(*arguments: P.args, **words: P.kwargs) -> T:
        try:
            return call(*arguments, **words)
        except DatabaseError:
            connection.close()
            raise

    return run
