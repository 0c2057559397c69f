"""Addresses of this app."""

from django.urls import path

from custodes.collection.views import devices, imports

urlpatterns = [
    path("", imports.import_list, name="import-list"),
    path("new/", imports.import_new, name="import-new"),
    path("<int:pk>/", imports.import_detail, name="import-detail"),
    path("<int:pk>/rejects/", imports.import_rejects, name="import-rejects"),
    path("data/", imports.dataset_list, name="dataset-list"),
    path("data/<slug:sha256>/", imports.dataset_detail, name="dataset-detail"),
    path("devices/", devices.device_list, name="device-list"),
    path("devices/new/", devices.device_new, name="device-new"),
    path("devices/<int:pk>/withdraw/", devices.device_withdraw, name="device-withdraw"),
]
