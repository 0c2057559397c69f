"""The choices of a plan in words, in templates."""

from django import template

from custodes.programmes.rules import words

register = template.Library()


@register.filter
def path_words(shape: str) -> str:
    """`linear` as people say it."""
    return str(words.PATHS[shape])


@register.filter
def direction_words(direction: str) -> str:
    """`up` as people say it."""
    return str(words.DIRECTIONS[direction])


@register.filter
def missing_words(policy: str) -> str:
    """`exclude` as people say it."""
    return str(words.MISSING[policy])
