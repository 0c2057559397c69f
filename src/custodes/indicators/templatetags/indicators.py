"""Small look-ups that templates of measuring need."""

from collections.abc import Mapping

from django import template

from custodes.indicators.models import Reading

register = template.Library()


@register.filter
def setting_words(value: object) -> str:
    """An argument of an estimator as text: lists joined by commas, tables as name and value."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {setting_words(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value)


@register.filter
def for_key(names: Mapping[str, str], key: str) -> str:
    """`names|for_key:revision.by` is the name behind a reference, or the reference itself."""
    return names.get(key, key)


@register.filter
def reading_state(status: str) -> str:
    """A stored status as a word."""
    return str(Reading.Status(status).label)
