"""What becomes of an arrival, as docs/reference/openrosa.md says row by row. Runs inside the writer's transaction."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F

from custodes.collection import openrosa
from custodes.collection.models import Attachment, Form, Revision, Submission, Variant
from custodes.collection.openrosa import Answer
from custodes.collection.receiver.arrivals import Arrival, Filed, Held, KnownForms, StoredFile, without_shared_ids
from custodes.collection.receiver.families import adopt_children

Inbox, Kind = Submission.Inbox, Revision.Kind
ATTEMPTS = 3
LONGEST_VERSION = 100
WAITING_ANSWERS = {
    Inbox.LATE: openrosa.LATE,
    Inbox.UNKNOWN_VERSION: openrosa.UNKNOWN_VERSION,
    Inbox.PARENT_ABSENT: openrosa.PARENT_ABSENT,
}
KIND_ANSWERS = {Kind.CONFLICT: openrosa.CONFLICT, Kind.BRANCH: openrosa.BRANCH}
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _New:
    """An arrival that gets a submission of its own."""

    arrival: Arrival
    form: Form
    version: int | None
    inbox: str


def file_arrivals(arrivals: Sequence[Arrival], known: KnownForms) -> list[Filed | Exception]:
    """File all of them, each whole or not at all; one that the database refuses takes no other with it."""
    try:
        with transaction.atomic():
            return list(_filed(arrivals, known))
    except (IntegrityError, DataError):
        return [_filed_alone(each, known) for each in arrivals]


def _filed_alone(arrival: Arrival, known: KnownForms) -> Filed | Exception:
    """Again after another process was first: then its row is there to be seen."""
    problem: Exception
    for _attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _filed([arrival], known)[0]
        except (IntegrityError, DataError) as error:
            problem = error
    log.error("A submission could not be filed: %s", problem)
    return problem


def _filed(arrivals: Sequence[Arrival], known: KnownForms) -> list[Filed]:
    results: dict[int, Filed] = {}
    waiting = list(enumerate(arrivals))
    while waiting:
        now, waiting = without_shared_ids(waiting)
        held = Held.about([arrival for _number, arrival in now], known)
        if held.waiting and len(now) > 1:
            # An arrival that others waited for moves rows that the next may be about: one after the other, each with a new look.
            now, waiting = now[:1], sorted(now[1:] + waiting, key=itemgetter(0))
        new: dict[int, _New] = {}
        for number, arrival in now:
            decided = _decided(arrival, held)
            if isinstance(decided, _New):
                new[number] = decided
            else:
                results[number] = decided
        # In the order of their ids, so that two receivers on PostgreSQL never wait for each other crosswise.
        ordered = sorted(new, key=lambda number: new[number].arrival.instance_id)
        results |= zip(ordered, _file_new([new[number] for number in ordered]), strict=True)
        for each in new.values():
            children = held.waiting.get((each.form.pk, each.arrival.instance_id), [])
            if children:
                adopt_children(each.arrival.instance_id, each.form.pk, children)
    return [results[number] for number in range(len(arrivals))]


def _decided(arrival: Arrival, held: Held) -> Filed | _New:
    instance = arrival.instance
    form = held.known.forms.get(instance.form_id)
    if form is None:
        return Filed(openrosa.unknown_form(instance.form_id[:200]))
    if form.pk not in arrival.forms:
        return Filed(openrosa.form_beyond_device(form.xform_id))
    for each in (arrival.instance_id, instance.deprecated_id):
        stone = held.tombstones.get((form.pk, each))
        if stone is not None:
            type(stone).objects.filter(pk=stone.pk).update(repeats=F("repeats") + 1)
            return Filed(openrosa.PURGED)
    same = held.revisions.get((form.pk, arrival.instance_id), [])
    if same:
        return _file_known(arrival, same)
    is_closed = form.state == Form.State.CLOSED
    if is_closed and form.late == Form.Late.REFUSE:
        return Filed(openrosa.form_closed(form.title))
    version = held.known.versions.get((form.pk, instance.version))
    parents = held.revisions.get((form.pk, instance.deprecated_id), [])
    if parents:
        return _file_edit(arrival, parents[0].submission, parents, held, version=version, is_closed=is_closed)
    return _New(arrival, form, version, _inbox(arrival, form, version))


def _inbox(arrival: Arrival, form: Form, version: int | None) -> str:
    if form.state == Form.State.CLOSED:
        return Inbox.LATE
    if arrival.instance.deprecated_id:
        return Inbox.PARENT_ABSENT
    if version is None and form.state != Form.State.DRAFT:
        return Inbox.UNKNOWN_VERSION
    return Inbox.NONE


def _file_new(news: Sequence[_New]) -> list[Filed]:
    """Submission, revision and attachments of each, in four statements for all."""
    if not news:
        return []
    submissions = Submission.objects.bulk_create(
        Submission(
            form=each.form, instance_id=each.arrival.instance_id, version_id=each.version,
            version_text=each.arrival.instance.version[:LONGEST_VERSION], inbox=each.inbox,
            is_test=each.form.state == Form.State.DRAFT, device_id=each.arrival.device,
            received_at=each.arrival.received_at,
        )
        for each in news
    )  # fmt: skip
    Revision.objects.bulk_create(
        _revision(each.arrival, submission, Kind.EDIT if each.arrival.instance.deprecated_id else Kind.ORIGINAL)
        for each, submission in zip(news, submissions, strict=True)
    )
    _point_to_only_revisions([each.pk for each in submissions])
    Attachment.objects.bulk_create(
        row
        for each, submission in zip(news, submissions, strict=True)
        for row in _attachments(each.arrival, submission.pk, each.arrival.files)
    )
    return [
        Filed(WAITING_ANSWERS.get(Inbox(each.inbox), openrosa.RECEIVED), _fact(each.arrival, submission.pk))
        for each, submission in zip(news, submissions, strict=True)
    ]


def _point_to_only_revisions(submissions: Sequence[int]) -> None:
    """Each to the one revision that it has. Written as SQL for the same reason as the look-up of ids."""
    table, revisions = Submission._meta.db_table, Revision._meta.db_table
    marks = ", ".join(["%s"] * len(submissions))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET current_id = (SELECT r.id FROM {revisions} r WHERE r.submission_id = {table}.id)"
            f" WHERE id IN ({marks})",
            submissions,
        )


def _revision(arrival: Arrival, submission: Submission, kind: str) -> Revision:
    return Revision(
        submission=submission, kind=kind, instance_id=arrival.instance_id,
        deprecated_id=arrival.instance.deprecated_id, xml=arrival.xml, sha256=arrival.instance.sha256,
        canonical_sha256=arrival.instance.canonical_sha256,
        version_text=arrival.instance.version[:LONGEST_VERSION], device_id=arrival.device,
        device_name=arrival.device_name, received_at=arrival.received_at,
    )  # fmt: skip


def _attachments(arrival: Arrival, submission: int, files: Sequence[StoredFile]) -> list[Attachment]:
    """One row for each name and content; the same twice in one request is one."""
    rows = {
        (each.name, each.sha256): Attachment(
            submission_id=submission, name=each.name, sha256=each.sha256, bytes=each.bytes,
            content_type=each.content_type, is_named=each.is_named, received_at=arrival.received_at,
        )
        for each in files
    }  # fmt: skip
    return list(rows.values())


def _fact(arrival: Arrival, submission: int, files: Sequence[StoredFile] | None = None) -> dict[str, object]:
    """What the ledger is told: numbers and hashes, no text that a person wrote."""
    files = arrival.files if files is None else files
    return {
        "submission": f"submission:{submission}", "device": f"device:{arrival.device}", "xml": arrival.instance.sha256,
        "files": [each.sha256 for each in files],
    }  # fmt: skip


def _file_known(arrival: Arrival, same: Sequence[Revision]) -> Filed:
    """The id is here: the same again, other attachments, other bytes of the same content, or another content."""
    submission = same[0].submission
    kept = next((each for each in same if each.sha256 == arrival.instance.sha256), None)
    is_variant = kept is None and any(each.canonical_sha256 == arrival.instance.canonical_sha256 for each in same)
    if kept is None and not is_variant:
        revision = _revision(arrival, submission, Kind.CONFLICT)
        revision.save(force_insert=True)
        _add_files(arrival, submission.pk)
        Submission.objects.filter(pk=submission.pk).update(inbox=Inbox.CONFLICT)
        return Filed(openrosa.CONFLICT, _fact(arrival, submission.pk))
    if kept is None:
        kept = next(each for each in same if each.canonical_sha256 == arrival.instance.canonical_sha256)
        made = _keep_variant(arrival, kept)
    else:
        made = False
    added = _add_files(arrival, submission.pk)
    if not added:
        Revision.objects.filter(pk=kept.pk).update(repeats=F("repeats") + 1)
    answer = _answer_again(submission, kept, has_new_files=bool(added))
    return Filed(answer, _fact(arrival, submission.pk, added) if added or made else None)


def _keep_variant(arrival: Arrival, revision: Revision) -> bool:
    _variant, made = Variant.objects.get_or_create(
        revision=revision,
        sha256=arrival.instance.sha256,
        defaults={"xml": arrival.xml, "received_at": arrival.received_at},
    )
    return made


def _answer_again(submission: Submission, revision: Revision, *, has_new_files: bool) -> Answer:
    """What waits for a person is told so again; anything else is received."""
    if revision.kind in KIND_ANSWERS:
        return KIND_ANSWERS[Kind(revision.kind)]
    usual = openrosa.ATTACHMENTS_ADDED if has_new_files else openrosa.RECEIVED_AGAIN
    return WAITING_ANSWERS.get(Inbox(submission.inbox), usual)


def _add_files(arrival: Arrival, submission: int) -> list[StoredFile]:
    """Add what is not here under its name, and return it."""
    if not arrival.files:
        return []
    there = set(Attachment.objects.filter(submission=submission).values_list("name", "sha256"))
    new = [each for each in arrival.files if (each.name, each.sha256) not in there]
    Attachment.objects.bulk_create(_attachments(arrival, submission, new))
    return new


def _file_edit(
    arrival: Arrival, submission: Submission, parents: Sequence[Revision], held: Held, *, version: int | None,
    is_closed: bool,
) -> Filed:  # fmt: skip
    """A revision beside its parents; it counts at once only where it corrects the current one of a form that still accepts."""
    is_current = submission.current_id in {each.pk for each in parents}
    counts = is_current and not is_closed
    revision = _revision(arrival, submission, Kind.EDIT if counts else Kind.BRANCH)
    revision.save(force_insert=True)
    _add_files(arrival, submission.pk)
    answer, changes = openrosa.BRANCH, {"inbox": str(Inbox.LATE if is_closed else Inbox.CONFLICT)}
    if counts:
        is_known = version is not None or submission.is_test
        answer = openrosa.EDITED if is_known else openrosa.UNKNOWN_VERSION
        changes = {"state": str(Submission.State.RECEIVED)}  # whoever approved it read another content
        changes |= {} if is_known else {"inbox": str(Inbox.UNKNOWN_VERSION)}
        Submission.objects.filter(pk=submission.pk).update(
            current=revision, version_id=version, version_text=revision.version_text
        )
    Submission.objects.filter(pk=submission.pk).update(**changes)
    children = held.waiting.get((submission.form_id, arrival.instance_id), [])
    if children:
        adopt_children(arrival.instance_id, submission.form_id, children)
    return Filed(answer, _fact(arrival, submission.pk))
