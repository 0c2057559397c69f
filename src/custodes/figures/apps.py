"""Registers the figures with Django."""

from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "custodes.figures"
    label = "figures"
    verbose_name = "Figures"
