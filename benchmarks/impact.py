# ruff: noqa: T201
"""How long each impact design takes with all its diagnostics, against a program that finds the same number, and against bare least squares.

`python benchmarks/impact.py [2x2|staggered|sunab|rollout|its|synth|sdid …]`. The floor is NumPy's least squares on as many rows with as few
columns as could carry the answer: no error, no diagnostic. Peers that are not installed are passed over: `pip install pyfixest differences`, and
Debian's `r-cran-nlme`. A peer gives a number and its error, none of the diagnostics. Ends with 1 where the numbers of two programs differ, or where a
peer is faster.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np
from scipy.optimize import minimize

from custodes.evidence.designs.block import block_of, placebo_blocks
from custodes.evidence.designs.interrupted import interrupted
from custodes.evidence.designs.panel import Panel
from custodes.evidence.designs.rollout import rollout
from custodes.evidence.designs.staggered import staggered
from custodes.evidence.designs.sun_abraham import sun_abraham
from custodes.evidence.designs.synthetic_control import synthetic_control
from custodes.evidence.designs.synthetic_did import synthetic_did
from custodes.evidence.designs.two_by_two import two_by_two
from custodes.evidence.designs.types import Impact

RUNS = 3
PEER_RUNS = 2
SAME = 1e-3  # of the standard error: numbers that differ by more are not the same answer
R_SERIES = """
suppressMessages(library(nlme))
y <- scan(file("stdin"), quiet = TRUE)
n <- length(y); t <- seq_len(n) - 1; start <- n / 2
d <- data.frame(y, t, after = as.numeric(t >= start), later = pmax(t - start, 0), month = factor(t %% 12))
fit <- function() gls(y ~ t + after + later + month, d, correlation = corAR1(), method = "REML")
invisible(fit()); took <- min(replicate(3, sum(system.time(fit())[1:2]))); found <- coef(fit())
cat(sprintf('{"value": %.15g, "took": %.6f}', found["after"] + found["later"] * (n - start - 1) / 2, took))
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another program's number, and the seconds that it took."""

    name: str
    value: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Case:
    """A design on a panel of a size that is met. peer: None where no program is known that finds the same number."""

    name: str
    panel: Panel
    design: Callable[[Panel], Impact]
    peer: Callable[[Panel], Peer | None]


def panel_of(units: int, periods: int, starts: tuple[int, ...], *, seed: int = 1) -> Panel:
    """Unit levels, a common path, noise, and a change of 1 from the start on; `starts` in turn, never is the number of periods."""
    chance = np.random.default_rng(seed)
    first = np.array(starts)[np.arange(units) % len(starts)]
    after = np.arange(periods)[None, :] >= first[:, None]
    path = chance.normal(size=periods) + np.arange(periods) / 10
    outcome = 20 + chance.normal(size=(units, 1)) + path + chance.normal(size=(units, periods)) + after
    names = tuple(f"{unit:05}" for unit in range(units))
    times = tuple(f"{period}" for period in range(periods))
    return Panel(names, times, outcome, first, np.arange(units), "outcome")


def best(work: Callable[[], object], runs: int = RUNS) -> float:
    """The shortest of several runs, in seconds of the processor, so that other work on the machine does not count."""
    took = []
    for _ in range(runs):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def floor(panel: Panel) -> float:
    """Bare least squares: the outcome of every row on an intercept and the treatment, after unit and period means are taken off."""
    after = (np.arange(len(panel.times))[None, :] >= panel.first[:, None]).astype(float)

    def work() -> None:
        columns = [
            values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) for values in (panel.outcome, after)
        ]
        matrix = np.column_stack([np.ones(after.size), columns[1].ravel()])
        np.linalg.lstsq(matrix, columns[0].ravel(), rcond=None)

    return best(work)


def frame_of(panel: Panel):
    """The panel as a long table of pandas, which the peers from PyPI read."""
    import pandas

    units, periods = panel.outcome.shape
    first = np.repeat(panel.first, periods)
    time_of = np.tile(np.arange(periods), units)
    return pandas.DataFrame(
        {
            "unit": np.repeat(np.arange(units), periods),
            "time": time_of,
            "y": panel.outcome.ravel(),
            "treated": (time_of >= first).astype(float),
            "first": np.where(first >= periods, 0, first),
        }
    )


def pyfixest_regression(panel: Panel) -> Peer | None:
    """pyfixest's regression with unit and period effects, which equals the double difference where all start together."""
    if find_spec("pyfixest") is None:
        return None
    import pyfixest

    data = frame_of(panel)
    fit = pyfixest.feols("y ~ treated | unit + time", data, vcov={"CRV1": "unit"})
    seconds = best(lambda: pyfixest.feols("y ~ treated | unit + time", data, vcov={"CRV1": "unit"}), PEER_RUNS)
    return Peer(f"pyfixest {pyfixest.__version__}", float(fit.coef().iloc[0]), seconds)


def differences_att(panel: Panel) -> Peer | None:
    """The group-time effects of `differences`, summed up by the size of cohorts."""
    if find_spec("differences") is None:
        return None
    import differences

    data = frame_of(panel)
    data["first"] = data["first"].where(data["first"] > 0)
    data = data.set_index(["unit", "time"])

    def work() -> float:
        found = differences.ATTgt(data=data, cohort_column="first").fit("y", progress_bar=False)
        return float(found.aggregate("simple").iloc[0, 0])

    return Peer(f"differences {version('differences')}", work(), best(work, PEER_RUNS))


def scipy_weights(panel: Panel) -> Peer | None:
    """The mean gap by SciPy's general solver (SLSQP), with a placebo for every control, as the design makes them."""
    block, _ = block_of(panel)
    every = [block, *placebo_blocks(block, draws=1, seed=1)]

    def gap(each) -> float:
        early, target = each.controls[:, : each.start], each.treated[:, : each.start].mean(axis=0)
        many = len(early)
        found = minimize(
            lambda w: float(((w @ early - target) ** 2).sum()), np.full(many, 1 / many),
            jac=lambda w: 2 * early @ (w @ early - target), bounds=[(0, 1)] * many, method="SLSQP",
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(many)},
            options={"ftol": 1e-14, "maxiter": 1000},
        )  # fmt: skip
        return float((each.treated.mean(axis=0) - found.x @ each.controls)[each.start :].mean())

    return Peer("SciPy SLSQP", gap(block), best(lambda: [gap(each) for each in every], 1))


def r_series(panel: Panel) -> Peer | None:
    """R nlme's generalised least squares, timed inside R: neither start of the program nor reading counts."""
    if shutil.which("Rscript") is None:
        return None
    told = "\n".join(f"{value:.17g}" for value in panel.outcome[0])
    done = subprocess.run(["Rscript", "-e", R_SERIES], input=told, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    found = json.loads(done.stdout.splitlines()[-1])
    return Peer("R nlme gls", found["value"], found["took"])


def no_peer(_: Panel) -> Peer | None:
    """No program from PyPI or Debian is known that finds the same number."""
    return None


CASES = (
    Case("2x2", panel_of(1000, 24, (12, 24)), two_by_two, pyfixest_regression),
    Case("staggered", panel_of(1000, 12, (4, 6, 8, 12)), staggered, differences_att),
    Case("sunab", panel_of(1000, 12, (4, 6, 8, 12)), sun_abraham, differences_att),
    Case("rollout", panel_of(1000, 12, (4, 6, 8, 12)), rollout, no_peer),
    Case("its", panel_of(1, 192, (96,)), lambda panel: interrupted(panel, season=12), r_series),
    Case("synth", panel_of(40, 31, (19, *(31,) * 39)), synthetic_control, scipy_weights),
    Case("sdid", panel_of(40, 31, (19, *(31,) * 39)), synthetic_did, no_peer),
)


def main() -> int:
    """Measure, print a line for each design, and return 1 where a peer disagrees or is faster."""
    missed = 0
    for case in [each for each in CASES if each.name in (sys.argv[1:] or [each.name])]:
        found = case.design(case.panel)
        ours, bare, peer = best(lambda case=case: case.design(case.panel)), floor(case.panel), case.peer(case.panel)
        units, periods = case.panel.outcome.shape
        line = (
            f"{case.name:<10} {units:>5} × {periods:<4} {1000 * ours:8.1f} ms, {ours / bare:7.0f} × bare least squares"
        )
        if peer is None:
            print(f"{line}; no peer here", flush=True)
            continue
        agrees = abs(peer.value - found.value) <= SAME * found.se
        missed += not agrees or peer.seconds < ours
        words = "" if agrees else f", BUT FINDS {peer.value:.8g} WHERE WE FIND {found.value:.8g}"
        print(
            f"{line}; {peer.seconds / ours:6.1f} × faster than {peer.name} ({1000 * peer.seconds:.1f} ms){words}",
            flush=True,
        )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
