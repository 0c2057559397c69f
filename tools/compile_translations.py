"""Compile every locale/*/LC_MESSAGES/*.po to .mo, without system gettext. Prints what it compiled; exits 1 where a file is malformed."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

LOCALE = Path(__file__).resolve().parent.parent / "src" / "custodes" / "locale"


def compile_translations(folder: Path = LOCALE) -> int:
    """Write the .mo beside each .po and return how many there were. Fuzzy messages stay English."""
    count = 0
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parts[-3], abort_invalid=True)
        with source.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, catalogue, use_fuzzy=False)
        count += 1
    return count


def main() -> int:
    try:
        count = compile_translations()
    except PoFileError as error:
        sys.stderr.write(f"A translation is malformed: {error}\n")
        return 1
    sys.stdout.write(f"Compiled {count} translations.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
