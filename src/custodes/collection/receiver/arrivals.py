"""What arrived, whole and durable, and what the database holds about it already."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from custodes.collection.models import Form, FormVersion, Revision, Tombstone
from custodes.collection.openrosa import Answer
from custodes.collection.receiver.scanning import Instance

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
class Held:
    """Rows that concern some arrivals, read in a handful of queries however many there are.

    waiting   revisions that correct what now arrives: until today their parent was absent.
    """

    forms: dict[str, Form] = field(default_factory=dict)
    versions: dict[tuple[int, str], int] = field(default_factory=dict)
    revisions: dict[tuple[int, str], list[Revision]] = field(default_factory=lambda: defaultdict(list))
    waiting: dict[tuple[int, str], list[Revision]] = field(default_factory=lambda: defaultdict(list))
    tombstones: dict[tuple[int, str], Tombstone] = field(default_factory=dict)

    @classmethod
    def about(cls, arrivals: Sequence[Arrival]) -> "Held":
        """Look everything up."""
        held = cls()
        named = {each.instance.form_id for each in arrivals}
        rows = Form.objects.filter(xform_id__in=named).only("xform_id", "title", "state", "late")
        held.forms = {form.xform_id: form for form in rows}
        keys = [form.pk for form in held.forms.values()]
        written = {each.instance.version for each in arrivals}
        versions = FormVersion.objects.filter(form__in=keys, version__in=written).order_by()
        held.versions = {(form, text): pk for form, text, pk in versions.values_list("form", "version", "pk")}
        ids = {each for arrival in arrivals for each in arrival.ids}
        for revision in _revisions(keys).filter(instance_id__in=ids):
            held.revisions[revision.submission.form_id, revision.instance_id].append(revision)
        arriving = {arrival.instance_id for arrival in arrivals}
        for revision in _revisions(keys).filter(deprecated_id__in=arriving):
            held.waiting[revision.submission.form_id, revision.deprecated_id].append(revision)
        for stone in Tombstone.objects.filter(form__in=keys, instance_id__in=ids):
            held.tombstones[stone.form_id, stone.instance_id] = stone
        return held


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
