"""Addresses of the figures; mount at the root: `path("", include("custodes.figures.urls"))`."""

from django.urls import path

from custodes.figures import views

app_name = "figures"
urlpatterns = [path("figures/<str:name>.svg", views.figure, name="figure")]
