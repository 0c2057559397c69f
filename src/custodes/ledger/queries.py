"""Reading the record: is the chain whole, and what happened to one subject."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.db.models import QuerySet

from custodes.ledger.errors import ChainBroken
from custodes.ledger.models import Entry
from custodes.ledger.rules import GENESIS, Link, link_hash


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last entry: keep it elsewhere, and a later shortening of the chain shows."""

    seq: int
    hash: str


def checked_chain(
    *, expected_head: ChainHead | None = None, on_progress: Callable[[int], None] | None = None
) -> ChainHead:
    """Walk the whole chain and return its head. Raises ChainBroken, naming the first entry that does not follow from the one before."""
    previous, seq, seen = GENESIS, 0, expected_head is None
    for entry in Entry.objects.order_by("seq").iterator(chunk_size=2000):
        seq += 1
        if entry.seq != seq:
            raise _broken(seq, "is missing")
        if entry.previous != previous:
            raise _broken(seq, "does not point to the entry before it")
        if link_hash(_link(entry)) != entry.hash:
            raise _broken(seq, "was changed after it was written")
        previous = entry.hash
        if expected_head and seq == expected_head.seq:
            if entry.hash != expected_head.hash:
                raise _broken(seq, "is not the one that was noted as the head")
            seen = True
        if on_progress:
            on_progress(seq)
    if not seen:
        raise _broken(seq + 1, "is missing: the chain ends before the noted head")
    return ChainHead(seq, previous)


def _broken(seq: int, what: str) -> ChainBroken:
    return ChainBroken(
        f"it {what}.",
        where=f"ledger entry {seq}",
        remedy="Stop writing, keep the database as it is, compare it with the last backup.",
    )


def _link(entry: Entry) -> Link:
    return Link(
        seq=entry.seq, act=entry.act, subject=entry.subject, actor=entry.actor, role=entry.role,
        when=entry.when, why=entry.why, what=entry.what, previous=entry.previous,
    )  # fmt: skip


def entries_about(subject: str) -> QuerySet[Entry]:
    """What happened to one thing, oldest first."""
    return Entry.objects.filter(subject=subject).order_by("seq")


def hashes_of_entries(seqs: Iterable[int]) -> dict[int, str]:
    """The hash of each of these entries: a text that no other history gives."""
    return dict(Entry.objects.filter(seq__in=set(seqs)).values_list("seq", "hash"))


def record_fingerprint(*parts: str, without: Sequence[str] = ()) -> str:
    """One short text that changes whenever anything that a page shows may have changed.

    Of the last act that the ledger holds, the software's version, the thresholds that decide what is shown, and the parts given. Acts whose names
    begin with one of `without` are passed over.
    """
    acts = Entry.objects.all()
    for beginning in without:
        acts = acts.exclude(act__startswith=beginning)
    last = acts.order_by("-seq").values_list("hash", flat=True).first()
    thresholds = (repr(settings.CONFIG.disclosure), repr(settings.CONFIG.lights))
    return sha256("\n".join((settings.VERSION, *thresholds, last or "", *parts)).encode()).hexdigest()[:32]
