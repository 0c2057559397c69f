"""Sign-in, as allauth serves it."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.urls"))]
