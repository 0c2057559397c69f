"""The shelf of sources: one file is one item; other packages add theirs through the entry-point group `custodes.sources`."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

from custodes.collection import sources
from custodes.collection.errors import SourceUnknown
from custodes.collection.source import Source
from custodes.evidence.arguments import nearest

ENTRY_POINTS = "custodes.sources"


@cache
def all_sources() -> tuple[Source, ...]:
    """Every source, by slug; a slug that two of them claim is an error of the installation."""
    found: dict[str, Source] = {}
    modules = [import_module(f"{sources.__name__}.{module.name}") for module in iter_modules(sources.__path__)]
    items = [module.SOURCE for module in modules] + [point.load() for point in entry_points(group=ENTRY_POINTS)]
    for item in items:
        if not isinstance(item, Source):
            raise TypeError(f"{item!r} on the shelf of sources is not a Source.")
        if item.slug in found:
            raise ValueError(f"Two sources are called “{item.slug}”; remove one of the packages that bring it.")
        found[item.slug] = item
    return tuple(found[slug] for slug in sorted(found))


def source(slug: str) -> Source:
    """The source of that name, or SourceUnknown with the nearest name."""
    known = {item.slug: item for item in all_sources()}
    if slug not in known:
        raise SourceUnknown(f"There is no source “{slug}”.", where="source", remedy=nearest(slug, known))
    return known[slug]
