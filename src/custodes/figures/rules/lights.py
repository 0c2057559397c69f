"""The traffic light as mark and word; colour is never the only sign."""

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext, pgettext_lazy

from custodes.evidence.types import Light

MARKS = {
    Light.ON_TRACK: "●",
    Light.AT_RISK: "▲",
    Light.OFF_TRACK: "■",
    Light.CANNOT_TELL: "○",
    Light.NO_LIGHT: "–",
}
WORDS = {
    Light.ON_TRACK: pgettext_lazy("traffic light", "on track"),
    Light.AT_RISK: pgettext_lazy("traffic light", "at risk"),
    Light.OFF_TRACK: pgettext_lazy("traffic light", "off track"),
    Light.CANNOT_TELL: pgettext_lazy("traffic light", "cannot tell"),
    Light.NO_LIGHT: pgettext_lazy("traffic light", "no light"),
}


ANY = 3  # where every light is possible, naming them says nothing


def light_mark(light: Light) -> str:
    """●, ▲, ■, ○ or –."""
    return MARKS[light]


def light_words(light: Light, *, possible: Sequence[Light] = (), language: str) -> str:
    """`at risk`; for ○ also what is still possible: `cannot tell (at risk or on track)`."""
    with translation.override(language):
        word = str(WORDS[light])
        if light is not Light.CANNOT_TELL or not 0 < len(possible) < ANY:
            return word
        choices = gettext(" or ").join(str(WORDS[each]) for each in possible)
        return str(gettext("%(light)s (%(choices)s)") % {"light": word, "choices": choices})
