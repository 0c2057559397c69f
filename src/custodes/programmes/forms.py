"""Input to clean values for the pages of plans and definitions. What the values may be is decided in the actions."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from custodes.evidence.registry import all_estimators
from custodes.evidence.types import Direction, MissingPolicy, PathShape
from custodes.figures.rules.numbers import is_percent
from custodes.people.forms import DayInput
from custodes.people.models import Institution, Organisation
from custodes.places.models import Area
from custodes.programmes.models import DefinitionVersion, Indicator, PartnerRole, Programme, Result
from custodes.programmes.queries import SHEET_FIELDS, baseline_of, dated_targets, library_sheets
from custodes.programmes.rules import words
from custodes.programmes.rules.sheets import ReferenceSheet
from custodes.programmes.rules.targets import DatedValue

SPARE_TARGETS = 3


class PlanForm(forms.Form):
    """A form that changes a plan: after the first approval it asks for a reason."""

    reason = forms.CharField(
        label=_("Reason for the change"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The plan was approved: say why it changes. The reason is kept with the next version."),
    )

    def __init__(self, *args, approved_before: bool, **options) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **options)
        if approved_before:
            self.fields["reason"].required = True
            self.order_fields([name for name in self.fields if name != "reason"])
        else:
            del self.fields["reason"]

    @property
    def reason_given(self) -> str:
        return self.cleaned_data.get("reason", "")


class ProgrammeForm(PlanForm):
    """A programme; its code and country are chosen once."""

    code = forms.SlugField(label=_("Code"), max_length=60, help_text=_("Short, in small letters, for addresses."))
    title = forms.CharField(label=_("Title"), max_length=200)
    summary = forms.CharField(label=_("Summary"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    starts = forms.DateField(label=_("Starts"), widget=DayInput())
    ends = forms.DateField(label=_("Ends"), widget=DayInput())
    country_area = forms.ModelChoiceField(label=_("Country"), queryset=Area.objects.none())
    lead_institution = forms.ModelChoiceField(
        label=_("Lead institution"), queryset=Institution.objects.none(), required=False
    )
    is_public = forms.BooleanField(label=_("Shown to the public once approved"), required=False)

    def __init__(self, *args, is_new: bool, **options) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **options)
        self.fields["lead_institution"].queryset = Institution.objects.all()
        if is_new:
            self.fields["country_area"].queryset = Area.objects.filter(level=0, valid_to=None).order_by("name")
        else:
            del self.fields["code"], self.fields["country_area"]


class ResultForm(PlanForm):
    """A result; its level and code are chosen once."""

    level = forms.ChoiceField(label=_("Level"), choices=Result.Level.choices)
    code = forms.RegexField(
        label=_("Code"),
        regex=r"^[\w.-]+$",
        max_length=20,
        help_text=_("Such as O1 for an outcome, 1.2 for its output."),
    )
    parent = forms.ModelChoiceField(
        label=_("Contributes to"), queryset=Result.objects.none(), required=False, empty_label=_("Stands on top")
    )
    statement = forms.CharField(label=_("Statement"), widget=forms.Textarea(attrs={"rows": 2}))
    actor = forms.CharField(label=_("Whose behaviour changes"), max_length=200, required=False)
    because = forms.CharField(
        label=_("Because"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why the result above follows from this one."),
    )
    assumptions = forms.CharField(
        label=_("Assuming"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What has to hold, outside the programme's hands."),
    )
    position = forms.IntegerField(label=_("Position among its neighbours"), min_value=0, max_value=999, initial=0)

    def __init__(self, *args, programme: Programme, result: Result | None = None, **options) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **options)
        others = Result.objects.filter(programme=programme).exclude(level=Result.Level.OUTPUT, children=None)
        self.fields["parent"].queryset = others.exclude(pk=result.pk) if result else others
        if result:
            del self.fields["level"], self.fields["code"]


class IndicatorForm(PlanForm):
    """Whose an indicator is and how it is read."""

    result = forms.ModelChoiceField(label=_("Result"), queryset=Result.objects.none())
    institution = forms.ModelChoiceField(label=_("Institution"), queryset=Institution.objects.none(), required=False)
    owner = forms.CharField(
        label=_("Owner"), max_length=150, required=False, help_text=_("Who answers for the figure.")
    )
    frequency = forms.CharField(label=_("Frequency"), max_length=60, required=False)
    missing_policy = forms.ChoiceField(
        label=_("Missing answers"), choices=[(p.value, words.MISSING[p]) for p in MissingPolicy]
    )
    source = forms.SlugField(
        label=_("Source that the light speaks of"), max_length=60, required=False,
        help_text=_("Such as police or health, where several stand side by side."),
    )  # fmt: skip
    arguments = forms.JSONField(
        label=_("Arguments of the estimator"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only those that differ from the definition, as JSON."),
    )
    is_public = forms.BooleanField(label=_("Shown to the public"), required=False, initial=True)

    def __init__(self, *args, programme: Programme, **options) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **options)
        self.fields["result"].queryset = Result.objects.filter(programme=programme)
        self.fields["institution"].queryset = Institution.objects.all()

    def clean_arguments(self) -> dict:  # type: ignore[type-arg]
        value = self.cleaned_data["arguments"] or {}
        if not isinstance(value, dict):
            raise forms.ValidationError(_('Write names and values in braces: {"column": "trust_police"}.'))
        return value


class NewIndicatorForm(IndicatorForm):
    """An indicator made of a definition, with the path that its level asks for."""

    code = forms.RegexField(
        label=_("Code"), regex=r"^[\w.-]+$", max_length=40, help_text=_("The definition's, unless it is used twice.")
    )
    path = forms.ChoiceField(
        label=_("Path from baseline to target"), choices=[(p.value, words.PATHS[p]) for p in PathShape]
    )
    path_reason = forms.CharField(label=_("If there is no path, why"), required=False)
    step_on = forms.DateField(label=_("If it is a step, its day"), required=False, widget=DayInput())


class TargetsForm(PlanForm):
    """Baseline, path and targets of one indicator. Shares are given in per cent and stored from 0 to 1."""

    baseline_value = forms.DecimalField(label=_("Baseline"))
    baseline_on = forms.DateField(label=_("Date of the baseline"), widget=DayInput())
    baseline_source = forms.CharField(label=_("Source of the baseline"), max_length=300)
    path = forms.ChoiceField(
        label=_("Path from baseline to target"), choices=[(p.value, words.PATHS[p]) for p in PathShape]
    )
    path_reason = forms.CharField(label=_("If there is no path, why"), required=False)
    step_on = forms.DateField(label=_("If it is a step, its day"), required=False, widget=DayInput())
    confirmed = forms.BooleanField(
        label=_("A target against the direction is meant"), required=False,
        help_text=_("Your name is kept with this confirmation."),
    )  # fmt: skip

    def __init__(self, *args, indicator: Indicator, unit: str, **options) -> None:  # type: ignore[no-untyped-def]
        self.factor = Decimal(100 if is_percent(unit) else 1)
        self.present = dated_targets(indicator)
        super().__init__(*args, initial=self._initial(indicator), **options)
        hint = _("In per cent.") if self.factor != 1 else unit
        self.fields["baseline_value"].help_text = hint
        for number in self.target_numbers:
            self.fields[f"target_{number}"] = forms.DecimalField(
                label=_("Target %(number)s") % {"number": number}, required=False, help_text=hint
            )
            self.fields[f"target_{number}_on"] = forms.DateField(
                label=_("Date of target %(number)s") % {"number": number}, required=False, widget=DayInput()
            )
        self.order_fields([name for name in self.fields if name not in ("confirmed", "reason")])

    @property
    def target_numbers(self) -> range:
        return range(1, len(self.present) + SPARE_TARGETS + 1)

    def _initial(self, indicator: Indicator) -> dict[str, object]:
        baseline = baseline_of(indicator)
        values: dict[str, object] = {
            "path": indicator.path, "path_reason": indicator.path_reason, "step_on": indicator.step_on,
        }  # fmt: skip
        if baseline:
            values |= {"baseline_value": self._shown(baseline.value), "baseline_on": baseline.on,
                       "baseline_source": baseline.source}  # fmt: skip
        for number, target in enumerate(self.present, start=1):
            values |= {f"target_{number}": self._shown(target.value), f"target_{number}_on": target.on}
        return values

    def _shown(self, value: float) -> Decimal:
        return (Decimal(repr(value)) * self.factor).normalize() + Decimal(0)

    def clean(self) -> dict[str, object]:
        values = super().clean()
        for number in self.target_numbers:
            value, day = values.get(f"target_{number}"), values.get(f"target_{number}_on")
            if (value is None) != (day is None) and not self.errors:
                self.add_error(f"target_{number}", _("Give both a value and a date, or neither."))
        return values

    @property
    def baseline_changed(self) -> bool:
        return any(name.startswith("baseline") for name in self.changed_data)

    @property
    def path_changed(self) -> bool:
        return any(name in ("path", "path_reason", "step_on") for name in self.changed_data)

    @property
    def targets_changed(self) -> bool:
        return any(name.startswith("target_") for name in self.changed_data)

    @property
    def baseline_value_stored(self) -> float:
        return float(self.cleaned_data["baseline_value"] / self.factor)

    @property
    def targets(self) -> list[DatedValue]:
        values = self.cleaned_data
        return [
            DatedValue(values[f"target_{number}_on"], float(values[f"target_{number}"] / self.factor))
            for number in self.target_numbers
            if values.get(f"target_{number}") is not None
        ]


class PartnerForm(PlanForm):
    """What an organisation is to the programme."""

    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.none())
    role = forms.ChoiceField(label=_("Role"), choices=PartnerRole.Role.choices)
    amount = forms.DecimalField(label=_("Amount"), required=False, min_value=0, max_digits=16, decimal_places=2)
    currency = forms.RegexField(
        label=_("Currency"), regex=r"^[A-Z]{3}$", required=False, help_text=_("ISO 4217 code, such as EUR.")
    )

    def __init__(self, *args, **options) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **options)
        self.fields["organisation"].queryset = Organisation.objects.all()


class DecisionForm(forms.Form):
    """An approver's decision on what they read."""

    APPROVE, RETURN = "approve", "return"
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[(APPROVE, _("Approve: freeze this as the next version")), (RETURN, _("Return to the manager"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}))
    seen = forms.CharField(widget=forms.HiddenInput)


class DefinitionForm(forms.Form):
    """A reference sheet."""

    code = forms.RegexField(label=_("Code"), regex=r"^[\w.-]+$", max_length=20)
    name = forms.CharField(label=_("Name"), max_length=250)
    wording = forms.CharField(label=_("Precise definition"), widget=forms.Textarea(attrs={"rows": 4}))
    unit = forms.CharField(label=_("Unit"), max_length=60)
    numerator = forms.CharField(label=_("Numerator"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    denominator = forms.CharField(label=_("Denominator"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    estimator = forms.ChoiceField(label=_("Estimator"))
    arguments = forms.JSONField(
        label=_("Arguments of the estimator"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    direction = forms.ChoiceField(label=_("Direction"), choices=[(d.value, words.DIRECTIONS[d]) for d in Direction])
    band_low = forms.FloatField(label=_("Lowest good value"), required=False)
    band_high = forms.FloatField(label=_("Highest good value"), required=False)
    over_time = forms.ChoiceField(label=_("Over time"), choices=DefinitionVersion.Rollup.choices, initial="none")
    over_place = forms.ChoiceField(label=_("Over place"), choices=DefinitionVersion.Rollup.choices, initial="none")
    source_kind = forms.CharField(label=_("Source"), max_length=200)
    frequency = forms.CharField(label=_("Frequency"), max_length=60, required=False)
    dimensions = forms.CharField(
        label=_("Dimensions"), required=False, help_text=_("Codes of the ways to split it, with commas between them.")
    )
    rationale = forms.CharField(label=_("Rationale"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    limits = forms.CharField(label=_("Known limits"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    standard = forms.CharField(label=_("Standard"), max_length=200, required=False)
    counts_people = forms.BooleanField(label=_("Counts people"), required=False)
    is_sensitive = forms.BooleanField(label=_("Sensitive subject"), required=False)
    break_on = forms.DateField(label=_("The new definition holds from"), widget=DayInput())
    break_reason = forms.CharField(label=_("Why the series breaks"), widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, is_new: bool, in_use: bool, **options) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **options)
        self.fields["estimator"].choices = [(item.slug, item.name) for item in all_estimators()]
        if not is_new:
            del self.fields["code"]
        if not in_use:
            del self.fields["break_on"], self.fields["break_reason"]

    @property
    def sheet(self) -> ReferenceSheet:
        values = {name: self.cleaned_data[name] for name in SHEET_FIELDS}
        parts = tuple(part.strip() for part in values["dimensions"].split(",") if part.strip())
        return ReferenceSheet(
            **{
                **values,
                "direction": Direction(values["direction"]),
                "dimensions": parts,
                "arguments": values["arguments"] or {},
            }
        )


class LibraryForm(forms.Form):
    """Which of the library's sheets to load."""

    codes = forms.MultipleChoiceField(label=_("Indicators"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, known: frozenset[str], **options) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **options)
        self.fields["codes"].choices = [
            (code, f"{code} {sheet.name}") for code, sheet in library_sheets().items() if code not in known
        ]
