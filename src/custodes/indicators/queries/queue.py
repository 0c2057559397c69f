"""What waits for an account."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Min, QuerySet

from custodes.indicators.models import Computation, Reading
from custodes.indicators.queries.readings import visible_readings
from custodes.jobs.models import JobState
from custodes.people.permissions import Visitor
from custodes.people.queries import rows_within
from custodes.people.rules import Role
from custodes.programmes.models import Indicator, Programme
from custodes.programmes.queries import plans_returned_to, plans_to_approve


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """What waits for an account: plans, and readings each with the indicator it belongs to."""

    plans_to_approve: tuple[Programme, ...]
    plans_returned: tuple[Programme, ...]
    returned: tuple[Reading, ...]
    drafts: tuple["QueueBatch", ...]
    to_verify: tuple["QueueBatch", ...]
    to_publish: tuple["QueueBatch", ...]
    jobs: tuple[Computation, ...]

    @property
    def is_empty(self) -> bool:
        return not (
            self.plans_to_approve
            or self.plans_returned
            or self.returned
            or self.drafts
            or self.to_verify
            or self.to_publish
            or self.jobs
        )


@dataclass(frozen=True, slots=True)
class QueueBatch:
    """Readings of one computation that take the next step together."""

    indicator: Indicator
    start: date
    end: date
    source: str
    count: int
    computation: int


def work_queue(account: Visitor) -> WorkQueue:
    """Plans to approve or returned; own returned readings and drafts; others' submitted readings where the account verifies; verified ones where
    it publishes."""
    mine = visible_readings(account).filter(entered_by=getattr(account, "reference", "-"))
    returned = mine.filter(status=Reading.Status.RETURNED).select_related(
        "indicator__programme", "area", "definition_version"
    )
    jobs = Computation.objects.filter(created_by=getattr(account, "reference", "-")).exclude(state=JobState.DONE)
    return WorkQueue(
        plans_to_approve=tuple(plans_to_approve(account)),
        plans_returned=tuple(plans_returned_to(account)),
        returned=tuple(returned.order_by("-end")[:50]),
        drafts=_batches(mine.filter(status=Reading.Status.DRAFT)),
        to_verify=_batches(
            _for_role(account, Role.VERIFIER, Reading.Status.SUBMITTED).exclude(
                entered_by=getattr(account, "reference", "-")
            )
        ),
        to_publish=_batches(_for_role(account, Role.PUBLISHER, Reading.Status.VERIFIED)),
        jobs=tuple(jobs.select_related("indicator__programme")[:20]),
    )


def _for_role(account: Visitor, role: Role, status: str) -> QuerySet[Reading]:
    rows = Reading.objects.filter(status=status)
    return rows_within(
        rows,
        account,
        programme="indicator__programme__code",
        area="area__path",
        institution="indicator__institution__path",
        roles=(role,),
    )


def _batches(readings: QuerySet[Reading]) -> tuple[QueueBatch, ...]:
    rows = list(
        readings.values("indicator", "computation", "source")
        .annotate(count=Count("pk"), first=Min("start"), last=Max("end"))
        .order_by("-last", "indicator")[:200]
    )
    indicators = Indicator.objects.select_related("programme").in_bulk({row["indicator"] for row in rows})
    return tuple(
        QueueBatch(
            indicators[row["indicator"]], row["first"], row["last"], row["source"], row["count"], row["computation"]
        )
        for row in rows
    )
