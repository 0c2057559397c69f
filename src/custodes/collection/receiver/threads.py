"""Questions to the database from a thread of the receiver: on a connection of that thread, which is closed after each."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")


def with_own_connection(call: Callable[P, T]) -> Callable[P, T]:
    """The same call, for a thread: what it opened is closed."""

    @wraps(call)
    def run(*arguments: P.args, **words: P.kwargs) -> T:
        try:
            return call(*arguments, **words)
        finally:
            connection.close()

    return run
