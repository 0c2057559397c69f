"""Forms of the pages: a boundary file and a population table with what they need."""

from django import forms
from django.utils.translation import gettext_lazy as _

ENCODINGS = (
    ("utf-8", "UTF-8"),
    ("latin-1", "Latin-1"),
    ("windows-1252", "Windows-1252"),
    ("windows-1256", "Windows-1256"),
)
DELIMITERS = ((",", _("comma")), (";", _("semicolon")), ("\t", _("tab")), ("|", _("vertical bar")))


class DayInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class BoundariesForm(forms.Form):
    """What `import_boundaries` asks."""

    file = forms.FileField(
        label=_("Boundary file"), help_text=_("GeoJSON, TopoJSON, GeoPackage, or a Shapefile as one zip archive.")
    )
    country = forms.RegexField(r"^[A-Z]{2,3}$", label=_("Country code"), help_text=_("Two capital letters, as in CF."))
    country_name = forms.CharField(label=_("Name of the country, if it is new here"), required=False, max_length=150)
    level = forms.IntegerField(
        label=_("Level"), min_value=0, max_value=6, initial=1, help_text=_("0 is the country, 1 the areas below it.")
    )
    code_field = forms.CharField(
        label=_("Attribute with the code"), help_text=_("For example id, pcode or ADM1_PCODE.")
    )
    name_field = forms.CharField(label=_("Attribute with the name"))
    parent_field = forms.CharField(label=_("Attribute with the code of the area above"), required=False)
    level_field = forms.CharField(label=_("Attribute with the level, if the file holds several"), required=False)
    valid_from = forms.DateField(label=_("Valid from"), widget=DayInput())
    source = forms.CharField(label=_("Source and licence"), max_length=300)
    synthetic = forms.BooleanField(label=_("These areas are invented"), required=False)


class AreaListForm(forms.Form):
    """What `import_area_list` asks."""

    file = forms.FileField(
        label=_("List of areas"),
        help_text=_("CSV or XLSX, one row for each area. A row without an area above is a country or a region."),
    )
    country = forms.RegexField(
        r"^[A-Z]{2,3}$", label=_("Country code"), required=False,
        help_text=_("Two capital letters, as in CF; empty where the areas lie in several countries."),
    )  # fmt: skip
    code = forms.CharField(label=_("Column with the code"), initial="code")
    name = forms.CharField(label=_("Column with the name"), initial="name")
    parent = forms.CharField(label=_("Column with the code of the area above"), initial="parent")
    valid_from = forms.DateField(label=_("Valid from"), widget=DayInput())
    source = forms.CharField(label=_("Source and licence"), max_length=300)
    synthetic = forms.BooleanField(label=_("These areas are invented"), required=False)
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS)
    delimiter = forms.ChoiceField(label=_("Delimiter"), choices=DELIMITERS)


class PopulationForm(forms.Form):
    """What `import_population` asks."""

    file = forms.FileField(label=_("Population table"), help_text=_("CSV or XLSX, one row for each area and year."))
    country = forms.RegexField(r"^[A-Z]{2,3}$", label=_("Country code"), help_text=_("Two capital letters, as in CF."))
    level = forms.IntegerField(label=_("Level of the areas"), min_value=0, max_value=6, initial=1)
    source = forms.CharField(label=_("Source"), max_length=200)
    version = forms.CharField(
        label=_("Version"), max_length=60, help_text=_("For example census 2021 or projection of 2024.")
    )
    area = forms.CharField(label=_("Column with the area"), initial="area")
    year = forms.CharField(label=_("Column with the year"), initial="year")
    value = forms.CharField(label=_("Column with the number of people"), initial="value")
    sex = forms.CharField(label=_("Column with the sex"), required=False)
    age_band = forms.CharField(label=_("Column with the age band"), required=False)
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS)
    delimiter = forms.ChoiceField(label=_("Delimiter"), choices=DELIMITERS)
