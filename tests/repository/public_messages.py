"""Which texts the public reads: collected from templates by Django's own parser and from Python by its syntax tree, without gettext."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.template import Engine
from django.template.base import Node, Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "custodes"
FRAME = ("base", "portal_base", "skeleton", "problem", "400", "403", "403_csrf", "404", "500")
TEXT_IN_TAG = re.compile(r"""_\((?:"([^"]+)"|'([^']+)')\)""")
FUNCTIONS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy"}


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A text to translate, with its plural and its context where it has them."""

    text: str
    plural: str = ""
    context: str = ""


def public_templates() -> list[Path]:
    """Every template that a visitor who is not signed in may see."""
    site = PACKAGE / "site" / "templates"
    sign_in = PACKAGE / "people" / "templates"
    places = [place for name in FRAME if (place := site / f"{name}.html").exists()]
    places += [sign_in / "429.html", sign_in / "account" / "login.html", sign_in / "account" / "locked_out.html"]
    for folder in (site / "parts", site / "forms", PACKAGE / "portal" / "templates", PACKAGE / "figures" / "templates"):
        places += folder.rglob("*.html")
    return sorted(places)


def public_modules() -> list[Path]:
    """Every module whose texts reach public pages."""
    return sorted(
        [PACKAGE / "site" / "menu.py", *(PACKAGE / "portal").rglob("*.py"), *(PACKAGE / "figures").rglob("*.py")]
    )


def public_messages() -> dict[Message, str]:
    """Each text that needs a translation, and where it stands."""
    found: dict[Message, str] = {}
    for place in public_templates():
        for message in _template_messages(place.read_text(encoding="utf-8")):
            found.setdefault(message, str(place.relative_to(PACKAGE)))
    for place in public_modules():
        for message in _module_messages(place.read_text(encoding="utf-8")):
            found.setdefault(message, str(place.relative_to(PACKAGE)))
    return found


def _template_messages(source: str) -> Iterator[Message]:
    template = Template(source, engine=Engine.get_default())
    for node in _all_nodes(template):
        if isinstance(node, TranslateNode):
            literal = node.filter_expression.var
            text = literal if isinstance(literal, str) else getattr(literal, "literal", None)
            if text:
                yield Message(str(text), context=_context_of(node))
        elif isinstance(node, BlockTranslateNode):
            singular, _ = node.render_token_list(node.singular)
            plural = node.render_token_list(node.plural)[0] if node.plural else ""
            yield Message(singular, plural, _context_of(node))
    for match in TEXT_IN_TAG.finditer(source):
        yield Message(match.group(1) or match.group(2))


def _context_of(node: TranslateNode | BlockTranslateNode) -> str:
    return str(node.message_context.resolve({})) if node.message_context else ""


def _all_nodes(template: Template) -> Iterator[Node]:
    waiting = list(template.nodelist)
    while waiting:
        node = waiting.pop()
        yield node
        for name in node.child_nodelists:
            waiting.extend(getattr(node, name, None) or [])
        for _condition, nodes in getattr(node, "conditions_nodelists", []):
            waiting.extend(nodes)


def _module_messages(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in FUNCTIONS:
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if texts:
                context = texts.pop(0) if name in WITH_CONTEXT else ""
                yield Message(texts[0], texts[1] if len(texts) > 1 else "", context)
