"""The submission endpoint: an ASGI application that stands before Django's, because what it acknowledges must be durable and nothing may block it.

See docs/decisions/0014-a-receiver-before-django.md and docs/reference/openrosa.md.
"""

from custodes.collection.receiver.application import PREFIX, Receiver

__all__ = ["PREFIX", "Receiver"]
