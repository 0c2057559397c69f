"""The production entry: `uvicorn custodes.site.asgi:application`. Devices' requests are answered before Django sees them (decision 14)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custodes.site.settings")
site = get_asgi_application()

from custodes.collection.receiver import Receiver  # noqa: E402 - its models need Django set up

application = Receiver(site)
