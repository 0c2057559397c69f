"""The text of a web page: what a person would read, blocks on lines of their own."""

import codecs
import re
from html.parser import HTMLParser

from custodes.collection.qualitative.plain_text import decoded

TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|p|div|h[1-6])\b", re.IGNORECASE)
# Comments and the line that declares XML may stand before the page; each ends where its own mark does.
BEFORE = ((b"<!--", b"-->"), (b"<?", b"?>"))
WHERE_IT_BEGINS = 8192
DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
WHERE_DECLARED = 1024
HIDDEN = frozenset({"script", "style", "template", "noscript", "head", "title", "svg", "math", "object", "iframe"})
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "nav", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
})  # fmt: skip
CELLS = frozenset({"td", "th"})
PICTURES = frozenset({"img", "audio", "video", "picture", "canvas"})
BLANKS = re.compile(r"[ \t\n\r\f]+")


def looks_like_html(content: bytes) -> bool:
    """Whether a file begins as a page does."""
    start = content[:WHERE_IT_BEGINS]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start.decode("utf-16", "ignore").encode("ascii", "ignore")
    start = start.removeprefix(codecs.BOM_UTF8).lstrip()
    for opening, closing in BEFORE * 10:
        if start.startswith(opening):
            start = start.partition(closing)[2].lstrip()
    return TAG.match(start) is not None


def web_page_text(content: bytes, *, encoding: str, where: str) -> tuple[str, str, tuple[str, ...]]:
    """The text, the encoding, and what was left out. A declared encoding counts as the person's; refusals as of a plain text."""
    declared = DECLARED.search(content[:WHERE_DECLARED])
    text, found = decoded(
        content, encoding=encoding or (declared[1].decode("ascii", "replace") if declared else ""), where=where
    )
    page = _Page()
    page.feed(text)
    page.close()
    pictures = (f"pictures or recordings: {page.pictures}",) if page.pictures else ()
    return page.text(), found, pictures


class _Page(HTMLParser):
    """Collects text; runs of blanks are one, as a browser shows them, except in preformatted passages."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pictures = 0
        self._lines: list[str] = [""]
        self._hidden: list[str] = []
        self._preformatted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pictures += tag in PICTURES
        if self._hidden == ["head"] and (tag in BLOCKS or tag in CELLS):
            self._hidden.clear()  # the end of the head may be left out
        if tag in HIDDEN:
            self._hidden.append(tag)
        elif tag == "br":
            self._lines.append("")
        elif tag in BLOCKS:
            self._new_block()
            self._preformatted += tag == "pre"
        elif tag in CELLS and self._lines[-1].strip():
            self._lines[-1] += "\t"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if (
            tag not in HIDDEN
        ):  # in a page <script/> opens a script all the same, but hides nothing in the files that programs write
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN and tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        elif tag == "body" or (tag in BLOCKS and not self._hidden):
            self._new_block()
            self._preformatted = max(0, self._preformatted - (tag == "pre"))

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._preformatted:
            first, *rest = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self._lines[-1] += first
            self._lines += rest
            return
        words = BLANKS.sub(" ", data)
        if not self._lines[-1] or self._lines[-1].endswith((" ", "\t")):
            words = words.lstrip(" ")
        self._lines[-1] += words

    def text(self) -> str:
        """All lines, none with a blank that a browser would not show."""
        return "\n".join(line.rstrip(" ") for line in self._lines).strip("\n") + "\n"

    def _new_block(self) -> None:
        if self._lines[-1]:
            self._lines.append("")
