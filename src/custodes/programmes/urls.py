"""Addresses of this app."""

from django.urls import path

from custodes.programmes.views import definitions, indicators, programmes

urlpatterns = [
    path("", programmes.programme_list, name="programme-list"),
    path("new", programmes.programme_new, name="programme-new"),
    path("definitions", definitions.definition_list, name="definition-list"),
    path("definitions/new", definitions.definition_new, name="definition-new"),
    path("definitions/load", definitions.library_load, name="library-load"),
    path("definitions/sheet/<str:code>", definitions.definition_detail, name="definition-detail"),
    path("definitions/sheet/<str:code>/edit", definitions.definition_edit, name="definition-edit"),
    path("programmes/<slug:code>", programmes.programme_detail, name="programme-detail"),
    path("programmes/<slug:code>/edit", programmes.programme_edit, name="programme-edit"),
    path("programmes/<slug:code>/results/new", programmes.result_new, name="result-new"),
    path("programmes/<slug:code>/results/<str:result>/edit", programmes.result_edit, name="result-edit"),
    path("programmes/<slug:code>/partners/new", programmes.partner_new, name="partner-new"),
    path("programmes/<slug:code>/indicators/new", indicators.indicator_new, name="indicator-new"),
    path("programmes/<slug:code>/indicators/<str:indicator>/edit", indicators.indicator_edit, name="indicator-edit"),
    path(
        "programmes/<slug:code>/indicators/<str:indicator>/targets",
        indicators.indicator_targets,
        name="indicator-targets",
    ),
    path("programmes/<slug:code>/submit", programmes.plan_submit, name="plan-submit"),
    path("programmes/<slug:code>/approve", programmes.plan_approve, name="plan-approve"),
    path("programmes/<slug:code>/versions/<int:number>", programmes.plan_version, name="plan-version"),
]
