"""What a person typed of a survey, as values of the library: the words of an option, known totals of the population."""

import tomllib
from pathlib import Path
from typing import Any

import typer

from custodes.evidence.calibration import Calibration, Distance, Margin, calibrated
from custodes.evidence.errors import ArgumentInvalid, FileUnreadable
from custodes.evidence.types import Design


def word_of(kind: Any, word: str, *, where: str) -> Any:
    """The member of an enumeration that a word names."""
    try:
        return kind(word)
    except ValueError:
        known = ", ".join(item.value for item in kind)
        raise ArgumentInvalid(f"There is no “{word}” here.", where=where, remedy=f"Choose from: {known}.") from None


def calibration_from_file(place: Path) -> Calibration:
    """Read `distance`, `bounds`, `[sums]` and `[[margin]]` with `columns` and `totals`. Raises FileUnreadable, ArgumentInvalid."""
    try:
        said = tomllib.loads(place.read_text(encoding="utf-8"))
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


def say_calibration(table: Any, calibration: Calibration | None, *, design: Design) -> None:
    """Tell on standard error how the weights came to the totals, where there are some."""
    if calibration is None:
        return
    how = calibrated(table, calibration, design=design).convergence
    typer.echo(
        f"Calibrated in {how.rounds} rounds; {how.distance_left:.1g} of a total is left; "
        f"weights are multiplied by {how.smallest:.3g} to {how.largest:.3g}.",
        err=True,
    )
