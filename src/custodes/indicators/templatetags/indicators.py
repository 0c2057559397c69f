"""Small look-ups that templates of measuring need."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def for_key(names: Mapping[str, str], key: str) -> str:
    """`names|for_key:revision.by` is the name behind a reference, or the reference itself."""
    return names.get(key, key)
