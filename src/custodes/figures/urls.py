"""Addresses of the figures; mounted under `figures/`."""

from django.urls import path

from custodes.figures import views

app_name = "figures"
urlpatterns = [path("<str:name>.svg", views.figure, name="figure")]
