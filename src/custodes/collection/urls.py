"""Addresses of this app."""

from django.urls import path

from custodes.collection import views

urlpatterns = [
    path("", views.import_list, name="import-list"),
    path("new/", views.import_new, name="import-new"),
    path("<int:pk>/", views.import_detail, name="import-detail"),
    path("<int:pk>/rejects/", views.import_rejects, name="import-rejects"),
    path("data/", views.dataset_list, name="dataset-list"),
    path("data/<slug:sha256>/", views.dataset_detail, name="dataset-detail"),
]
