"""What arrived, whole and durable, and what the database holds about it already."""

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from custodes.collection.models import Form, FormVersion, Revision, Tombstone
from custodes.collection.openrosa import Answer
from custodes.collection.receiver.scanning import Instance

FRESH_SECONDS = 0.9
NAMESPACE = uuid.UUID("0b0e6f1c-5a1f-5d0e-9c43-9d1d4a8f6a52")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An attachment that is on disk under its sha256."""

    name: str
    sha256: str
    bytes: int
    content_type: str
    is_named: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """A submission that waits for its row; `forms` are those that its device may send."""

    device: int
    forms: frozenset[int]
    device_name: str
    instance: Instance
    xml: bytes
    files: tuple[StoredFile, ...]
    received_at: datetime

    @property
    def instance_id(self) -> str:
        """As the client says it; else of form, device and bytes, so that sending the same again is the same."""
        said = self.instance.instance_id
        if said:
            return said
        return f"uuid:{uuid.uuid5(NAMESPACE, f'{self.instance.form_id} {self.device} {self.instance.sha256}')}"

    @property
    def ids(self) -> frozenset[str]:
        """Every id that filing it may touch."""
        return frozenset({self.instance_id, self.instance.deprecated_id} - {""})


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of an arrival: the answer, and what the ledger is told of it."""

    answer: Answer
    fact: dict[str, object] | None = None


@dataclass(slots=True)
class KnownForms:
    """Forms with their versions, looked up at most once a second: a form that is closed takes no longer than that to be so."""

    forms: dict[str, Form] = field(default_factory=dict)
    versions: dict[tuple[int, str], int] = field(default_factory=dict)
    _read_at: dict[str, float] = field(default_factory=dict)

    def look_up(self, arrivals: Sequence[Arrival]) -> None:
        """Read what is not known, or not fresh; a form or version that is unknown is looked for each time."""
        now = time.monotonic()
        stale = {
            each.instance.form_id
            for each in arrivals
            if now - self._read_at.get(each.instance.form_id, -FRESH_SECONDS) >= FRESH_SECONDS
            or (self.forms[each.instance.form_id].pk, each.instance.version) not in self.versions
        }
        if not stale:
            return
        rows = Form.objects.filter(xform_id__in=stale).only("xform_id", "title", "state", "late")
        found = {form.xform_id: form for form in rows}
        self.forms |= found
        self._read_at |= dict.fromkeys(found, now)
        versions = FormVersion.objects.filter(form__in=[form.pk for form in found.values()]).order_by()
        self.versions |= {(form, text): pk for form, text, pk in versions.values_list("form", "version", "pk")}


@dataclass(slots=True)
class Held:
    """Rows that concern some arrivals, read in a handful of queries however many there are.

    waiting   revisions that correct what now arrives: until today their parent was absent.
    """

    known: KnownForms
    revisions: dict[tuple[int, str], list[Revision]] = field(default_factory=lambda: defaultdict(list))
    waiting: dict[tuple[int, str], list[Revision]] = field(default_factory=lambda: defaultdict(list))
    tombstones: dict[tuple[int, str], Tombstone] = field(default_factory=dict)

    @classmethod
    def about(cls, arrivals: Sequence[Arrival], known: KnownForms) -> "Held":
        """Look everything up; of what is new altogether, as nearly everything is, one statement says so."""
        known.look_up(arrivals)
        held = cls(known)
        keys = sorted(
            {known.forms[each.instance.form_id].pk for each in arrivals if each.instance.form_id in known.forms}
        )
        ids = sorted({each for arrival in arrivals for each in arrival.ids})
        if not keys or not _is_any_known(keys, ids):
            return held
        for revision in _revisions(keys).filter(instance_id__in=ids):
            held.revisions[revision.submission.form_id, revision.instance_id].append(revision)
        arriving = {arrival.instance_id for arrival in arrivals}
        for revision in _revisions(keys).filter(deprecated_id__in=arriving):
            held.waiting[revision.submission.form_id, revision.deprecated_id].append(revision)
        for stone in Tombstone.objects.filter(form__in=keys, instance_id__in=ids):
            held.tombstones[stone.form_id, stone.instance_id] = stone
        return held


def _is_any_known(forms: Sequence[int], ids: Sequence[str]) -> bool:
    """Whether a revision or a tombstone bears one of the ids. Written as SQL, as it is asked for every batch and Django takes longer to put it
    together than the database to answer it.
    """
    names, numbers = ", ".join(["%s"] * len(ids)), ", ".join(["%s"] * len(forms))
    revisions, stones = Revision._meta.db_table, Tombstone._meta.db_table
    sql = (
        f"SELECT 1 WHERE EXISTS (SELECT 1 FROM {revisions} WHERE instance_id IN ({names}))"
        f" OR EXISTS (SELECT 1 FROM {revisions} WHERE deprecated_id IN ({names}))"
        f" OR EXISTS (SELECT 1 FROM {stones} WHERE form_id IN ({numbers}) AND instance_id IN ({names}))"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*ids, *ids, *forms, *ids])
        return cursor.fetchone() is not None


def _revisions(forms: Iterable[int]):  # type: ignore[no-untyped-def]
    rows = Revision.objects.filter(submission__form__in=forms).select_related("submission")
    return rows.defer("xml").order_by("pk")


def without_shared_ids(
    arrivals: Sequence[tuple[int, Arrival]],
) -> tuple[list[tuple[int, Arrival]], list[tuple[int, Arrival]]]:
    """Those that touch nothing that an earlier one touches, and the rest, which must see what became of those."""
    taken: set[str] = set()
    now, later = [], []
    for number, arrival in arrivals:
        if taken.isdisjoint(arrival.ids):
            now.append((number, arrival))
        else:
            later.append((number, arrival))
        taken |= arrival.ids
    return now, later
