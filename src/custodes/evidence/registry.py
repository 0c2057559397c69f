"""The shelf of estimators: one file is one item; other packages add theirs through the entry-point group `custodes.estimators`."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

from custodes.evidence import estimators
from custodes.evidence.arguments import nearest
from custodes.evidence.errors import EstimatorUnknown
from custodes.evidence.estimator import Estimator

ENTRY_POINTS = "custodes.estimators"


@cache
def all_estimators() -> tuple[Estimator, ...]:
    """Every estimator, by slug; a slug that two of them claim is an error of the installation."""
    found: dict[str, Estimator] = {}
    modules = [import_module(f"{estimators.__name__}.{module.name}") for module in iter_modules(estimators.__path__)]
    items = [module.ESTIMATOR for module in modules] + [point.load() for point in entry_points(group=ENTRY_POINTS)]
    for item in items:
        if not isinstance(item, Estimator):
            raise TypeError(f"{item!r} on the shelf of estimators is not an Estimator.")
        if item.slug in found:
            raise ValueError(f"Two estimators are called “{item.slug}”; remove one of the packages that bring it.")
        found[item.slug] = item
    return tuple(found[slug] for slug in sorted(found))


def estimator(slug: str) -> Estimator:
    """The estimator of that name, or EstimatorUnknown with the nearest name."""
    known = {item.slug: item for item in all_estimators()}
    if slug not in known:
        raise EstimatorUnknown(f"There is no estimator “{slug}”.", where="estimator", remedy=nearest(slug, known))
    return known[slug]
