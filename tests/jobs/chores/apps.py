from django.apps import AppConfig


class ChoresConfig(AppConfig):
    name = "tests.jobs.chores"
    label = "chores"
    default_auto_field = "django.db.models.BigAutoField"
