"""All addresses. Pages carry their language in the address, so that public pages need no cookie."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from custodes.site import views
from custodes.site.api import api

urlpatterns = [
    path("health", views.health, name="health"),
    path("api/v1/", api.urls),
    path("figures/", include("custodes.figures.urls")),
    *i18n_patterns(
        path("", include("custodes.portal.urls")),
        path("account/", include("custodes.people.account_urls")),
        path("people/", include("custodes.people.urls")),
        path("places/", include("custodes.places.urls")),
        path("plan/", include("custodes.programmes.urls")),
        path("collect/", include("custodes.collection.urls")),
        path("measure/", include("custodes.indicators.urls")),
    ),
]
