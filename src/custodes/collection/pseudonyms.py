"""The office's secret that turns a person's key into a pseudonym."""

import os
import secrets
import tempfile
from pathlib import Path

from django.conf import settings

SALT_BYTES = 32


def office_salt() -> bytes:
    """A secret made once and kept beside the data sets with mode 0600, so that a backup of one has the other.

    Whoever holds it can test guesses at a person's key against a data set; without it nobody can. If it is lost, persons of later files are no
    longer recognised in earlier ones.
    """
    place = Path(settings.MEDIA_ROOT) / "person_salt"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".salt-", dir=place.parent)
        try:
            with os.fdopen(handle, "w") as stream:
                stream.write(secrets.token_hex(SALT_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
            os.link(name, place)  # a name appears with its whole content, and the first of two writers wins
        except FileExistsError:
            pass
        finally:
            os.unlink(name)
    return bytes.fromhex(place.read_text())
