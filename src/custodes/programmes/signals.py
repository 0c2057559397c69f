"""What this app asks of the apps above it, which it may not import."""

from django.dispatch import Signal

# Sent with `definition`. A receiver answers True if a verified reading of the definition exists (I6).
definition_in_use_asked = Signal()
