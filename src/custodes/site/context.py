"""What every template may rely on: menu, languages, version, and whether the data are invented."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language, get_language_bidi

from custodes.site.menu import menu_for


@dataclass(frozen=True, slots=True)
class LanguageLink:
    code: str
    name: str
    url: str
    current: bool


def site(request: HttpRequest) -> dict[str, Any]:
    """Context for base.html and portal_base.html."""
    current = get_language()
    path = request.get_full_path()
    return {
        "site_name": settings.CONFIG.site.name,
        "site_version": settings.VERSION,
        "source_url": settings.CONFIG.site.source_url,
        "demonstration": settings.DEMONSTRATION,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "languages": [
            LanguageLink(code, name, translate_url(path, code), code == current) for code, name in settings.LANGUAGES
        ],
        "menu": menu_for(request),
    }
