"""Collect every translatable text into locale/{fr,es,ar}/LC_MESSAGES/django.po. Needs gettext (apt-get install gettext)."""

import os
import re
import shutil
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "custodes"
LANGUAGES = ("fr", "es", "ar")
HEADER = """# Custodes: {language}
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
{plural}
"""


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
    for language in LANGUAGES:
        tidy_header(PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po", language)
    return 0


def tidy_header(place: Path, language: str) -> None:
    """Give a catalogue a header that changes only when its content does: no dates, nobody's name."""
    header, _, messages = place.read_text(encoding="utf-8").partition("\n\n")
    plural = re.search(r'^"Plural-Forms:.*(?:\n"(?!\w+-?\w*:).*)*', header, re.MULTILINE)
    if plural is None:
        raise ValueError(f"{place} lacks its Plural-Forms")
    place.write_text(HEADER.format(language=language, plural=plural.group()) + "\n" + messages, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
