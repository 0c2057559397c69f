"""The text of a PDF that has one; a scan is refused, not guessed at."""

import io
import logging
from typing import Any

from custodes.collection.errors import FileProtected, FileTooLarge, TextAbsent
from custodes.evidence.errors import FileUnreadable

MOST_PAGES = 2_000
MOST_CHARACTERS = 5_000_000


def pdf_text(content: bytes, *, where: str) -> tuple[str, tuple[str, ...]]:
    """The text of all pages, a line feed after each, and what was left out: pages that are pictures only."""
    import pypdf  # slow to import, and needed for PDF only
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(
        logging.CRITICAL
    )  # it reports each small flaw of a file; what matters is raised
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise FileProtected(
                "The PDF is protected.",
                where=where,
                remedy="Save it without a password, by printing it to a new PDF for example.",
            )
        if len(reader.pages) > MOST_PAGES:
            raise FileTooLarge(
                f"It has {len(reader.pages):,} pages; {MOST_PAGES:,} are allowed.", where=where, remedy="Split it."
            )
        pages = _pages(reader, where=where)
    # A damaged PDF raises whatever its first wrong object leads to.
    except (
        PyPdfError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        RecursionError,
        OverflowError,
    ) as error:
        raise FileUnreadable(
            "The PDF is damaged.", where=where, remedy="Write it again, or save its text as .txt."
        ) from error
    without = [number for number, text in enumerate(pages, start=1) if not text.strip()]
    if len(without) == len(pages):
        raise TextAbsent(
            f"The PDF has no text on its {len(pages)} pages, as a scan has none.",
            where=where,
            remedy="Recognise its characters (OCR) and import the result.",
        )
    shown = ", ".join(map(str, without[:20])) + (" …" if len(without) > 20 else "")
    left_out = (f"{len(without)} of {len(pages)} pages have no text: {shown}",) if without else ()
    return "".join(text.rstrip() + "\n" for text in pages), left_out


def _pages(reader: Any, *, where: str) -> list[str]:
    pages: list[str] = []
    length = 0
    for page in reader.pages:
        text = page.extract_text()
        # A font without a table of characters gives halves of pairs, which are no characters.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")
        length += len(text)
        if length > MOST_CHARACTERS:
            raise FileTooLarge(f"It has more than {MOST_CHARACTERS:,} characters.", where=where, remedy="Split it.")
        pages.append(text)
    return pages
