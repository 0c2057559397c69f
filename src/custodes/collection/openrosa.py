"""What OpenRosa clients are told: envelopes, lists of forms and of their files, and sentences in the language asked. Pure: values in, bytes out."""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import segno
from django.conf import settings
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import trans_real

OPENROSA_VERSION = "1.0"
XML = "text/xml; charset=utf-8"
RESPONSE = "http://openrosa.org/http/response"
FORM_LIST = "http://openrosa.org/xforms/xformsList"
MANIFEST = "http://openrosa.org/xforms/xformsManifest"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a sentence for the person in the field, with the facts that it names and the headers it needs."""

    status: int
    sentence: Any  # a lazy text, so that it is told in the language asked
    facts: Mapping[str, object] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()

    def told(self, language: str) -> str:
        """The sentence in a language."""
        with translation.override(language):
            text = str(self.sentence)
            return text % self.facts if self.facts else text


RECEIVED = Answer(201, _("Received and safely stored."))
RECEIVED_AGAIN = Answer(201, _("This was received before and is safely stored."))
ATTACHMENTS_ADDED = Answer(201, _("The attachments were received and are safely stored."))
EDITED = Answer(201, _("The correction was received and is safely stored."))
PURGED = Answer(201, _("This was received before and has since been removed. Nothing was stored again."))
LATE = Answer(202, _("Received and safely stored, but the form is closed: the office decides whether it still counts."))
UNKNOWN_VERSION = Answer(
    202, _("Received and safely stored. It was filled in on a version of the form that the office has yet to add.")
)
CONFLICT = Answer(
    202, _("Received and safely stored. The office holds another content under the same number and will compare both.")
)
BRANCH = Answer(
    202, _("Received and safely stored. It corrects an older copy than the office holds; the office will compare both.")
)
PARENT_ABSENT = Answer(
    202, _("Received and safely stored. It corrects a form that has not arrived yet: please send that one, too.")
)


def unknown_form(form_id: str) -> Answer:
    """No form of that name is here."""
    return Answer(404, _("There is no form “%(form)s” here. Ask the office which form is meant."), {"form": form_id})


def form_beyond_device(form_id: str) -> Answer:
    """The form is here, and this device was not given it."""
    return Answer(
        403, _("This device may not send the form “%(form)s”. Keep it and ask the office."), {"form": form_id}
    )


def form_closed(title: str) -> Answer:
    """The form's owner chose that nothing more is taken."""
    return Answer(403, _("The form “%(form)s” is closed and takes nothing more. Ask the office."), {"form": title})


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A form as the list names it; no manifest without files."""

    form_id: str
    name: str
    version: str
    md5: str
    download_url: str
    manifest_url: str = ""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that goes with a form."""

    name: str
    md5: str
    download_url: str


def response_xml(text: str) -> bytes:
    """The envelope of every answer that is no list and no file."""
    return f'{_DECLARATION}<OpenRosaResponse xmlns="{RESPONSE}"><message>{_safe(text)}</message></OpenRosaResponse>'.encode()


def form_list_xml(forms: Iterable[ListedForm]) -> bytes:
    """`xformsList` of OpenRosa 1.0; the hash is the md5 of the bytes behind the download address."""
    items = []
    for form in forms:
        parts = [
            ("formID", form.form_id), ("name", form.name), ("version", form.version), ("hash", f"md5:{form.md5}"),
            ("downloadUrl", form.download_url),
        ]  # fmt: skip
        parts += [("manifestUrl", form.manifest_url)] if form.manifest_url else []
        items.append(_element("xform", parts))
    return f'{_DECLARATION}<xforms xmlns="{FORM_LIST}">{"".join(items)}</xforms>'.encode()


def manifest_xml(files: Iterable[ListedFile]) -> bytes:
    """`xformsManifest` of OpenRosa 1.0."""
    items = [
        _element(
            "mediaFile", [("filename", each.name), ("hash", f"md5:{each.md5}"), ("downloadUrl", each.download_url)]
        )
        for each in files
    ]
    return f'{_DECLARATION}<manifest xmlns="{MANIFEST}">{"".join(items)}</manifest>'.encode()


def _element(name: str, parts: Iterable[tuple[str, str]]) -> str:
    inside = "".join(f"<{part}>{_safe(text)}</{part}>" for part, text in parts)
    return f"<{name}>{inside}</{name}>"


def _safe(text: str) -> str:
    """Escaped, and without the characters that XML 1.0 has no way to write."""
    return escape("".join(each for each in text if each >= " " or each in "\t\n\r"))


def language_asked(header: str) -> str:
    """The first language of an Accept-Language header that we speak, else the installation's."""
    for code, _weight in trans_real.parse_accept_lang_header(header):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def settings_payload(server_url: str, *, project: str) -> str:
    """The settings of ODK Collect as its codes carry them: base64 of deflated JSON. The key stands in the address; there is no password."""
    content = {
        "general": {"server_url": server_url, "form_update_mode": "match_exactly", "autosend": "wifi_and_cellular"},
        "admin": {},
        "project": {"name": project},
    }
    return base64.b64encode(zlib.compress(json.dumps(content, ensure_ascii=False).encode())).decode()


def settings_code(server_url: str, *, project: str) -> SafeString:
    """The same as a picture to scan, black on white whatever the page's colours, no wider than a telephone; SVG without style or script."""
    code = segno.make(settings_payload(server_url, project=project), error="l", micro=False)
    return mark_safe(code.svg_inline(scale=3, light="#fff"))
