"""What a person typed of a survey, as values of the library: design, replicates, known totals of the population."""

import shlex
import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from custodes.evidence.arguments import nearest
from custodes.evidence.calibration import Calibration, Distance, Margin, calibrated
from custodes.evidence.columns import category
from custodes.evidence.errors import ArgumentInvalid, FileUnreadable, NothingObserved
from custodes.evidence.replicates import Around, ReplicateMethod, ReplicatePlan
from custodes.evidence.survey_estimates import Question
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
    """The replicates to make or to take. Raises ArgumentInvalid where given ones do not say how they were made, or an option is of no use."""
    if words.replicate_method is None:
        if words.replicates is not None or words.replicate_scale or words.replicate_factors:
            raise ArgumentInvalid(
                "Replicate weights say nothing of uncertainty before one knows how they were made.",
                where="--replicates",
                remedy="Give --replicate-method, as the survey's documentation has it.",
            )
        _check_idle(words, None)
        return None
    method = word_of(ReplicateMethod, words.replicate_method, where="--replicate-method")
    _check_idle(words, method)
    made = ReplicatePlan(method)
    return ReplicatePlan(
        method,
        kept=made.kept if words.fay is None else words.fay,
        count=made.count if words.replicate_count is None else words.replicate_count,
        seed=made.seed if words.seed is None else words.seed,
        around=made.around if words.around is None else word_of(Around, words.around, where="--around"),
        prefix=words.replicates,
        scale=tuple(words.replicate_scale or ()),
        factors=words.replicate_factors,
    )


def _check_idle(words: ReplicateWords, method: ReplicateMethod | None) -> None:
    """ArgumentInvalid for an option that would be passed over without a word; method: None where there are no replicates."""
    is_drawn = method is ReplicateMethod.BOOTSTRAP and words.replicates is None
    for option, value, is_used, used_by in (
        ("--replicate-count", words.replicate_count, is_drawn, "--replicate-method bootstrap makes them"),
        ("--seed", words.seed, is_drawn, "--replicate-method bootstrap makes replicates"),
        ("--fay", words.fay, method is ReplicateMethod.FAY, "--replicate-method is fay"),
        ("--around", words.around, method is not None, "--replicate-method is given"),
    ):
        if value is not None and not is_used:
            raise ArgumentInvalid(
                "There is nothing here that this option could change.",
                where=option,
                remedy=f"Leave it out; it counts where {used_by}.",
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


def asked_columns(question: Question) -> tuple[str, ...]:
    """The columns whose answers are estimated."""
    return (*question.variables, *([question.denominator] if question.denominator else []))


def nothing_observed(question: Question) -> NothingObserved:
    """For the whole command: nobody answered what was asked."""
    names = asked_columns(question)
    where = f"column {names[0]}" if len(names) == 1 else f"columns {', '.join(names)}"
    if question.denominator:
        where = f"column {question.variables[0]} or column {question.denominator}"
    return NothingObserved("Every answer is missing.", where=where, remedy="Check the missing codes.")


def say_unmatched(table: Any, columns: Sequence[str], *, codes: Sequence[str]) -> None:
    """Tell on standard error of a code for no answer that nobody gave: it may be a slip of the pen."""
    if not codes:
        return
    written = [category(table, name, where="variables") for name in dict.fromkeys(columns)]
    looks = {
        f"{index}_{place}": (code == each).any()
        for index, each in enumerate(codes)
        for place, code in enumerate(written)
    }
    found = table.aggregate(**looks).to_pyarrow().to_pylist()[0]
    for index, each in enumerate(codes):
        if not any(found[f"{index}_{place}"] for place in range(len(written))):
            named = ", ".join(dict.fromkeys(columns))
            typer.echo(f"--missing-code {shlex.quote(each)} stands in no row of {named}.", err=True)
