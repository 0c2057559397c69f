# ruff: noqa: T201
"""The reference values of the design (methods.md §1 and §3), each asked of the commands on the published files, as a table.

`python tools/reference_values/by_command.py FOLDER`, where FOLDER holds `survey_r`, `did_mpdta`, `prop99` and `police_pj_training`. Ends with 1
where an answer lies outside the tolerance that stands beside its value.
"""

import csv
import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CLUS1 = ("survey_r/apiclus1.csv", "--cluster", "dnum", "--weight", "pw", "--fpc", "fpc")
STRAT = ("survey_r/apistrat.csv", "--strata", "stype", "--weight", "pw", "--fpc", "fpc")
MPDTA = (
    "did_mpdta/mpdta.csv",
    "--unit",
    "countyreal",
    "--time",
    "year",
    "--outcome",
    "lemp",
    "--first-treated",
    "first.treat",
)
PROP99 = (
    "prop99/california_prop99.csv",
    "--unit",
    "State",
    "--time",
    "Year",
    "--outcome",
    "PacksPerCapita",
    "--treated",
    "treated",
)
TRAINING = (
    "police_pj_training/pj_officer_level_balanced.parquet", "--unit", "uid", "--time", "period", "--outcome", "complaints",
    "--first-treated", "first_trained",
)  # fmt: skip
EXACT, LOGIT = 1e-10, 1e-8
RAKED = 1e-5  # R's rake() stops one school away from the totals; told to go on, it says what we say (tests/reference/analyst_calibration.toml)
MARGIN = '[[margin]]\ncolumns = ["stype"]\ntotals = { E = 4421, H = 755, M = 1018 }\n'
KNOWN = {
    "post.toml": MARGIN,
    "raked.toml": 'distance = "raking"\n'
    + MARGIN
    + '[[margin]]\ncolumns = ["sch.wide"]\ntotals = { No = 1072, Yes = 5122 }\n',
    "greg.toml": MARGIN + "[sums]\napi99 = 3914069\n",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A question to a command, the rows that are looked at, and what they should say: field to value, with a relative tolerance."""

    name: str
    command: tuple[str, ...]
    rows: dict[str, str]
    expected: dict[str, float]
    tolerance: float = EXACT


MEAN, TOTAL = ("api00", "--stat", "mean"), ("enroll", "--stat", "total")
RATIO = ("api.stu", "--stat", "ratio", "--denominator", "enroll")
FIELDS = ("value", "se", "deff")
# One answer each: the name, the design, what is asked, and value, standard error and design effect as far as they are given.
WHOLES = (
    ("clus1 mean api00", CLUS1, MEAN, (644.169398907104, 23.542240693781, 9.34586945059095)),
    ("clus1 total enroll", CLUS1, TOTAL, (3404940.13452911, 932235.027041215, 31.3106560943494)),
    ("strat mean api00", STRAT, MEAN, (662.287363159321, 9.40894080278458, 1.20445726853772)),
    ("strat total enroll", STRAT, TOTAL, (3687177.53243828, 114641.71610078)),
    ("clus1 ratio api.stu/enroll", CLUS1, RATIO, (0.849708741724488, 0.00838629716939109)),
    ("strat ratio api.stu/enroll", STRAT, RATIO, (0.836956886940522, 0.00775710316663788)),
    ("JK1 clus1 mean", CLUS1, (*MEAN, "--replicate-method", "jk1"), (644.169398907104, 26.3293605895276)),
    ("JKn strat mean", STRAT, (*MEAN, "--replicate-method", "jkn"), (662.287363159321, 9.40894080278461)),
    ("clus1 without fpc", CLUS1[:-2], MEAN, (644.169398907104, 23.7790107208869)),
    (
        "clus1 api00 − api99",
        CLUS1,
        ("api00", "api99", "--stat", "mean", "--contrast", "api00 - api99"),
        (37.1912568306011, 3.08519696689946),
    ),
)
# Three answers each, for schools of the types E, H and M: by level of a column, or by domain.
BY_TYPE = (
    ("clus1 total stype", CLUS1, ("stype", "--stat", "total"), ("level", ""),
     ((4873.96746826172, 1333.31940494968), (473.857948303223, 158.699278792624), (846.174907684326, 167.54989162139))),
    ("clus1 mean api00", CLUS1, (*MEAN, "--by", "stype"), ("domain", "stype="),
     ((648.868055555556, 22.3624088938319), (618.571428571429, 38.0202493594075), (631.44, 31.6094652272455))),
    ("strat total enroll", STRAT, (*TOTAL, "--by", "stype"), ("domain", "stype="),
     ((1842584.34184265, 72581.3345757522), (997128.525190353, 69239.3959522505), (847464.665405273, 55502.9637938561))),
)  # fmt: skip
QUANTILES = (
    (
        "clus1",
        CLUS1,
        ((552, 31.4716612053995, 492, 627), (652, 35.6678826994527, 561, 714), (719, 18.8829967232397, 696, 777)),
    ),
    ("strat", STRAT, ((565, 15.7194511320391), (668, 13.1840557881618), (756, 13.1840557881618))),
)
CALIBRATED = (
    ("post", EXACT, ((3680892.94511905, 406292.636294802), (642.310788211582, 23.9204864450904))),
    ("raked", RAKED, ((3647300.03131431, 400602.719733619), (641.230246862209, 23.7036412402377))),
    ("greg", EXACT, ((3638487.20413188, 385524.427352479), (665.30907116578, 3.44175311640481))),
)
SHARES = (
    (
        "clus1 share ell = 0",
        (),
        {"value": 0.0218579235, "se": 0.0226224508611339, "low": 0.00230469129854, "high": 0.177747766514},
    ),
    ("the same, beta interval", ("--interval", "beta"), {"low": 0.000216146832743, "high": 0.137507763915}),
)


def survey_cases() -> Iterator[Case]:
    """methods.md §1: R survey 4.1.1 on its api data."""
    for name, design, asked, answer in WHOLES:
        yield Case(name, _estimate(design, asked), {}, dict(zip(FIELDS, answer, strict=False)))
    for name, design, asked, (field, start), answers in BY_TYPE:
        for kind, answer in zip("EHM", answers, strict=True):
            expected = dict(zip(FIELDS, answer, strict=False))
            yield Case(f"{name} of {kind}", _estimate(design, asked), {field: start + kind}, expected)
    for name, options, expected in SHARES:
        yield Case(name, _estimate(CLUS1, ("ell", "--stat", "proportion", *options)), {"level": "0"}, expected, LOGIT)
    for name, design, quantiles in QUANTILES:
        for level, quantile in zip(("0.25", "0.5", "0.75"), quantiles, strict=True):
            expected = dict(zip(("value", "se", "low", "high"), quantile, strict=False))
            command = _estimate(design, ("api00", "--stat", "quantile"))
            yield Case(f"{name} quantile {level} of api00", command, {"level": level}, expected)
    for known, tolerance, pair in CALIBRATED:
        for asked, answer in zip((TOTAL, MEAN), pair, strict=True):
            command = _estimate(CLUS1, (*asked, "--calibrate", f"{known}.toml"))
            expected = dict(zip(FIELDS, answer, strict=False))
            yield Case(f"clus1 {known}: {asked[2]} {asked[0]}", command, {}, expected, tolerance)


def _estimate(design: tuple[str, ...], asked: tuple[str, ...]) -> tuple[str, ...]:
    file, *options = design
    return ("estimate", file, *asked, *options)


def impact_cases() -> Iterator[Case]:
    """methods.md §3: as published, to the digits that are given."""

    def case(name: str, design: str, data: tuple[str, ...], estimand: str, tolerance: float, **expected: float) -> Case:
        return Case(name, ("impact", design, *data), {"estimand": estimand}, expected, tolerance)

    yield case("mpdta simple", "staggered", MPDTA, "", 1e-5, value=-0.0399512752, se=0.0120340)
    for name, value, se in (
        ("dynamic", -0.0772398215, 0.0199650),
        ("group", -0.0310182822, 0.0124461),
        ("calendar", -0.0417004321, 0.0159719),
    ):
        yield case(f"mpdta {name}", "staggered", MPDTA, name, 1e-5, value=value, se=se)
    for time, value in enumerate((-0.019932, -0.050957, -0.137259, -0.100811)):
        yield case(f"mpdta event time {time}", "staggered", MPDTA, f"event time {time}", 3e-5, value=value)
    yield case(
        "mpdta two-way fixed effects (naive)", "staggered", MPDTA, "naive: two-way fixed effects", 3e-5, value=-0.036549
    )
    yield case("prop99 difference in differences", "2x2", PROP99, "", 1e-7, value=-27.349111)
    yield case("prop99 synthetic control", "synth", PROP99, "", 1e-5, value=-19.5136)
    yield case("prop99 synthetic DiD (published weights stop early)", "sdid", PROP99, "", 2e-4, value=-15.603828)
    yield case("police training simple", "rollout", TRAINING, "", 1e-6, value=-0.001126981, se=0.002115194)
    yield case("police training cohort", "rollout", TRAINING, "cohort", 1e-6, value=-0.001084689, se=0.002261011)
    yield case("police training calendar", "rollout", TRAINING, "calendar", 1e-5, value=-0.00187198, se=0.00255863)


def answers_to(command: tuple[str, ...], folder: Path, scratch: Path) -> list[dict[str, str]]:
    """The rows that the command gives as CSV; files of totals are written beside the data of this run."""
    words = [str(folder / word) if "/" in word else str(scratch / word) if word in KNOWN else word for word in command]
    done = subprocess.run(
        [str(Path(sys.executable).parent / "custodes"), *words, "--format", "csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def row_of(rows: list[dict[str, str]], wanted: dict[str, str]) -> dict[str, str]:
    """The first row whose fields begin with these words."""
    return next(row for row in rows if all(row[name].startswith(text) for name, text in wanted.items()))


def main(folder: Path) -> int:
    """Ask, print, and return 1 where a difference is too large."""
    known: dict[tuple[str, ...], list[dict[str, str]]] = {}
    outside = 0
    print(
        "| case | field | published | the command says | relative difference | tolerance |\n|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in KNOWN.items():
            (Path(scratch) / name).write_text(text, encoding="utf-8")
        for case in (*survey_cases(), *impact_cases()):
            if case.command not in known:
                known[case.command] = answers_to(case.command, folder, Path(scratch))
            row = row_of(known[case.command], case.rows)
            for field, value in case.expected.items():
                said = float(row[field])
                difference = abs(said - value) / abs(value)
                outside += difference > case.tolerance
                print(f"| {case.name} | {field} | {value:.15g} | {said:.15g} | {difference:.1e} | {case.tolerance:g} |")
    print(f"\n{outside} outside their tolerance.")
    return int(outside > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
