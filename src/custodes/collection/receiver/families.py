"""Corrections that overtook what they correct: they wait on their own, and are put where they belong once it is here."""

from collections.abc import Sequence

from custodes.collection.models import Attachment, Revision, Submission

Inbox, Kind = Submission.Inbox, Revision.Kind


def adopt_children(instance_id: str, form: int, children: Sequence[Revision]) -> None:
    """Move the submissions that waited for this id into the one that holds it now.

    The first that corrects its current revision takes its place, with whatever corrected it meanwhile; another is kept as a branch for a person
    to compare. No revision and no attachment is lost: rows move, and an emptied submission goes.
    """
    parent = Revision.objects.select_related("submission").filter(submission__form=form, instance_id=instance_id)
    home = parent.order_by("pk")[0].submission
    for child in children:
        stray = Submission.objects.get(pk=child.submission_id)
        if stray.pk == home.pk:
            continue
        follows = home.current is not None and home.current.instance_id == child.deprecated_id
        moved = Revision.objects.filter(submission=stray)
        if not follows:
            moved.filter(kind=Kind.EDIT).update(kind=Kind.BRANCH)
        newest = stray.current
        Submission.objects.filter(pk=stray.pk).update(current=None)
        moved.update(submission=home)
        _move_attachments(stray, home)
        if follows:
            home.current, home.version_id, home.version_text = newest, stray.version_id, stray.version_text
        if not follows or stray.inbox == Inbox.CONFLICT:
            home.inbox = Inbox.CONFLICT
        home.save(update_fields=["current", "version", "version_text", "inbox"])
        stray.delete()
    _note_unknown_version(home)


def _move_attachments(stray: Submission, home: Submission) -> None:
    there = set(Attachment.objects.filter(submission=home).values_list("name", "sha256"))
    for each in Attachment.objects.filter(submission=stray):
        if (each.name, each.sha256) in there:
            each.delete()  # the same file under the same name: its row is at home already
        else:
            Attachment.objects.filter(pk=each.pk).update(submission=home)


def _note_unknown_version(home: Submission) -> None:
    if home.version_id is None and not home.is_test and home.inbox == Inbox.NONE:
        Submission.objects.filter(pk=home.pk).update(inbox=Inbox.UNKNOWN_VERSION)
