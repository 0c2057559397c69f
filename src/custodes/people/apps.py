from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "custodes.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import custodes.people.signals  # noqa: F401  connects the receivers once the models are loaded
