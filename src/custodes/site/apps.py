from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "custodes.site"
    label = "custodes_site"
