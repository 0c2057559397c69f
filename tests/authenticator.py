"""The authenticator app of the tests: RFC 6238, written here so that the site is checked against something else than its own library."""

import base64
import hmac
import struct
import time

PERIOD = 30
LEAST_LEFT = 6  # seconds that a busy machine may need to send a code on


def code_now(secret: str) -> str:
    """Six digits from the secret and the half minute, as a person reads them who waits for the next code where this one is about to end."""
    left = PERIOD - time.time() % PERIOD
    if left < LEAST_LEFT:
        time.sleep(left)
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // PERIOD), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
