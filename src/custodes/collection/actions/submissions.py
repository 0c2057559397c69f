"""What a change of a form means for submissions that are here already."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from custodes.collection.models import FormVersion, Submission


@transaction.atomic
def adopt_known_versions() -> int:
    """Join submissions that came before their version was here to it, now that it is; returns how many no longer wait for it.

    Publishing a version calls this, and the receiver once a day, for one that arrived while it was published. It decides nothing that a person
    could decide otherwise, so it has no entry of its own: the version's publication has one, and so has the arrival.
    """
    version = FormVersion.objects.filter(form=OuterRef("form"), version=OuterRef("version_text")).values("pk")[:1]
    rows = Submission.objects.filter(Exists(version), version__isnull=True, is_test=False)
    waiting = rows.filter(inbox=Submission.Inbox.UNKNOWN_VERSION)
    count = waiting.update(version=Subquery(version), inbox=Submission.Inbox.NONE)
    rows.update(version=Subquery(version))  # those that wait for another reason go on waiting
    return count
