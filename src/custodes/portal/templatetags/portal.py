"""Words that public templates need: `{% load portal %}`."""

from django import template

from custodes.indicators.rules.displays import state_words
from custodes.indicators.rules.figures import Figure
from custodes.indicators.rules.lights import Standing
from custodes.portal.rules.sentences import verdict_sentence

register = template.Library()


@register.filter
def why_without_number(figure: Figure) -> str:
    """`withheld: so few that people could be recognised`."""
    return state_words(figure)


@register.filter
def verdict(standing: Standing) -> str:
    """`We cannot tell yet, because …`."""
    return verdict_sentence(standing)
