"""Replacements: a unit that could not be reached gives way to the next of its reserve, and the sample says so for ever."""

from collections.abc import Iterable
from dataclasses import replace

from custodes.evidence.errors import ArgumentInvalid, NoReserveLeft, ReplacementOutOfOrder
from custodes.evidence.sampling.draw import Drawn, Role, Sample
from custodes.evidence.sampling.selection import Method


def replaced(sample: Sample, *, old: str, new: str, reason: str, cluster: str | None = None) -> Sample:
    """The sample in which the next unit of the reserve stands in the place of another, with the reason.

    Shapes   old, new: keys of the same stage; cluster: where both lie, for units of the second stage, else None.
    Units    none.
    Returns  a new sample. No other unit's weight changes; the new unit has the probability that the plan gave to it, which in a stratum or cluster
             without sizes is that of the old one. With a first-stage unit its second stage, drawn with it, steps in.
    Refuses  ReplacementOutOfOrder unless new is the next in reserve of the same stratum or cluster; NoReserveLeft; ArgumentInvalid where old is not
             in the sample, no reason is given, or old was certain in a draw by size: it stands for itself, and nothing can stand for it.
    Source   Kish (1965), Survey Sampling, §13.6; Lohr (2010), Sampling: Design and Analysis, ch. 8 (a replacement does not cure nonresponse).
    Checked  by hand on lists of the tests; weights by the frame's counts.
    """
    if not reason.strip():
        raise ArgumentInvalid(
            "A replacement has no reason.", where=f"unit {old}", remedy="Say why it could not be asked."
        )
    stage = sample.first if cluster is None else tuple(each for each in sample.second if each.group == cluster)
    gone = _active(stage, old, cluster)
    if cluster is None and gone.certain and sample.plan.method is Method.PPS:
        raise ArgumentInvalid(
            f"“{old}” was certain to be drawn, so that it stands for itself and nothing else can stand for it.",
            where=f"unit {old}",
            remedy="Count it as not answering, and adjust weights by response class.",
        )
    waiting = sorted(
        (each for each in stage if each.role is Role.RESERVE and each.group == gone.group), key=lambda each: each.rank
    )
    if not waiting:
        raise NoReserveLeft(
            f"Nothing is left in reserve in “{gone.group}”.",
            where=f"unit {old}",
            remedy="Count the unit as not answering, and adjust weights by response class.",
        )
    if waiting[0].key != new:
        raise ReplacementOutOfOrder(
            f"“{new}” is not the next in reserve in “{gone.group}”.",
            where=f"unit {new}",
            remedy=f"Take “{waiting[0].key}”; if that cannot be asked either, it is replaced in its turn, with its own reason.",
        )
    changes = {
        id(gone): replace(gone, role=Role.REPLACED, reason=reason.strip()),
        id(waiting[0]): replace(waiting[0], role=Role.DRAWN, replaces=old, reason=reason.strip(), wave=sample.wave),
    }
    first, second = (tuple(changes.get(id(each), each) for each in units) for units in (sample.first, sample.second))
    return replace(sample, first=first, second=second)


def _active(stage: Iterable[Drawn], key: str, cluster: str | None) -> Drawn:
    for each in stage:
        if each.key == key and each.role is Role.DRAWN:
            return each
    place = "the sample" if cluster is None else f"the sample of “{cluster}”"
    raise ArgumentInvalid(
        f"“{key}” is not in {place}.",
        where=f"unit {key}",
        remedy="Name a unit that was drawn; for one of the second stage, name its cluster, too.",
    )
