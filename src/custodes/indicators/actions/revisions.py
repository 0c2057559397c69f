"""Keeping what a reading was: one revision per act, with the content as it then stood, and what question it answered."""

from collections.abc import Iterable

from django.utils import timezone

from custodes.indicators.models import Computation, Reading, ReadingRevision
from custodes.indicators.rules.content import Content
from custodes.ledger.models import Entry
from custodes.ledger.rules import value_hash
from custodes.programmes.rules.plan import exact


def content_of(reading: Reading) -> Content:
    """The content of a stored reading, as it would be hashed."""
    return Content(
        programme=reading.indicator.programme.code,
        indicator=reading.indicator.code,
        definition_version=reading.definition_version.number,
        start=reading.start, end=reading.end, period_kind=reading.period_kind,
        area=reading.area.code, categories=reading.categories, cell_key=reading.cell_key, source=reading.source,
        text=reading.text, value=reading.value, numerator=reading.numerator, denominator=reading.denominator,
        se=reading.se, low=reading.low, high=reading.high, coverage=reading.coverage, uncertainty=reading.uncertainty,
        n=reading.n, missing=reading.missing, missing_share=reading.missing_share, missing_policy=reading.missing_policy, df=reading.df,
        design_effect=reading.design_effect, completeness=reading.completeness, method=reading.method,
        refusal=reading.refusal, refusal_text=reading.refusal_text, notes=tuple(reading.notes),
        is_estimated=reading.is_estimated, dataset_hashes=tuple(sorted(reading.dataset_hashes)),
    )  # fmt: skip


def keep_revisions(readings: Iterable[Reading], *, entry: Entry) -> None:
    """Write one revision of each reading for the act of a ledger entry, in one insert."""
    now = timezone.now()
    ReadingRevision.objects.bulk_create(
        [
            ReadingRevision(
                reading=reading, number=reading.revision, act=entry.act, snapshot=content_of(reading).row | {"status": reading.status},
                content_hash=reading.result_hash, by=entry.actor, role=entry.role, at=now, why=entry.why, entry=entry.seq,
            )
            for reading in readings
        ],
        batch_size=500,
    )  # fmt: skip


def question_hash(computation: Computation) -> str:
    """sha256 of all that decides what a computation finds, apart from the data: kept in the ledger, so that a changed question shows."""
    question = {
        "definition_version": computation.definition_version_id, "estimator": computation.estimator, "source": computation.source,
        "arguments": computation.arguments, "inputs": computation.inputs, "crossings": computation.crossings,
        "missing_policy": computation.missing_policy, "start": str(computation.start), "end": str(computation.end),
        "every": computation.every, "period_kind": computation.period_kind,
    }  # fmt: skip
    return value_hash(exact(question))
