"""Addresses of this app."""

from django.urls import path

from custodes.places import views

urlpatterns = [
    path("", views.area_list, name="area-list"),
    path("<int:pk>/", views.area_detail, name="area-detail"),
    path("code/<str:code>/", views.area_of_code, name="area-of-code"),
    path("boundaries/", views.boundaries_import, name="boundaries-import"),
    path("list/", views.area_list_import, name="area-list-import"),
    path("population/", views.population_import, name="population-import"),
]
