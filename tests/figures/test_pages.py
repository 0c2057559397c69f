"""The picture's address, the template tags, the frame of pages and the forms."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.http import Http404
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe

from custodes.evidence.types import Cell, Estimate, Light
from custodes.figures.actions import drawn_figure, keep_specification
from custodes.figures.errors import FigureNotFound
from custodes.figures.rules.series import SeriesPoint, series_chart
from custodes.figures.rules.tables import Column, FigureTable
from custodes.figures.views import figure
from custodes.site.form_rendering import PublicFormRenderer

TWIN = FigureTable("Trust", (Column("Period"), Column("Value", numeric=True)), (("2025", "48.3 %"),))


@dataclass(frozen=True)
class Item:
    label: str
    url: str
    current: bool = False
    children: tuple["Item", ...] = ()


def shown(template: str, **context: Any) -> str:
    return Template("{% load figures %}" + template).render(Context(context))


def trust_chart(points: list[SeriesPoint]) -> dict[str, Any]:
    return series_chart(points, title="Trust reached 48.3 %", unit="proportion", language="en")


def test_figure_is_served_unchanging_and_without_cookie(client: Client, trust: list[SeriesPoint]) -> None:
    name = keep_specification(trust_chart(trust))
    response = client.get(f"/figures/{name}.svg")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("image/svg+xml")
    assert "immutable" in response["Cache-Control"]
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert not response.cookies
    assert b"<title>Trust reached 48.3 %</title>" in response.content


@pytest.mark.parametrize("name", ["0" * 64, "xyz", "../../secret", "A" * 64])
def test_figure_of_an_unknown_name_is_not_found(name: str) -> None:
    with pytest.raises(Http404):
        figure(RequestFactory().get("/"), name)


def test_drawn_figure_never_leaves_its_folder(own_media: Path) -> None:
    (own_media / "figures").mkdir()
    (own_media / "secret.svg").write_text("secret")
    with pytest.raises(FigureNotFound):
        drawn_figure("../secret")


def test_figure_is_drawn_once_and_on_request_only(own_media: Path, trust: list[SeriesPoint]) -> None:
    name = keep_specification(trust_chart(trust))
    picture = own_media / "figures" / f"{name}.svg"
    assert not picture.exists()
    first = drawn_figure(name)
    stamp = picture.stat().st_mtime_ns
    assert drawn_figure(name) == first
    assert picture.stat().st_mtime_ns == stamp
    assert [path.suffix for path in sorted((own_media / "figures").iterdir())] == [".json", ".svg"]


def test_chart_tag_shows_picture_finding_twin_and_csv(own_media: Path, trust: list[SeriesPoint]) -> None:
    html = shown("{% chart spec alt='Rising' table=twin csv_url='/t.csv' %}", spec=trust_chart(trust), twin=TWIN)
    name = re.search(r"/figures/([0-9a-f]{64})\.svg", html)
    assert name is not None
    assert (own_media / "figures" / f"{name[1]}.json").exists()
    assert not (own_media / "figures" / f"{name[1]}.svg").exists()
    for words in ('alt="Rising"', "Trust reached 48.3 %", "<table", "48.3 %", 'href="/t.csv"', 'width="640"'):
        assert words in html
    assert "style=" not in html


def test_light_tag_shows_mark_and_word_together() -> None:
    html = shown("{% light l possible=p %}", l="cannot_tell", p=[Light.AT_RISK, Light.ON_TRACK])
    assert '<span class="app-light__mark" aria-hidden="true">○</span> cannot tell (at risk or on track)' in html


def test_estimate_tag_shows_interval_and_sample_or_the_refusal() -> None:
    known = Estimate(Cell(), 0.483, "proportion", "survey mean", 1751, low=0.449, high=0.517, missing=49)
    refused = Estimate(Cell(), None, "proportion", "survey mean", 12, refusal="refused", refusal_text="n < 30")
    html = shown("{% estimate e with_sample=True %}", e=known)
    assert '<span class="app-number">48.3 %</span> <span class="app-interval">(44.9 to 51.7)</span>' in html
    assert "n 1,751; 49 without an answer" in html
    assert shown("{% estimate e %}", e=refused) == '<span class="app-withheld">n &lt; 30</span>'


def test_filters_follow_the_language_of_the_page() -> None:
    with translation.override("fr"):
        assert shown("{{ v|in_unit:'proportion' }} {{ n|number }}", v=0.483, n=14948) == "48,3 % 14\u202f948"


def page(template: str, language: str, **context: Any) -> str:
    menu = (Item("Plan", "/plan"), Item("Measure", "/measure", True, (Item("Board", "/board", True),)))
    with translation.override(language):
        return render_to_string(template, {"page_title": "Trust", "menu": menu} | context)


@pytest.mark.parametrize("template", ["base.html", "portal_base.html"])
@pytest.mark.parametrize(("language", "direction", "sheet"), [("en", "ltr", "app.css"), ("ar", "rtl", "app.rtl.css")])
def test_frame_states_language_direction_and_sheet(template: str, language: str, direction: str, sheet: str) -> None:
    html = page(template, language)
    assert f'<html lang="{language}" dir="{direction}"' in html
    assert f"dist/{sheet}" in html
    assert html.count("<h1") == 1
    assert 'href="#main-content"' in html


@pytest.mark.parametrize(
    "template",
    ["base.html", "portal_base.html", "400.html", "403.html", "404.html", "500.html", "403_csrf.html", "problem.html"],
)
def test_frame_has_no_inline_script_or_style(template: str) -> None:
    html = page(template, "en")
    assert re.findall(r"<style|\sstyle=|\son\w+=", html) == []
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


def test_public_frame_loads_no_script() -> None:
    assert "<script" not in page("portal_base.html", "en")


def test_demonstration_banner_stands_only_where_data_are_invented() -> None:
    words = "The data on this site are invented: the Republic of Karuna does not exist."
    assert words in page("portal_base.html", "en", demonstration=True)
    assert words not in page("portal_base.html", "en", demonstration=False)


def test_menu_shows_the_children_of_the_current_item_only() -> None:
    html = page(
        "base.html", "en", menu=(Item("Plan", "/plan", False, (Item("Hidden", "/h"),)), Item("Measure", "/m", True))
    )
    assert "Hidden" not in html
    assert '<a class="app-nav__link" href="/m" aria-current="page">Measure</a>' in html


class Sheet(forms.Form):
    """One field of each shape."""

    default_renderer = PublicFormRenderer
    name = forms.CharField(help_text="As on the reference sheet.")
    kind = forms.ChoiceField(choices=[("a", "Share"), ("b", "Rate")], widget=forms.RadioSelect)
    split = forms.MultipleChoiceField(choices=[("s", "Sex")], widget=forms.CheckboxSelectMultiple, required=False)
    agreed = forms.BooleanField(required=False)
    due = forms.DateField(widget=forms.SelectDateWidget)
    file = forms.FileField(widget=forms.ClearableFileInput, required=False)
    note = forms.CharField(widget=forms.Textarea, required=False)
    frequency = forms.ChoiceField(choices=[("q", "Quarter")])
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def test_form_has_label_hint_and_one_class_attribute_for_each_field() -> None:
    html = str(Sheet())
    for words in (
        '<label class="govuk-label" for="id_name">',
        'id="id_name_helptext"',
        'aria-describedby="id_name_helptext"',
        'class="govuk-radios__input"',
        'class="govuk-checkboxes__input"',
        'class="govuk-select"',
        'class="govuk-textarea"',
        'class="app-file"',
        '<input type="hidden" name="token"',
    ):
        assert words in html
    assert html.count("<legend") == 3
    assert all(tag.count("class=") <= 1 for tag in re.findall(r"<[a-z]+[^>]*>", html))


def test_form_in_error_says_so_at_the_field_and_above_the_heading() -> None:
    form = Sheet({"kind": "a", "frequency": "q", "due_year": "2026", "due_month": "6", "due_day": "30"})
    html = page("base.html", "en", form=form)
    assert "<title>Error: Trust" in html
    assert '<a href="#id_name">Name: This field is required.</a>' in html
    assert html.index("There is a problem") < html.index("<h1")
    assert 'id="id_name_error"' in str(form)
    assert 'aria-invalid="true"' in str(form)


def test_table_rows_name_their_row_mark_numbers_and_escape_what_people_wrote():
    rows = [("<b>North</b>", 1234.5, "–"), (mark_safe("<em>South</em>"), 2, None)]

    drawn = Template("{% load figures %}{% table_rows rows numeric %}").render(Context({"rows": rows, "numeric": {1}}))

    assert '<th scope="row" class="govuk-table__header">&lt;b&gt;North&lt;/b&gt;</th>' in drawn
    assert '<th scope="row" class="govuk-table__header"><em>South</em></th>' in drawn
    assert drawn.count('<td class="govuk-table__cell govuk-table__cell--numeric">') == 2
    assert drawn.count('<td class="govuk-table__cell">') == 2
    assert drawn.count("<tr ") == 2
