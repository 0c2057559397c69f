from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "custodes.indicators"
    label = "indicators"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from custodes.indicators import receivers  # noqa: F401 - connects to the signals of lower apps; needs the models
