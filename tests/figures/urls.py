"""The figures' addresses alone, so that these tests need no other app."""

from django.urls import include, path

urlpatterns = [path("figures/", include("custodes.figures.urls"))]
