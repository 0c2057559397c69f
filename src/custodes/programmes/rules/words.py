"""The choices of a plan in words, for forms and pages alike."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from custodes.evidence.types import Direction, MissingPolicy, PathShape

Words = Mapping[str, Promise]
PATHS: Words = {
    PathShape.LINEAR.value: _("Linear: the same step every day"),
    PathShape.BACK_LOADED.value: _("Back-loaded: slow at first, fast at the end"),
    PathShape.FRONT_LOADED.value: _("Front-loaded: fast at first, slow at the end"),
    PathShape.LATE.value: _("Late: nothing until the target's day"),
    PathShape.STEP.value: _("Step: all at once on one day"),
    PathShape.MILESTONES.value: _("Milestones: from one to the next"),
    PathShape.NONE.value: _("None: no value is expected on the way"),
}
DIRECTIONS: Words = {
    Direction.UP.value: _("Up is good"),
    Direction.DOWN.value: _("Down is good"),
    Direction.BAND.value: _("Within a band is good"),
    Direction.NONE.value: _("No direction is good by itself"),
}
MISSING: Words = {
    MissingPolicy.EXCLUDE.value: _("Excluded, and reported beside the figure"),
    MissingPolicy.DENOMINATOR.value: _("Kept in the denominator"),
}
