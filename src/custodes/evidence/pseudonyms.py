"""Pseudonyms: a key that tells persons or households apart and cannot be turned back without the office's secret."""

import hashlib
import hmac


def pseudonym(key: str, *, secret: bytes) -> str | None:
    """HMAC-SHA-256 of a key without the blanks around it; None for an empty one. Whoever holds the secret can test guesses, nobody else can."""
    bare = key.strip()
    return hmac.new(secret, bare.encode(), hashlib.sha256).hexdigest() if bare else None
