"""One start for all treated units: what synthetic control and synthetic difference in differences share."""

from dataclasses import dataclass

import numpy as np

from custodes.evidence.designs.panel import TREATMENT, FloatArray, IntArray, Panel, balanced, check_treated
from custodes.evidence.errors import ArgumentInvalid, SampleTooSmall

LEAST_CONTROLS = 3


@dataclass(frozen=True, slots=True)
class Block:
    """A panel in which the treated all start together.

    Shapes   controls: control units × periods; treated: treated units × periods. start: index of the first treated period.
    """

    controls: FloatArray
    treated: FloatArray
    start: int
    control_names: tuple[str, ...]
    times: tuple[str, ...]

    @property
    def periods_after(self) -> int:
        return len(self.times) - self.start


def block_of(panel: Panel) -> tuple[Block, Panel]:
    """The block and the balanced panel it comes from.

    Refuses  ArgumentInvalid where treatment starts in several periods; SampleTooSmall with fewer than two periods before, or three controls.
    """
    used = balanced(panel)
    check_treated(used)
    cohorts = used.cohorts
    if len(cohorts) > 1:
        raise ArgumentInvalid(
            f"Treatment begins in {len(cohorts)} different periods.",
            where=used.treatment,
            remedy="Use the staggered design, or choose units that begin together.",
        )
    if cohorts[0] < 2:
        raise SampleTooSmall(
            "There are fewer than two periods before the treatment.", where="--time", remedy="Give earlier periods."
        )
    is_treated = used.is_ever_treated
    if (~is_treated).sum() < LEAST_CONTROLS:
        raise SampleTooSmall(
            f"There are {int((~is_treated).sum())} units without treatment.",
            where=used.treatment,
            remedy=f"Give at least {LEAST_CONTROLS}.",
        )
    names = tuple(unit for unit, treated in zip(used.units, is_treated, strict=True) if not treated)
    return Block(used.outcome[~is_treated], used.outcome[is_treated], cohorts[0], names, used.times), used


def placebo_blocks(block: Block, *, draws: int, seed: int) -> list[Block]:
    """Blocks in which controls that were never treated stand as if they had been.

    With one treated unit every control takes its turn, which needs no chance; with more, as many controls are drawn `draws` times.
    Source   Arkhangelsky et al. (2021), doi:10.1257/aer.20190159, Algorithm 4; Abadie, Diamond & Hainmueller (2010), doi:10.1198/jasa.2009.ap08746.
    """
    many, size = len(block.controls), len(block.treated)
    if many - size < 2:
        raise SampleTooSmall(
            f"{many} controls are too few for placebos of {size} treated units.",
            where=TREATMENT,
            remedy="Give more controls than treated units, by at least two.",
        )
    chance = np.random.default_rng(seed)
    chosen = np.arange(many)[:, None] if size == 1 else [chance.choice(many, size, replace=False) for _ in range(draws)]
    return [as_if_treated(block, np.asarray(each)) for each in chosen]


def as_if_treated(block: Block, chosen: IntArray) -> Block:
    """The block without its treated units, some of its controls standing in their place."""
    kept = np.ones(len(block.controls), dtype=bool)
    kept[chosen] = False
    names = tuple(name for name, keep in zip(block.control_names, kept, strict=True) if keep)
    return Block(block.controls[kept], block.controls[chosen], block.start, names, block.times)


def without_control(block: Block, index: int) -> Block:
    """The block without one of its controls."""
    names = block.control_names[:index] + block.control_names[index + 1 :]
    return Block(np.delete(block.controls, index, axis=0), block.treated, block.start, names, block.times)


def backdated(block: Block) -> Block | None:
    """The periods before the treatment alone, as if it had begun half-way; None where they are fewer than four."""
    if block.start < 4:
        return None
    pretended, end = block.start // 2, block.start
    return Block(block.controls[:, :end], block.treated[:, :end], pretended, block.control_names, block.times[:end])
