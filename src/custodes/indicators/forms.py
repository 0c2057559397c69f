"""Input to clean values: what to compute, what to do with readings, how a source was checked."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from custodes.evidence.errors import InputProblem
from custodes.evidence.registry import estimator
from custodes.evidence.types import MissingPolicy, PeriodKind
from custodes.figures.rules.numbers import decimal_words
from custodes.figures.rules.periods import day_words
from custodes.indicators.actions.quality import STANDARDS
from custodes.indicators.models import DataQualityCheck, Reading
from custodes.indicators.queries.readings import area_levels
from custodes.indicators.rules.crossings import Crossing, crossings_from_text
from custodes.ledger.models import Dataset
from custodes.people.models import Account
from custodes.people.queries import rows_within
from custodes.places.models import Dimension
from custodes.programmes.models import Indicator

PERIOD_KINDS = (
    (PeriodKind.ROUND.value, _("Survey round")), (PeriodKind.MONTH.value, _("Month")), (PeriodKind.QUARTER.value, _("Quarter")),
    (PeriodKind.YEAR.value, _("Year")), (PeriodKind.FISCAL_YEAR.value, _("Fiscal year")), (PeriodKind.DAY.value, _("Day")),
    (PeriodKind.MANDATE.value, _("Mandate")),
)  # fmt: skip
EVERY = (
    ("", _("One for the whole period")), (PeriodKind.MONTH.value, _("One for each month")),
    (PeriodKind.QUARTER.value, _("One for each quarter")), (PeriodKind.YEAR.value, _("One for each year")),
)  # fmt: skip
POLICIES = (
    (MissingPolicy.EXCLUDE.value, _("Leave them out, and report how many they are")),
    (MissingPolicy.DENOMINATOR.value, _("Count them in the denominator, as not positive")),
)


class DateField(forms.DateField):
    """A day, in the browser's own control."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class ComputationForm(forms.Form):
    """What readings to make: from which data sets, for which period, split how."""

    datasets = forms.ModelMultipleChoiceField(
        Dataset.objects.none(), label=_("Data sets"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("The newest first. Choose every round of one source that holds rows of the period."),
    )  # fmt: skip
    source = forms.SlugField(
        label=_("Source"), max_length=60,
        help_text=_("Who speaks through these data, such as survey, police or health. Readings of different sources stand side by side."),
    )  # fmt: skip
    start = DateField(label=_("First day of the period"))
    end = DateField(label=_("Last day of the period"))
    period_kind = forms.ChoiceField(choices=PERIOD_KINDS, label=_("Kind of period"))
    every = forms.ChoiceField(choices=EVERY, label=_("Readings"), required=False)
    missing_policy = forms.ChoiceField(
        choices=POLICIES, widget=forms.RadioSelect, label=_("Answers such as “don't know”"),
        help_text=_("The number and share of missing answers are stored either way."),
    )  # fmt: skip
    splits = forms.MultipleChoiceField(label=_("Split by"), widget=forms.CheckboxSelectMultiple, required=False)
    crossed = forms.CharField(
        label=_("Crossings"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Several at once, separated by commas; crossings by semicolons. Example: area:2, sex; sex, urban"),
    )  # fmt: skip

    def __init__(self, *args: Any, indicator: Indicator, account: Account, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = estimator(indicator.sheet.estimator).kinds
        rows = rows_within(Dataset.objects.filter(kind__in=kinds), account, programme="programme")
        programme = indicator.programme.code
        suitable = rows.filter(programme__in=["", programme]).order_by("-starts", "-created_at")
        self.fields["datasets"].queryset = suitable
        self.fields["datasets"].label_from_instance = _dataset_label
        self.fields["datasets"].required = bool(kinds)
        newest = suitable.first()
        if newest is not None:
            self.initial |= {"datasets": [newest.pk], "start": newest.starts, "end": newest.ends}
        self.fields["missing_policy"].initial = indicator.missing_policy
        self.fields["source"].initial = indicator.source or "survey"
        self.fields["splits"].choices = _split_choices(indicator, rows)
        if not kinds:
            for name in ("datasets", "every", "missing_policy", "splits", "crossed"):
                del self.fields[name]

    def clean_crossed(self) -> tuple[Crossing, ...]:
        try:
            return crossings_from_text(self.cleaned_data["crossed"])
        except InputProblem as problem:
            raise forms.ValidationError(str(problem)) from problem

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start, end = values.get("start"), values.get("end")
        if start and end and end < start:
            self.add_error("end", _("The last day is before the first."))
        return values

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        """Single splits and crossings together."""
        singles = tuple((column,) for column in self.cleaned_data.get("splits", ()))
        return (*singles, *self.cleaned_data.get("crossed", ()))


def _dataset_label(dataset: Dataset) -> str:
    """The title, and what tells two files of one title apart."""
    language = get_language() or "en"
    imported = _("%(rows)s rows, imported on %(day)s") % {
        "rows": decimal_words(dataset.rows, language=language, decimals=0),
        "day": day_words(timezone.localdate(dataset.created_at), language=language),
    }
    return f"{dataset.title} ({imported})"


def _split_choices(indicator: Indicator, datasets: QuerySet[Dataset]) -> list[tuple[str, str]]:
    levels = [
        (f"area:{level}", _("Area, level %(level)d") % {"level": level})
        for level in area_levels(indicator.programme.country_area)
    ]
    names = dict(Dimension.objects.values_list("code", "name"))
    columns: dict[str, str] = {}
    for schema in datasets.filter(programme__in=["", indicator.programme.code]).values_list("schema", flat=True)[:50]:
        for column, role in schema.get("roles", {}).items():
            if role == "category":
                columns[column] = names.get(column, column.replace("_", " "))
    return [*levels, *sorted(columns.items(), key=lambda item: item[1])]


class StageForm(forms.Form):
    """The stage of a law or procedure, with the documents that prove it."""

    stage = forms.ChoiceField(label=_("Stage reached"), widget=forms.RadioSelect)
    documents = forms.CharField(
        label=_("Documents"), widget=forms.Textarea(attrs={"rows": 3}), help_text=_("At least one, one on each line.")
    )

    def __init__(self, *args: Any, stages: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["stage"].choices = [(stage, stage) for stage in stages]

    def clean_documents(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["documents"].splitlines() if line.strip()]


class JudgementForm(forms.Form):
    """What each judge of a panel said, from 1 to 5."""

    ratings = forms.CharField(
        label=_("Ratings"), help_text=_("One number from 1 to 5 for each judge, separated by commas.")
    )

    def clean_ratings(self) -> list[str]:
        return [part.strip() for part in self.cleaned_data["ratings"].split(",") if part.strip()]


class ActForm(forms.Form):
    """One act on chosen readings."""

    act = forms.ChoiceField(choices=[(act, act) for act in ("submit", "verify", "return", "publish", "withdraw")])
    reason = forms.CharField(required=False, max_length=2000)
    readings = forms.ModelMultipleChoiceField(Reading.objects.none())

    def __init__(self, *args: Any, readings: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["readings"].queryset = readings


class QualityCheckForm(forms.ModelForm):
    """A dated check on the five standards."""

    class Meta:
        model = DataQualityCheck
        fields = ("source", "on", *STANDARDS, "note")
        field_classes = {"on": DateField}
        widgets = dict.fromkeys(STANDARDS, forms.RadioSelect) | {"note": forms.Textarea(attrs={"rows": 3})}
        labels = {"source": _("Source"), "on": _("Date of the check")}
