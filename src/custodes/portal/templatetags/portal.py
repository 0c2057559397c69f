"""Words that public templates need: `{% load portal %}`."""

from django import template

from custodes.indicators.rules.displays import state_words
from custodes.indicators.rules.figures import Figure

register = template.Library()


@register.filter
def why_without_number(figure: Figure) -> str:
    """`withheld: so few that people could be recognised`."""
    return state_words(figure)
