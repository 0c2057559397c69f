"""Making and ending single areas, and declaring what became of them."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from custodes.ledger.actions import record
from custodes.places.errors import AreaConflict, BoundariesInvalid, CountryNotSynthetic, SuccessionInvalid
from custodes.places.models import Area, AreaName, Succession
from custodes.places.permissions import Actor, check_may_change_places
from custodes.places.rules import SYNTHETIC_COUNTRY, area_path, folded_name, is_placeholder_code

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


def check_country(country: str, *, synthetic: bool) -> None:
    """CountryNotSynthetic unless invented rows stand under QR and real ones elsewhere (I27)."""
    if synthetic != (country == SYNTHETIC_COUNTRY):
        raise CountryNotSynthetic(
            _("Invented areas stand under %(code)s, and %(code)s holds nothing else.") % {"code": SYNTHETIC_COUNTRY},
            where=_("country %(country)s") % {"country": country or "–"},
            remedy=_("Give the country's own code for real areas, or mark the areas as invented and use %(code)s.")
            % {"code": SYNTHETIC_COUNTRY},
        )


@transaction.atomic
def create_area(
    code: str, *, by: Actor, name: str, country: str, level: int, valid_from: date, source: str, parent: Area | None = None,
    geometry: "BaseGeometry | None" = None, synthetic: bool = False, other_names: tuple[str, ...] = (),
) -> Area:  # fmt: skip
    """Make one area. Writes `area.create`. Raises PlacesNotAllowed, CountryNotSynthetic, AreaConflict, BoundariesInvalid."""
    role = check_may_change_places(by, area_path=parent.path if parent else "")
    area = added_area(
        code, by=by, name=name, country=country, level=level, valid_from=valid_from, source=source, parent=parent,
        geometry=geometry, outline=geometry, synthetic=synthetic, other_names=other_names,
    )  # fmt: skip
    entry = record(
        "area.create", subject=f"area:{area.pk}", by=by.reference, role=role,
        what={"code": code, "level": level, "country": country, "valid_from": valid_from.isoformat(), "source": source},
    )  # fmt: skip
    area.entry = entry.seq
    area.save(update_fields=["entry"])
    return area


def added_area(
    code: str, *, by: Actor, name: str, country: str, level: int, valid_from: date, source: str, parent: Area | None,
    geometry: "BaseGeometry | None", outline: "BaseGeometry | None", synthetic: bool, other_names: tuple[str, ...] = (),
) -> Area:  # fmt: skip
    """A new row with its names; an earlier area of that code ends the day before. The caller checks who may and writes the ledger."""
    check_country(country, synthetic=synthetic)
    if is_placeholder_code(code) or "/" in code:
        raise BoundariesInvalid(
            _("“%(code)s” is no code of an area.") % {"code": code},
            where=name,
            remedy=_("Choose the attribute that holds each area's own code, or give the areas codes."),
        )
    if level and (parent is None or parent.level >= level):
        raise AreaConflict(
            _("An area of level %(level)s needs a parent of a higher level.") % {"level": level},
            where=code,
            remedy=_("Make the country (level 0) and the levels between first."),
        )
    _make_room(code, valid_from)
    import shapely

    area = Area.objects.create(
        code=code, name=name, country=country, level=level, parent=parent, valid_from=valid_from, source=source,
        path=area_path(code, parent.path if parent else ""), synthetic=synthetic, created_by=by.reference,
        geometry=shapely.to_wkb(geometry) if geometry is not None else None,
        outline=shapely.to_wkb(outline) if outline is not None else None,
    )  # fmt: skip
    names = {folded_name(text): text for text in reversed((name, *other_names)) if text.strip()}
    AreaName.objects.bulk_create(AreaName(area=area, text=text, folded=folded) for folded, text in names.items())
    return area


def _make_room(code: str, valid_from: date) -> None:
    """End the open area of that code the day before; refuse where dates would overlap."""
    meeting = Area.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from), code=code).order_by(
        "valid_from"
    )
    for earlier in meeting:
        if earlier.valid_from >= valid_from:
            raise AreaConflict(
                _("There is an area with that code from %(day)s on.") % {"day": earlier.valid_from},
                where=code,
                remedy=_("Choose a later first day, or another code."),
            )
        earlier.valid_to = valid_from - timedelta(days=1)
        earlier.save(update_fields=["valid_to"])


@transaction.atomic
def end_area(area: Area, *, by: Actor, on: date, why: str) -> Area:
    """Say that an area's last day was `on`. Writes `area.end`."""
    role = check_may_change_places(by, area_path=area.path)
    if on < area.valid_from:
        raise AreaConflict(
            _("The area begins on %(day)s and cannot end before.") % {"day": area.valid_from},
            where=area.code,
            remedy=_("Give a later day."),
        )
    area.valid_to = on
    area.entry = record(
        "area.end", subject=f"area:{area.pk}", by=by.reference, role=role, why=why,
        what={"code": area.code, "on": on.isoformat()},
    ).seq  # fmt: skip
    area.save(update_fields=["valid_to", "entry"])
    return area


@transaction.atomic
def declare_succession(
    predecessor: Area, *, by: Actor, successor: Area, share: float, on: date, basis: str
) -> Succession:
    """Say which share (0 to 1) of an area passed to another on a day. Writes `area.succeed`. The shares of one day add up to 1 at most."""
    role = check_may_change_places(by, area_path=predecessor.path)
    passed = Succession.objects.filter(predecessor__code=predecessor.code, on=on).exclude(successor=successor)
    total = (passed.aggregate(total=Sum("share"))["total"] or 0.0) + share
    if not 0 < share <= 1 or total > 1 + 1e-9:
        raise SuccessionInvalid(
            _("The shares that pass on %(day)s would add up to %(total)s.") % {"day": on, "total": f"{total:.3f}"},
            where=predecessor.code,
            remedy=_("A share is above 0, and together they are at most 1."),
        )
    if predecessor.code == successor.code:
        raise SuccessionInvalid(
            _("An area does not succeed itself."), where=predecessor.code, remedy=_("Choose the other area.")
        )
    entry = record(
        "area.succeed", subject=f"area:{predecessor.pk}", by=by.reference, role=role, why=basis,
        what={"to": successor.code, "share": repr(share), "on": on.isoformat()},
    )  # fmt: skip
    succession, _made = Succession.objects.update_or_create(
        predecessor=predecessor, successor=successor, on=on,
        defaults={"share": share, "basis": basis, "created_by": by.reference, "entry": entry.seq},
    )  # fmt: skip
    return succession
