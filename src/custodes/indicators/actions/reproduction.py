"""Does a stored figure still follow from its data? Recomputed from checked bytes and kept look-ups, it must have the same hash."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from custodes import __version__
from custodes.evidence.errors import Problem
from custodes.indicators.actions.computations import hashes_of
from custodes.indicators.actions.estimation import estimate_computation
from custodes.indicators.actions.revisions import content_of, question_hash
from custodes.indicators.models import Reading
from custodes.indicators.rules.content import differences
from custodes.ledger.models import Entry


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Whether a reading holds, and the sentences that say why."""

    reading: Reading
    holds: bool
    sentences: tuple[str, ...]


def reproduce_reading(pk: int) -> Reproduction:
    """Recompute one reading and compare value and hash (I2). Raises Reading.DoesNotExist; changes nothing."""
    reading = Reading.objects.select_related("indicator__programme", "definition_version", "area", "computation").get(
        pk=pk
    )
    stored = content_of(reading)
    if stored.hash != reading.result_hash:
        return Reproduction(
            reading, False, (_("The stored row does not match its own hash: it was changed outside the platform."),)
        )
    if not _is_what_the_ledger_says(reading):
        return Reproduction(
            reading, False, (_("The ledger knows another figure, or another question, than the stored one."),)
        )
    if reading.computation is None:
        return Reproduction(
            reading, False, (_("The reading was not made by a computation, so there is nothing to repeat."),)
        )
    try:
        contents = estimate_computation(reading.computation).contents
    except Problem as problem:
        return Reproduction(reading, False, (_("It cannot be recomputed: %(reason)s") % {"reason": problem},))
    same = {content.key: content for content in contents}.get(stored.key)
    if same is None:
        return Reproduction(reading, False, (_("The computation no longer gives a figure for this area and group."),))
    if hashes_of([same])[same.key] != reading.result_hash:
        changed = differences(stored.row, same.row)
        return Reproduction(
            reading, False, (_("The recomputed figure differs in: %(fields)s.") % {"fields": ", ".join(changed)},)
        )
    return Reproduction(reading, True, _confirmation(reading))


def _is_what_the_ledger_says(reading: Reading) -> bool:
    """Whether the last entry about the reading names its hash, and the request of its computation the question that is stored."""
    last = reading.revisions.order_by("-number").first()
    entry = Entry.objects.filter(seq=last.entry).first() if last else None
    if entry is None or reading.computation is None:
        return False
    hashes = [*entry.what.get("hashes", ()), entry.what.get("readings", {}).get(str(reading.pk))]
    request = Entry.objects.filter(act="computation.request", subject=f"computation:{reading.computation_id}").first()
    is_same_question = request is not None and request.what.get("question") == question_hash(reading.computation)
    return reading.result_hash in hashes and is_same_question


def _confirmation(reading: Reading) -> tuple[str, ...]:
    sentences = [
        _("Recomputed from %(count)d data sets whose bytes were checked: the same value and the same hash %(hash)s….")
        % {"count": len(reading.dataset_hashes), "hash": reading.result_hash[:12]}
    ]
    if reading.code_version != __version__:
        sentences.append(
            _("It was made by version %(then)s and recomputed by version %(now)s.")
            % {"then": reading.code_version, "now": __version__}
        )
    return tuple(sentences)
