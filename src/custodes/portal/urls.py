"""Addresses of the public account, below the language. Every name begins with `portal-`, by which the menu knows a public page."""

from django.urls import path

from custodes.portal.views import open_data, pages, places

urlpatterns = [
    path("", pages.home, name="portal-home"),
    path("programmes/<slug:programme>/", pages.programme, name="portal-programme"),
    path("programmes/<slug:programme>/indicators/<slug:code>/", pages.indicator, name="portal-indicator"),
    path("programmes/<slug:programme>/indicators/<slug:code>/data.csv", open_data.table_csv, name="portal-csv"),
    path("programmes/<slug:programme>/indicators/<slug:code>/data.json", open_data.table_json, name="portal-json"),
    path("programmes/<slug:programme>/indicators/<slug:code>/datapackage.json", open_data.datapackage, name="portal-datapackage"),
    path("figures/<int:pk>/", pages.reading, name="portal-reading"),
    path("areas/", places.place_list, name="portal-place-list"),
    path("areas/<str:code>/", places.place, name="portal-place"),
    path("data/", open_data.catalogue, name="portal-data"),
    path("methods/", open_data.methods, name="portal-methods"),
]  # fmt: skip
