"""Parts of staff pages that are kept, finished, until an act in the ledger may have changed them (see docs/decisions/0012)."""

from dataclasses import dataclass

from django.http import HttpRequest

from custodes.people.queries import view_fingerprint

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Keeping:
    """Under which mark a part of a page is kept, and for how long; templates give both to their `cache` tag."""

    mark: str
    seconds: int


def kept_for(request: HttpRequest, *, is_settled: bool = True) -> Keeping:
    """For this account and address as the ledger stands; what a running job changes without an act is not settled and not kept."""
    mark = view_fingerprint(request.user, request.get_full_path())
    return Keeping(mark, KEPT_SECONDS if is_settled else 0)
