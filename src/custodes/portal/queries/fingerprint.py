"""One short text that changes whenever anything the public sees may have changed."""

from hashlib import sha256

from django.conf import settings

from custodes.ledger.models import Entry

# Acts on accounts and tokens change no public page; every other act may, so a new kind of act is never overlooked.
PRIVATE_ACTS = "account."


def public_fingerprint(*parts: str) -> str:
    """Of the last act that the ledger holds, the software's version, and the parts given (address, language)."""
    last = Entry.objects.exclude(act__startswith=PRIVATE_ACTS).order_by("-seq").values_list("hash", flat=True).first()
    return sha256("\n".join((settings.VERSION, last or "", *parts)).encode()).hexdigest()[:32]
