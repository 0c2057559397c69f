"""Areas that begin and end, the names they are known by, who lives in them, and the ways to split a figure."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custodes.ledger.models import Recorded


class Area(Recorded):
    """A place with a code (p-code), valid between two dates. A country is level 0."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=150)
    country = models.CharField(max_length=3, db_index=True)  # ISO 3166 alpha-2; QR is the demonstration's
    level = models.PositiveSmallIntegerField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=255, editable=False, db_index=True)  # "/QR/QR-C/QR01/": a subtree is a prefix
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    geometry = models.BinaryField(null=True, editable=False)  # WKB, WGS 84, valid polygon or multipolygon
    outline = models.BinaryField(null=True, editable=False)  # the same simplified for maps
    source = models.CharField(max_length=300, blank=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["level", "code"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="area_code_unique_per_start"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="area_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(synthetic=False, country__lt="QR")
                | models.Q(synthetic=False, country__gt="QR")
                | models.Q(synthetic=True, country="QR"),
                name="area_synthetic_only_in_karuna",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AreaName(models.Model):
    """A name an area goes by, folded for matching."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="names")
    text = models.CharField(max_length=150)
    folded = models.CharField(max_length=150, db_index=True)
    language = models.CharField(max_length=5, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "folded"], name="area_name_once")]

    def __str__(self) -> str:
        return self.text


class PlaceMatch(Recorded):
    """What a person decided a written place means in one country; remembered, never guessed."""

    country = models.CharField(max_length=3)
    level = models.PositiveSmallIntegerField()
    folded = models.CharField(max_length=150)
    text = models.CharField(max_length=150)
    area_code = models.CharField(max_length=40, blank=True)  # empty: the person said that it is no area of ours

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "level", "folded"], name="place_match_once")]

    def __str__(self) -> str:
        return f"{self.text} → {self.area_code or '–'}"


class Succession(Recorded):
    """A share of an area that passed to another on a day."""

    predecessor = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="successions_out")
    successor = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="successions_in")
    share = models.FloatField()  # of the predecessor, 0 to 1
    on = models.DateField()
    basis = models.CharField(max_length=200)  # population, territory, decree

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(share__gt=0, share__lte=1), name="succession_share_between_0_and_1"
            ),
            models.UniqueConstraint(fields=["predecessor", "successor", "on"], name="succession_once"),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor} {self.share}"


class Population(Recorded):
    """The denominator: people of one area, year, sex and age band, by one source and version. Empty sex or age band is the total."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="populations")
    year = models.PositiveSmallIntegerField()
    sex = models.CharField(max_length=10, blank=True)
    age_band = models.CharField(max_length=10, blank=True)
    value = models.PositiveBigIntegerField()
    source = models.CharField(max_length=200)
    version = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "year", "sex", "age_band", "source", "version"], name="population_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.year}: {self.value}"


class Dimension(Recorded):
    """A way to split a figure."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    exhaustive = models.BooleanField(default=False)  # its categories cover everybody once

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """One category of a dimension."""

    dimension = models.ForeignKey(Dimension, on_delete=models.CASCADE, related_name="categories")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["dimension", "position", "code"]
        constraints = [models.UniqueConstraint(fields=["dimension", "code"], name="category_once")]

    def __str__(self) -> str:
        return self.name
