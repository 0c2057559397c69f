"""What people read in a form, by language, with the places where an answer is put in, and the media that go with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

XF = "{http://www.w3.org/2002/xforms}"
MEDIA_FORMS = ("image", "big-image", "audio", "video")


@dataclass(frozen=True, slots=True)
class Output:
    """A place in a text where the value of an expression is shown."""

    expression: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in one language; `language` is empty where the form has only one and does not name it."""

    language: str
    parts: tuple[str | Output, ...]

    @property
    def plain(self) -> str:
        """The text with … where an answer would stand."""
        return "".join(part if isinstance(part, str) else "…" for part in self.parts).strip()


@dataclass(frozen=True, slots=True)
class Text:
    """A text in every language that the form gives it."""

    wordings: tuple[Wording, ...] = ()

    def __bool__(self) -> bool:
        return any(wording.parts for wording in self.wordings)

    def wording(self, language: str = "") -> Wording:
        """The text in a language, else in the first that is there."""
        fitting = [each for each in self.wordings if each.language == language]
        return (*fitting, *self.wordings, Wording("", ()))[0]

    def plain(self, language: str = "") -> str:
        """The text in a language, without answers."""
        return self.wording(language).plain


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, sound or film shown with a text: its kind, its language, and its address in the form."""

    kind: str
    language: str
    address: str

    @property
    def file_name(self) -> str:
        """The name under which the file is attached to the form."""
        return self.address.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a translated text: which form of it, in which language, and what."""

    form: str
    wording: Wording


class Translations:
    """The itext of a form: every text by its id, and the languages in order, the default first."""

    def __init__(self, model: etree._Element) -> None:
        found = model.findall(f"{XF}itext/{XF}translation")
        found.sort(key=lambda each: each.get("default") is None)
        self.languages = tuple(each.get("lang", "") for each in found)
        self.entries: dict[str, list[Entry]] = {}
        for translation in found:
            for text in translation.iterfind(f"{XF}text"):
                kept = self.entries.setdefault(text.get("id", ""), [])
                for value in text.iterfind(f"{XF}value"):
                    kept.append(Entry(value.get("form", "long"), Wording(translation.get("lang", ""), parts_of(value))))

    def text(self, key: str, form: str = "long") -> Text:
        """One form of a text in all languages."""
        return Text(tuple(each.wording for each in self.entries.get(key, ()) if each.form == form))

    def media(self, key: str) -> tuple[Media, ...]:
        """The media of a text in all languages."""
        return tuple(
            Media(each.form, each.wording.language, each.wording.plain)
            for each in self.entries.get(key, ())
            if each.form in MEDIA_FORMS and each.wording.plain
        )

    def all_media(self) -> tuple[Media, ...]:
        """The media of all texts."""
        return tuple(media for key in self.entries for media in self.media(key))


def parts_of(element: etree._Element) -> tuple[str | Output, ...]:
    """The text of an element with its outputs in place."""
    parts: list[str | Output] = [element.text or ""]
    for child in element:
        if etree.QName(child).localname == "output":
            parts.append(Output((child.get("value") or child.get("ref") or "").strip()))
        else:
            parts.append("".join(child.itertext()))
        parts.append(child.tail or "")
    return tuple(part for part in parts if part)


def itext_key(reference: str) -> str | None:
    """The id in `jr:itext('id')`, if it is one."""
    text = reference.strip()
    if not (text.startswith("jr:itext(") and text.endswith(")")):
        return None
    inner = text.removeprefix("jr:itext(").removesuffix(")").strip()
    return inner[1:-1] if inner[:1] in {"'", '"'} else None


def element_text(element: etree._Element | None, translations: Translations, form: str = "long") -> Text:
    """The text of a label or hint, whether it stands there or in the itext."""
    if element is None:
        return Text()
    key = itext_key(element.get("ref", ""))
    if key is not None:
        return translations.text(key, form)
    parts = parts_of(element)
    return Text((Wording("", parts),)) if form == "long" and parts else Text()


def message_text(attributes: Mapping[str, str], name: str, translations: Translations) -> Text:
    """The text of a message that stands in an attribute."""
    text = attributes.get(f"{{http://openrosa.org/javarosa}}{name}", "")
    key = itext_key(text)
    if key is not None:
        return translations.text(key)
    return Text((Wording("", (text,)),)) if text else Text()
