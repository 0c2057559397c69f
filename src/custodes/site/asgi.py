"""The production entry: `uvicorn custodes.site.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custodes.site.settings")
application = get_asgi_application()
