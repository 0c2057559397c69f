"""Draws every Django form in GOV.UK markup: `FORM_RENDERER = "custodes.site.form_rendering.PublicFormRenderer"`."""

from django.forms.renderers import TemplatesSetting


class PublicFormRenderer(TemplatesSetting):
    """Takes widgets from `templates/django/forms/widgets`, forms and fields from `templates/forms`.

    Needs `django.forms` in INSTALLED_APPS, after the app or folder that holds our templates.
    """

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
