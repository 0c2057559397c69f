"""What a person typed of a survey, as values of the library: design, replicates, known totals of the population."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import typer

from custodes.evidence.arguments import nearest
from custodes.evidence.calibration import Calibration, Distance, Margin, calibrated
from custodes.evidence.errors import ArgumentInvalid, FileUnreadable
from custodes.evidence.replicates import Around, ReplicateMethod, ReplicatePlan
from custodes.evidence.types import Design, LonelyPolicy, Stage
from custodes.site.commands.survey_options import DesignWords, ReplicateWords

CALIBRATION_KEYS = ("distance", "bounds", "margin", "sums")
MARGIN_KEYS = ("columns", "totals")


def word_of(kind: Any, word: str, *, where: str) -> Any:
    """The member of an enumeration that a word names."""
    try:
        return kind(word)
    except ValueError:
        known = ", ".join(item.value for item in kind)
        raise ArgumentInvalid(f"There is no “{word}” here.", where=where, remedy=f"Choose from: {known}.") from None


def design_of(words: DesignWords) -> Design:
    """The sample design. Raises ArgumentInvalid where a stage has strata or a population and no units."""
    units, strata_named, populations = tuple(words.cluster or ()), tuple(words.strata or ()), tuple(words.fpc or ())
    depth = max(len(units), 1)
    for option, columns in (("--strata", strata_named), ("--fpc", populations)):
        if len(columns) > depth:
            raise ArgumentInvalid(
                f"{len(columns)} columns are given for {depth} {'stages' if depth > 1 else 'stage'} of the sample.",
                where=f"{option}, column {columns[depth]}",
                remedy="Name the units of every stage with --cluster, from the first down; rows without a name can be numbered in a column.",
            )
    strata, clusters, fpc = (
        (*columns, *[None] * (depth - len(columns))) for columns in (strata_named, units, populations)
    )
    lonely = word_of(LonelyPolicy, words.lonely, where="--lonely")
    stages = tuple(
        Stage(unit, stratum, population)
        for unit, stratum, population in zip(units[1:], strata[1:], fpc[1:], strict=True)
    )
    return Design(words.weight, strata[0], clusters[0], fpc[0], lonely, stages)


def plan_or_none(words: ReplicateWords) -> ReplicatePlan | None:
    """The replicates to make or to take. Raises ArgumentInvalid where given ones do not say how they were made."""
    if words.replicate_method is None:
        if words.replicates is not None or words.replicate_scale or words.replicate_factors:
            raise ArgumentInvalid(
                "Replicate weights say nothing of uncertainty before one knows how they were made.",
                where="--replicates",
                remedy="Give --replicate-method, as the survey's documentation has it.",
            )
        return None
    return ReplicatePlan(
        word_of(ReplicateMethod, words.replicate_method, where="--replicate-method"),
        kept=words.fay,
        count=words.replicate_count,
        seed=words.seed,
        around=word_of(Around, words.around, where="--around"),
        prefix=words.replicates,
        scale=tuple(words.replicate_scale or ()),
        factors=words.replicate_factors,
    )


def calibration_from_file(place: Path) -> Calibration:
    """Read `distance`, `bounds`, `[sums]` and `[[margin]]` with `columns` and `totals`. Raises FileUnreadable, ArgumentInvalid."""
    try:
        said = tomllib.loads(place.read_text(encoding="utf-8"))
        _check_keys(said, CALIBRATION_KEYS, place=place)
        for number, margin in enumerate(said.get("margin", ()), start=1):
            _check_keys(margin, MARGIN_KEYS, place=place, within=f", margin {number}")
        bounds = said.get("bounds")
        return Calibration(
            tuple(
                Margin(tuple(margin["columns"]), {str(code): float(total) for code, total in margin["totals"].items()})
                for margin in said.get("margin", ())
            ),
            tuple((str(name), float(total)) for name, total in said.get("sums", {}).items()),
            word_of(Distance, said.get("distance", "linear"), where=f"{place.name}, distance"),
            None if bounds is None else (float(bounds[0]), float(bounds[1])),
        )
    except OSError as error:
        raise FileUnreadable(
            f"It cannot be read: {error.strerror}.", where=str(place), remedy="Name an existing file."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"Not valid TOML: {error}.", where=str(place), remedy="Correct that line.") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ArgumentInvalid(
            f"It does not say what is known of the population ({type(error).__name__}: {error}).",
            where=str(place),
            remedy="See docs/methods/estimates.md, Calibration, for what to write.",
        ) from None


def _check_keys(said: Mapping[str, object], known: Collection[str], *, place: Path, within: str = "") -> None:
    """A key that nobody reads would leave the person with another calibration than the one written down."""
    for key in said:
        if key not in known:
            raise ArgumentInvalid(f"There is no “{key}” here.", where=f"{place}{within}", remedy=nearest(key, known))


def say_calibration(table: Any, calibration: Calibration | None, *, design: Design) -> None:
    """Tell on standard error how the weights came to the totals, where there are some."""
    if calibration is None:
        return
    how = calibrated(table, calibration, design=design).convergence
    typer.echo(
        f"Calibrated by the {calibration.distance} distance in {how.rounds} rounds; {how.distance_left:.1g} of a total is left; "
        f"weights are multiplied by {how.smallest:.3g} to {how.largest:.3g}.",
        err=True,
    )
