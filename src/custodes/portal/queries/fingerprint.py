"""One short text that changes whenever anything the public sees may have changed."""

from custodes.ledger.queries import record_fingerprint

# Acts on accounts and tokens, and what devices send all day long, change no public page; every other act may, so a new kind is never overlooked.
PRIVATE_ACTS = ("account.", "submission.receive")


def public_fingerprint(*parts: str) -> str:
    """Of everything that a public page is made of, and the parts given."""
    return record_fingerprint(*parts, without=PRIVATE_ACTS)
