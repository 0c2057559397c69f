"""A sample written down: rows for the field and for the analyst, with weights, and the JSON from which it can be read again."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from custodes.evidence.errors import FileUnreadable, InputProblem
from custodes.evidence.pseudonyms import pseudonym
from custodes.evidence.sampling.draw import Drawn, Role, Sample, Stratum
from custodes.evidence.sampling.plan import Plan, plan_as_json, plan_from_json
from custodes.evidence.sampling.selection import Method

KIND = "custodes sample 1"
ROW_KEYS = (
    "unit", "cluster", "stratum", "role", "rank", "size", "certain", "listed", "eligible", "p_1", "p_2", "p_3", "weight",
    "variance_stratum", "fpc_1", "fpc_2", "wave", "replaces", "reason", "pseudonym", "seed", "frame_sha256", "plan_sha256", "version",
)  # fmt: skip
SAME_IN_EVERY_ROW = ("seed", "frame_sha256", "plan_sha256", "version")
CERTAIN = " (certain)"  # marks the stratum of units that stand for themselves only


def rows_of(sample: Sample, *, secret: bytes | None = None) -> list[dict[str, Any]]:
    """One row for each unit of the last stage that was drawn or stands in reserve, under ROW_KEYS.

    A weight is one over the product of p_1, p_2 and p_3, and stands only where the unit is in the sample and each of them is known. Where clusters
    are not listed yet, a row is a cluster and its weight is that of a household in it.
    secret   makes pseudonyms: the same unit has the same one in every wave, so that waves can be joined after its name is taken out.
    """
    provenance = (sample.plan.seed, sample.frame_sha256, sample.plan.sha256, sample.version)
    if not sample.second:
        found = [_row(sample.plan, each, None, secret) for each in sample.first]
    else:
        clusters = {each.key: each for each in sample.first}
        found = [_row(sample.plan, clusters[each.group], each, secret) for each in sample.second]
    return [row | dict(zip(SAME_IN_EVERY_ROW, provenance, strict=True)) for row in found]


def _row(plan: Plan, first: Drawn, second: Drawn | None, secret: bytes | None) -> dict[str, Any]:
    unit = second or first
    role = first.role if first.role is not Role.DRAWN else unit.role
    listed = first.number if second or plan.rows_are_clusters else None
    takes_part = plan.rows_are_clusters and second is None
    p_2 = second.probability if second else None
    if takes_part and listed is not None and plan.take is not None:
        p_2 = min(1.0, plan.take / listed)
    eligible = unit.number if not takes_part else None
    p_3 = 1 / eligible if plan.one_person and eligible else None
    stages = [first.probability, *([p_2] if second or takes_part else []), *([p_3] if plan.one_person else [])]
    known = [each for each in stages if each is not None]
    weight = 1 / math.prod(known) if role is Role.DRAWN and len(known) == len(stages) else None
    key = f"{first.key}/{second.key}" if second else first.key
    # In the order of ROW_KEYS, without those that are the same in every row.
    values = (
        unit.key, first.key, first.group, role.value, unit.rank, unit.size, first.certain, listed,
        eligible if plan.columns.eligible or plan.one_person else None, first.probability, p_2, p_3, weight,
        variance_stratum(first, plan.method), first.population,
        second.population if second else None if listed is None else float(listed),
        unit.wave, unit.replaces or first.replaces, unit.reason or first.reason, pseudonym(key, secret=secret) if secret else None,
    )  # fmt: skip
    return dict(zip(ROW_KEYS[: -len(SAME_IN_EVERY_ROW)], values, strict=True))


def variance_stratum(unit: Drawn, method: Method) -> str:
    """The stratum for the variance: units that a draw by size was bound to take are apart, since another draw would not change them."""
    return unit.group + CERTAIN if unit.certain and method is Method.PPS else unit.group


def estimate_words(sample: Sample) -> str:
    """The options with which `custodes estimate` knows this sample in a file of answers that carries the columns of `rows_of`."""
    stages, fpc = "unit", "fpc_1"
    if sample.second:
        stages, fpc = "cluster unit", "fpc_1 fpc_2"
    elif sample.plan.rows_are_clusters:
        stages, fpc = "cluster HOUSEHOLD", "fpc_1 fpc_2"
    return f"--weight weight --strata variance_stratum --cluster {stages} --fpc {fpc}"


def with_numbers(sample: Sample, numbers: Mapping[tuple[str, str], int]) -> Sample:
    """The sample with what the field has counted since, from which weights follow.

    numbers  by cluster and unit: the persons eligible in a drawn household; by cluster and the empty text: the units listed in a cluster.
    Refuses  InputProblem for a unit that the sample does not have, or a number below 1.
    """
    stage = "second" if sample.second else "first"
    units: tuple[Drawn, ...] = getattr(sample, stage)
    places = [(each.group, each.key) if sample.second else (each.key, "") for each in units]
    known = set(places)
    for key, number in numbers.items():
        name = " › ".join(filter(None, key))
        if key not in known or number < 1:
            what = "is not in the sample" if key not in known else f"cannot have {number} units"
            raise InputProblem(f"“{name}” {what}.", where="numbers", remedy="Check the name and the count of that row.")
    counted = tuple(
        replace(each, number=numbers.get(key, each.number)) for key, each in zip(places, units, strict=True)
    )
    return replace(sample, second=counted) if sample.second else replace(sample, first=counted)


def sample_as_json(sample: Sample) -> dict[str, Any]:
    """The sample as JSON has it; `sample_from_json` reads it again."""
    return {
        "kind": KIND,
        "version": sample.version,
        "seed": sample.plan.seed,
        "frame_sha256": sample.frame_sha256,
        "list_sha256": sample.list_sha256,
        "plan_sha256": sample.plan.sha256,
        "estimate": estimate_words(sample),
        "wave": sample.wave,
        "notes": list(sample.notes),
        "plan": plan_as_json(sample.plan),
        "clusters_by": None if sample.clusters_by is None else plan_as_json(sample.clusters_by),
        "strata": [asdict(each) for each in sample.strata],
        "first": [asdict(each) for each in sample.first],
        "second": [asdict(each) for each in sample.second],
    }


def sample_from_json(text: str, *, where: str) -> Sample:
    """The sample that `sample_as_json` wrote. Raises FileUnreadable that names the file, also where the plan is no longer the one it was drawn by."""
    try:
        said = json.loads(text)
        if said["kind"] != KIND:
            raise ValueError(said["kind"])
        sample = Sample(
            plan_from_json(said["plan"]),
            said["frame_sha256"],
            said["version"],
            tuple(Stratum(**each) for each in said["strata"]),
            first=_units(said["first"]),
            second=_units(said["second"]),
            clusters_by=None if said["clusters_by"] is None else plan_from_json(said["clusters_by"]),
            list_sha256=said["list_sha256"],
            wave=said["wave"],
            notes=tuple(said["notes"]),
        )
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileUnreadable(
            f"It is not a sample as `custodes sample` writes it ({type(error).__name__}: {error}).",
            where=where,
            remedy="Give what `custodes sample … --format json` wrote.",
        ) from None
    if sample.plan.sha256 != said["plan_sha256"]:
        raise FileUnreadable(
            "Its plan was changed after the draw.", where=where, remedy="Give the file as it was written, or draw anew."
        )
    return sample


def _units(said: Iterable[Mapping[str, Any]]) -> tuple[Drawn, ...]:
    return tuple(Drawn(**{**each, "role": Role(each["role"])}) for each in said)
