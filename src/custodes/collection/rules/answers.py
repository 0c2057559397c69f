"""What stands in a submission's XML, in the order in which it was asked. The receiver has refused entities and depth before it is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

META = "meta"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the path of its question without positions, which time it was asked within each repeat (empty outside), and the text."""

    path: str
    times: str
    text: str


def answers_in(xml: bytes) -> tuple[Answer, ...]:
    """Every answer but the metadata of the submission, unanswered questions left out."""
    root = ElementTree.fromstring(xml)  # noqa: S314: scanned for DOCTYPE, entities and depth on arrival
    return tuple(_below(root, f"/{_name(root)}", ()))


def _below(element: ElementTree.Element, path: str, times: tuple[int, ...]) -> Iterator[Answer]:
    children = [each for each in element if _name(each) != META]
    if not children:
        text = (element.text or "").strip()
        if text and not len(element):
            yield Answer(path, ".".join(map(str, times)), text)
        return
    names = [_name(each) for each in children]
    seen: dict[str, int] = {}
    for child, name in zip(children, names, strict=True):
        seen[name] = seen.get(name, 0) + 1
        again = (seen[name],) if names.count(name) > 1 else ()
        yield from _below(child, f"{path}/{name}", (*times, *again))


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
