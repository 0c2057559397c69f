"""Remembering what a person said that a written place means."""

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.ledger.actions import record
from custodes.places.errors import AreaNotFound
from custodes.places.models import Area, PlaceMatch
from custodes.places.permissions import Actor, check_may_change_places
from custodes.places.rules import folded_name


@transaction.atomic
def remember_match(text: str, *, by: Actor, country: str, level: int, area_code: str) -> PlaceMatch:
    """Keep a decision for the next file; the empty code says that the text is no area of ours. Writes `place.match`.

    It is one answer within one import, so an officer of one programme may give it; areas and populations stay as they are.
    """
    area = Area.objects.filter(code=area_code, level=level).first() if area_code else None
    if area_code and (area is None or country and area.country != country):
        raise AreaNotFound(
            _("There is no area “%(code)s” at level %(level)s.") % {"code": area_code, "level": level},
            where=text,
            remedy=_("Choose one from the list, or “none of ours”."),
        )
    role = check_may_change_places(by, area_path=area.path if area else "", may_be_of_one_programme=True)
    folded = folded_name(text)
    known = PlaceMatch.objects.filter(country=country, level=level, folded=folded).first()
    if known and known.area_code == area_code:
        return known
    entry = record(
        "place.match", subject=f"place:{country or 'any'}/{level}/{folded}"[:128], by=by.reference, role=role,
        what={"text": text, "area": area_code},
    )  # fmt: skip
    match, _made = PlaceMatch.objects.update_or_create(
        country=country, level=level, folded=folded,
        defaults={"text": text, "area_code": area_code, "created_by": by.reference, "entry": entry.seq},
    )  # fmt: skip
    return match
