"""One short text that changes whenever anything the public sees may have changed."""

from hashlib import sha256

from django.conf import settings

from custodes.ledger.models import Entry

# Acts on accounts and tokens change no public page; every other act may, so a new kind of act is never overlooked.
PRIVATE_ACTS = "account."


def public_fingerprint(*parts: str) -> str:
    """Of the last act that the ledger holds, the software's version, the thresholds that decide what is shown, and the parts given."""
    last = Entry.objects.exclude(act__startswith=PRIVATE_ACTS).order_by("-seq").values_list("hash", flat=True).first()
    thresholds = (repr(settings.CONFIG.disclosure), repr(settings.CONFIG.lights))
    return sha256("\n".join((settings.VERSION, *thresholds, last or "", *parts)).encode()).hexdigest()[:32]
