"""The one task: work on a job."""

from django_tasks import task

from custodes.jobs.actions import work_on


@task()
def work_on_job(label: str, pk: int) -> None:
    """Do the job of this model and key, if nobody else does."""
    work_on(label, pk)
