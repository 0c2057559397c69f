"""Collect every translatable text into locale/{fr,es,ar}/LC_MESSAGES/django.po. Needs gettext (apt-get install gettext)."""

import os
import shutil
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "custodes"
LANGUAGES = ("fr", "es", "ar")


def main() -> int:
    if not shutil.which("xgettext"):
        sys.stderr.write("gettext is missing: apt-get install gettext\n")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custodes.site.settings")
    # makemessages writes beside the working directory's packages; settings have resolved the data folder before we move.
    import django
    from django.core.management import call_command

    django.setup()
    for language in LANGUAGES:
        (PACKAGE / "locale" / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    os.chdir(PACKAGE)
    call_command(
        "makemessages", locale=list(LANGUAGES), no_location=True, no_wrap=True, no_obsolete=True,
        ignore_patterns=["static/*", "*/migrations/*"],
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
