"""Addresses of this app."""

from django.urls import path

from custodes.collection.views import devices, forms, imports, submissions

urlpatterns = [
    path("", imports.import_list, name="import-list"),
    path("new/", imports.import_new, name="import-new"),
    path("<int:pk>/", imports.import_detail, name="import-detail"),
    path("<int:pk>/rejects/", imports.import_rejects, name="import-rejects"),
    path("data/", imports.dataset_list, name="dataset-list"),
    path("data/<slug:sha256>/", imports.dataset_detail, name="dataset-detail"),
    path("forms/", forms.form_list, name="form-list"),
    path("forms/new/", forms.form_upload_new, name="form-upload-new"),
    path("forms/uploads/<int:pk>/", forms.form_upload_detail, name="form-upload-detail"),
    path("forms/uploads/<int:pk>/media/", forms.form_upload_media, name="form-upload-media"),
    path("forms/uploads/<int:pk>/withdraw/", forms.form_upload_withdraw, name="form-upload-withdraw"),
    path("forms/<int:pk>/", forms.form_detail, name="form-detail"),
    path("forms/<int:pk>/upload/", forms.form_version_new, name="form-version-new"),
    path("forms/<int:pk>/state/<slug:state>/", forms.form_state, name="form-state"),
    path("forms/<int:pk>/versions/<int:number>/", forms.form_version, name="form-version"),
    path("forms/<int:pk>/versions/<int:number>/xform/", forms.form_xform, name="form-xform"),
    path("forms/<int:pk>/versions/<int:number>/media/<str:name>", forms.form_media, name="form-media"),
    path("forms/<int:pk>/submissions/", submissions.submission_list, name="submission-list"),
    path("forms/<int:pk>/submissions/<int:number>/", submissions.submission_detail, name="submission-detail"),
    path(
        "forms/<int:pk>/submissions/<int:number>/files/<int:attachment>/",
        submissions.submission_file,
        name="submission-file",
    ),
    path("forms/<int:pk>/export/", submissions.export_new, name="export-new"),
    path("exports/<int:pk>/", submissions.export_file, name="export-file"),
    path("devices/", devices.device_list, name="device-list"),
    path("devices/new/", devices.device_new, name="device-new"),
    path("devices/<int:pk>/withdraw/", devices.device_withdraw, name="device-withdraw"),
]
