"""The stage that a law or procedure has reached, as documents prove it."""

from custodes.evidence.arguments import Argument, ArgumentType, nearest
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.types import Cell, Estimate


def stage_reached(request: Request) -> Crossing:
    """The place of a stage in its ladder, the first stage being 0.

    Shapes   stages: the ladder from lowest to highest; documents: what proves the stage.
    Units    steps; a difference between stages says nothing of effort.
    Returns  value, n (documents), notes with the stage's name and the documents. No interval: a document is there or is not.
    Refuses  ArgumentInvalid for a stage that is not in the ladder, or without a document.
    Source   European Commission (2023), Guidelines on results indicators: milestones (idea).
    Checked  tests/evidence/test_other_estimators.py.
    """
    stages, stage, documents = request.texts("stages"), request.text("stage"), request.texts("documents")
    if len(stages) < 2 or len(set(stages)) != len(stages):
        raise ArgumentInvalid(
            "A ladder needs at least two different stages.", where="argument stages", remedy="Name each stage once."
        )
    if stage not in stages:
        raise ArgumentInvalid(
            f"“{stage}” is not a stage of the ladder.", where="argument stage", remedy=nearest(stage, stages)
        )
    estimate = Estimate(
        cell=Cell(),
        value=float(stages.index(stage)),
        unit=request.estimator.unit,
        method=request.estimator.slug,
        n=len(documents),
        notes=(f"Stage: {stage}.", *(f"Held by: {document}." for document in documents)),
    )
    return Crossing((estimate,))


ESTIMATOR = Estimator(
    slug="ordinal_milestone",
    name="Stage reached",
    unit="stage",
    citation="European Commission, EU External Action results framework: milestone indicators.",
    summary="The stage that a law or procedure has reached, as documents prove it.",
    kinds=frozenset(),
    arguments=(
        Argument("stages", "Stages", "Name the stages from lowest to highest.", ArgumentType.VALUES),
        Argument("stage", "Stage", "Name the stage reached.", ArgumentType.TEXT),
        Argument("documents", "Documents", "Name at least one document that proves it.", ArgumentType.VALUES),
    ),
    compute=stage_reached,
)
