"""Questions about imports and data sets."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from custodes.collection.errors import DatasetNotFound, ExportNotFound, ImportNotFound
from custodes.collection.models import Export, ImportRun
from custodes.collection.permissions import EXPORTS_FORMS, SEES_IMPORTS
from custodes.ledger.models import Dataset
from custodes.people.permissions import Visitor
from custodes.people.queries import rows_within
from custodes.places.queries import known_areas
from custodes.places.rules import KnownArea
from custodes.programmes.models import Programme


def imports_for(account: Visitor) -> QuerySet[ImportRun]:
    """The imports within the account's grants, newest first, without their previews (I25)."""
    runs = rows_within(ImportRun.objects.all(), account, programme="programme", roles=SEES_IMPORTS)
    return runs.select_related("dataset").defer("preview", "mapping", "dataset__schema").order_by("-created_at", "-pk")


def import_for(account: Visitor, pk: int) -> ImportRun:
    """One import with everything, or ImportNotFound: as if it did not exist for whoever may not see it."""
    run = rows_within(ImportRun.objects.all(), account, programme="programme", roles=SEES_IMPORTS)
    found = run.select_related("dataset").filter(pk=pk).first()
    if found is None:
        raise ImportNotFound(_("There is no import of that number."), where=str(pk), remedy=_("Look in the list."))
    return found


def datasets_for(account: Visitor, *, text: str = "") -> QuerySet[Dataset]:
    """The data sets within the account's grants, newest first (I25)."""
    rows = rows_within(Dataset.objects.all(), account, programme="programme")
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(series__icontains=text) | Q(sha256__startswith=text.lower()))
    return rows.order_by("-created_at", "-pk")


def dataset_for(account: Visitor, sha256: str) -> Dataset:
    """One data set, or DatasetNotFound for whoever may not see it."""
    found = datasets_for(account).filter(sha256=sha256).first()
    if found is None:
        raise DatasetNotFound(_("There is no such data set."), where=sha256[:64], remedy=_("Look in the list."))
    return found


def programme_choices(account: Visitor) -> list[tuple[str, str]]:
    """Code and title of the programmes within the account's grants."""
    rows = rows_within(Programme.objects.all(), account, programme="code")
    return [(row.code, row.title) for row in rows.order_by("title").only("code", "title")]


def area_choices(run: ImportRun) -> list[KnownArea]:
    """The areas that a written place of this import may mean."""
    level = (run.preview or {}).get("mapping", {}).get("area_level", 1)
    return known_areas(run.country, level)


def exports_for(account: Visitor) -> QuerySet[Export]:
    """The exports of forms within the account's grants, newest first (I25)."""
    rows = rows_within(
        Export.objects.all(), account, programme="form__programme", sensitivity="form__sensitivity", roles=EXPORTS_FORMS
    )
    return rows.select_related("form").order_by("-created_at", "-pk")


def export_for(account: Visitor, pk: int) -> Export:
    """One export, or ExportNotFound for whoever may not see it."""
    found = exports_for(account).filter(pk=pk).first()
    if found is None:
        raise ExportNotFound(_("There is no export of that number."), where=str(pk), remedy=_("Look in the list."))
    return found
