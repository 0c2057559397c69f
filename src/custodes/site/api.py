"""The assembly of the API: each app's router under one address."""

from ninja import NinjaAPI

from custodes import __version__

api = NinjaAPI(title="Custodes", version=__version__)
