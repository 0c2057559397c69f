"""Forms of the pages: the upload, the answers that an import waits for, and what publishing a questionnaire asks."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from custodes.collection.models import Form as Questionnaire
from custodes.collection.models import FormUpload, ImportRun
from custodes.collection.registry import all_sources
from custodes.collection.source import Source
from custodes.ledger.models import Sensitivity
from custodes.places.forms import DELIMITERS, ENCODINGS, DayInput
from custodes.places.rules import KnownArea

NONE_OF_OURS = "-"
MOST_PLACES = 200
PERIOD_CHOICES = [
    ("", _("that day")),
    ("month", _("its month")),
    ("quarter", _("its quarter")),
    ("half_year", _("its half-year")),
    ("year", _("its year")),
]

# The words in which `xform.identity` says why two questions may be one.
REASONS = {
    "same name in another group": _("same name in another group"), "same label": _("same label"), "similar label": _("similar label"),
    "same choices": _("same choices"), "same type": _("same type"), "same calculation": _("same calculation"),
}  # fmt: skip


class UploadForm(forms.Form):
    """What `start_import` asks."""

    file = forms.FileField(label=_("File"), help_text=_("CSV, gzip CSV, XLSX, Parquet or SPSS .sav."))
    source = forms.ChoiceField(label=_("Kind of file"))
    programme = forms.ChoiceField(label=_("Programme"), required=False)
    title = forms.CharField(label=_("Title"), max_length=200)
    series = forms.SlugField(
        label=_("Series"),
        max_length=80,
        help_text=_("The same short name for each file that continues this one, as in people-survey."),
    )
    country = forms.RegexField(
        r"^[A-Z]{2,3}$",
        label=_("Country code"),
        required=False,
        help_text=_("Two capital letters; empty if the rows concern several countries."),
    )
    licence = forms.CharField(label=_("Licence"), max_length=200)
    provenance = forms.CharField(label=_("Where the file comes from"), widget=forms.Textarea(attrs={"rows": 3}))
    sensitivity = forms.TypedChoiceField(
        label=_("Sensitivity"), choices=Sensitivity.choices, coerce=int, initial=Sensitivity.RESTRICTED
    )
    synthetic = forms.BooleanField(label=_("The data are invented"), required=False)
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS, required=False)
    delimiter = forms.ChoiceField(label=_("Delimiter"), choices=DELIMITERS, required=False)
    sheet = forms.CharField(label=_("Sheet of the workbook"), required=False)
    header_row = forms.IntegerField(label=_("Row of the header"), min_value=1, max_value=100, initial=1, required=False)

    def __init__(self, *args: Any, programmes: Sequence[tuple[str, str]] = (), **others: Any) -> None:
        super().__init__(*args, **others)
        self.fields["source"].choices = [(each.slug, each.name) for each in all_sources()]  # type: ignore[attr-defined]
        self.fields["programme"].choices = [("", _("of no particular one")), *programmes]  # type: ignore[attr-defined]

    def layout(self) -> dict[str, Any]:
        """How the file is written, as the beginning of a mapping: only what differs from the usual."""
        usual = {"encoding": "utf-8", "delimiter": ",", "sheet": "", "header_row": 1}
        given = {name: self.cleaned_data[name] for name in usual if self.cleaned_data[name]}
        return {name: value for name, value in given.items() if value != usual[name]}


class DeviceForm(forms.Form):
    """What `make_device` asks."""

    label = forms.CharField(
        label=_("Device"), max_length=100, help_text=_("As in “Team 3, phone 2”. Name the device, never a person.")
    )
    programme = forms.ChoiceField(label=_("Programme"), required=False)
    ends = forms.DateField(
        label=_("Last day"), widget=DayInput(), help_text=_("The key ends by itself, at most a year from now.")
    )
    forms = forms.MultipleChoiceField(
        label=_("Forms"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What the device lists and may send."),
    )  # last, as it hides the module's name

    def __init__(
        self, *args: Any, programmes: Sequence[tuple[str, str]] = (), forms: Sequence[Questionnaire] = (), **others: Any
    ) -> None:
        super().__init__(*args, **others)
        self._known = {str(form.pk): form for form in forms}
        self.fields["programme"].choices = [("", _("of no particular one")), *programmes]  # type: ignore[attr-defined]
        self.fields["forms"].choices = [(key, form.title) for key, form in self._known.items()]  # type: ignore[attr-defined]

    def clean_forms(self) -> list[Questionnaire]:
        return [self._known[key] for key in self.cleaned_data["forms"]]


class AnswerForm(forms.Form):
    """The mapping to confirm, and a choice for each silent unit and each written place that is not known."""

    def __init__(self, *args: Any, run: ImportRun, source: Source, areas: Sequence[KnownArea], **others: Any) -> None:
        super().__init__(*args, **others)
        self.preview: Mapping[str, Any] = run.preview or {}
        self.source, self.mapping = source, dict(self.preview.get("mapping", {}))
        self._add_columns()
        self._add_times()
        self._add_silences()
        self._add_places(areas)

    def _add_columns(self) -> None:
        header = list(self.preview.get("header", ()))
        columns = [("", "–"), *((name, name) for name in header)]
        for each in self.source.fields:
            self.fields[f"role-{each.role}"] = forms.ChoiceField(
                label=each.label, choices=columns, required=False, initial=self.mapping.get("columns", {}).get(each.role, "")
            )  # fmt: skip
        types = self.mapping.get("types", {})
        self.fields["categories"] = forms.MultipleChoiceField(
            label=_("Columns that are categories"), choices=columns[1:], required=False, widget=forms.SelectMultiple(attrs={"size": 8}),
            initial=[name for name, kind in types.items() if kind == "category"],
        )  # fmt: skip
        self.fields["texts"] = forms.MultipleChoiceField(
            label=_("Columns that are text, even if they hold numbers"), choices=columns[1:], required=False,
            widget=forms.SelectMultiple(attrs={"size": 8}), initial=[name for name, kind in types.items() if kind == "text"],
        )  # fmt: skip
        self.fields["missing"] = forms.CharField(
            label=_("Codes that mean no answer"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_("One on each line: column: code = wording, as in trust_police: 9 = Don't know."),
            initial=_missing_lines(self.mapping.get("missing", {})),
        )  # fmt: skip
        self.fields["empty"] = forms.CharField(
            label=_("Texts that mean an empty cell"), required=False, help_text=_("Separated by commas, as in NA, n/a."),
            initial=", ".join(self.mapping.get("empty", ())),
        )  # fmt: skip

    def _add_times(self) -> None:
        dates = self.mapping.get("dates") or {}
        self.fields["from"] = forms.DateField(
            label=_("First day of the whole file"), required=False, widget=DayInput(), initial=dates.get("from")
        )
        self.fields["to"] = forms.DateField(
            label=_("Last day of the whole file"), required=False, widget=DayInput(), initial=dates.get("to")
        )
        self.fields["date_order"] = forms.ChoiceField(
            label=_("Days like 03/04/2024"), required=False, initial=self.mapping.get("date_order", ""),
            choices=[("", _("do not occur")), ("dmy", _("the day stands first")), ("mdy", _("the month stands first"))],
        )  # fmt: skip
        self.fields["period_kind"] = forms.ChoiceField(
            label=_("What one row covers, where the file names only a day"), required=False,
            initial=self.mapping.get("period_kind", ""),
            choices=PERIOD_CHOICES,
        )  # fmt: skip
        if self.source.field("weight"):
            self.fields["unweighted"] = forms.BooleanField(
                label=_("The survey is unweighted"), required=False, initial=self.mapping.get("unweighted", False)
            )
        self.fields["area_level"] = forms.IntegerField(
            label=_("Level of the places"), min_value=0, max_value=6, initial=self.mapping.get("area_level", 1)
        )
        if self.source.field("lon"):
            self.fields["place_by_position"] = forms.BooleanField(
                label=_("Place rows without a written place by their position"), required=False,
                initial=self.mapping.get("place_by_position", False),
            )  # fmt: skip

    def _add_silences(self) -> None:
        for index, each in enumerate(self.preview.get("silent", ())):
            self.fields[f"silent-{index}"] = forms.ChoiceField(
                label=_("%(unit)s, %(from)s to %(to)s: zero throughout") % each,
                choices=[("not_reported", _("No report came: the figures are missing")), ("reported_zero", _("It was counted, and it was zero"))],
                widget=forms.RadioSelect,
            )  # fmt: skip

    def _add_places(self, areas: Sequence[KnownArea]) -> None:
        places = self.preview.get("places", {})
        names = {area.code: f"{area.name} ({area.code})" for area in areas}
        every = sorted(names.items(), key=lambda pair: pair[1])
        self.texts = [*places.get("proposed", {}), *places.get("unmatched", ())][:MOST_PLACES]
        for index, text in enumerate(self.texts):
            proposed = [(code, names[code]) for code in places.get("proposed", {}).get(text, ()) if code in names]
            choices: list[Any] = [("", _("Choose")), (NONE_OF_OURS, _("none of ours"))]
            choices += [(_("Perhaps"), proposed)] if proposed else []
            self.fields[f"place-{index}"] = forms.ChoiceField(
                label=text, choices=[*choices, (_("All areas"), every)],
                help_text=_("%(count)s rows") % {"count": places.get("counts", {}).get(text, "–")},
            )  # fmt: skip

    def clean_missing(self) -> dict[str, dict[str, str]]:
        missing: dict[str, dict[str, str]] = {}
        for number, line in enumerate(self.cleaned_data["missing"].splitlines(), start=1):
            if not line.strip():
                continue
            column, colon, rest = line.partition(":")
            code, _equals, words = rest.partition("=")
            if not colon or not code.strip():
                raise forms.ValidationError(
                    _("Line %(number)s is not column: code = wording.") % {"number": number}, code="missing"
                )
            missing.setdefault(column.strip(), {})[code.strip()] = words.strip()
        return missing

    def answer_mapping(self) -> dict[str, Any]:
        """The mapping as the person left it."""
        given, header = self.cleaned_data, list(self.preview.get("header", ()))
        types = dict.fromkeys(header, "number")
        types |= dict.fromkeys(given["texts"], "text") | dict.fromkeys(given["categories"], "category")
        mapping = self.mapping | {
            "columns": {each.role: given[f"role-{each.role}"] for each in self.source.fields if given[f"role-{each.role}"]},
            "types": types if self.mapping.get("types") else {},
            "missing": given["missing"],
            "empty": [text.strip() for text in given["empty"].split(",") if text.strip()],
            "date_order": given["date_order"],
            "period_kind": given["period_kind"],
            "area_level": given["area_level"],
            "unweighted": given.get("unweighted", False),
            "place_by_position": given.get("place_by_position", False),
            "dates": None,
        }  # fmt: skip
        if given["from"] and given["to"]:
            mapping["dates"] = {"from": given["from"].isoformat(), "to": given["to"].isoformat()}
        for index, each in enumerate(self.preview.get("silent", ())):
            kind = given[f"silent-{index}"]
            mapping[kind] = [*mapping.get(kind, ()), dict(each)]
        return mapping

    def answer_matches(self) -> dict[str, str]:
        """Written place to area code; empty for none of ours."""
        chosen = {text: self.cleaned_data[f"place-{index}"] for index, text in enumerate(self.texts)}
        return {text: "" if code == NONE_OF_OURS else code for text, code in chosen.items()}


class FormUploadForm(forms.Form):
    """What `start_form_upload` asks for a new form."""

    file = forms.FileField(label=_("File"), help_text=_("XLSForm as .xlsx, .xls, .csv or .md, or XForm as .xml."))
    programme = forms.ChoiceField(label=_("Programme"), required=False)
    sensitivity = forms.TypedChoiceField(
        label=_("Sensitivity"), choices=Sensitivity.choices, coerce=int, initial=Sensitivity.RESTRICTED
    )

    def __init__(self, *args: Any, programmes: Sequence[tuple[str, str]] = (), **others: Any) -> None:
        super().__init__(*args, **others)
        self.fields["programme"].choices = [("", _("of no particular one")), *programmes]  # type: ignore[attr-defined]


class FormVersionForm(forms.Form):
    """What `start_form_upload` asks for a further version: the rest is the form's."""

    file = forms.FileField(label=_("File"), help_text=_("XLSForm as .xlsx, .xls, .csv or .md, or XForm as .xml."))


class FormMediaForm(forms.Form):
    """A file that goes with a form."""

    file = forms.FileField(label=_("File that the form asks for"))


class PublishForm(forms.Form):
    """A tick for each question that may be a former one, and, for the first version, what data sets will say of themselves."""

    def __init__(self, *args: Any, upload: FormUpload, **others: Any) -> None:
        super().__init__(*args, **others)
        self.proposals: list[Mapping[str, Any]] = upload.summary.get("proposals", [])
        for index, each in enumerate(self.proposals):
            label = _("%(after)s is the former %(before)s") % {
                "after": short_path(each["after"]),
                "before": short_path(each["before"]),
            }
            self.fields[f"same-{index}"] = forms.BooleanField(
                label=label, required=False, help_text=", ".join(str(REASONS.get(why, why)) for why in each["reasons"])
            )  # fmt: skip
        if upload.form is not None and upload.form.current_id is None:
            self._add_words(upload)

    def _add_words(self, upload: FormUpload) -> None:
        self.fields["series"] = forms.SlugField(
            label=_("Series"), max_length=80, initial=slugify(upload.xform_id)[:80],
            help_text=_("The short name that all data sets made of this form share."),
        )  # fmt: skip
        self.fields["country"] = forms.RegexField(
            r"^[A-Z]{2,3}$", label=_("Country code"), required=False,
            help_text=_("Two capital letters; empty if the rows concern several countries."),
        )  # fmt: skip
        self.fields["licence"] = forms.CharField(label=_("Licence"), max_length=200)
        self.fields["provenance"] = forms.CharField(
            label=_("Who asks, whom, and how"), widget=forms.Textarea(attrs={"rows": 3})
        )
        self.fields["synthetic"] = forms.BooleanField(label=_("The data are invented"), required=False)

    def confirmed(self) -> dict[str, int]:
        """Path of a new question to the number of the former one that it is."""
        ticked = [each for index, each in enumerate(self.proposals) if self.cleaned_data[f"same-{index}"]]
        return {each["after"]: each["question"] for each in ticked}

    def words(self) -> dict[str, Any]:
        """What the first version asks; nothing for the others."""
        names = ("series", "country", "licence", "provenance", "synthetic")
        return {name: self.cleaned_data[name] for name in names if name in self.fields}


class FormStateForm(forms.Form):
    """Why a form is opened or closed, and what becomes of late arrivals."""

    late = forms.ChoiceField(
        label=_("What still arrives then"), choices=Questionnaire.Late.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, state: str, **others: Any) -> None:
        super().__init__(*args, **others)
        if state != Questionnaire.State.CLOSED:
            del self.fields["late"]


def short_path(path: str) -> str:
    """A path without the form's root, as people name a question: group/name."""
    return path.lstrip("/").partition("/")[2]


def _missing_lines(missing: Mapping[str, Mapping[str, str]]) -> str:
    return "\n".join(
        f"{column}: {code} = {words}" for column, codes in missing.items() for code, words in codes.items()
    )
