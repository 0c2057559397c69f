"""Checking what was done: the ledger's chain, the bytes of data sets, and figures that claim to follow from them."""

from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import Progress

from custodes.evidence.errors import Problem
from custodes.site.commands.installation import prepare_django
from custodes.site.errors import ChainHeadUnreadable, NameUnknown

if TYPE_CHECKING:
    from custodes.ledger.queries import ChainHead

HASH_LENGTH = 64


def verify_record(head: str | None) -> int:
    """Check chain, data sets and submissions, say what was found, and return the number of findings. Raises ChainHeadUnreadable."""
    number_and_hash = _head_parts(head) if head else None
    prepare_django()
    from custodes.ledger.queries import ChainHead

    expected = ChainHead(*number_and_hash) if number_and_hash else None
    with Progress(console=Console(stderr=True), transient=True) as progress:
        findings = _chain_findings(progress, expected) + _dataset_findings(progress) + _received_findings(progress)
    for finding in findings:
        typer.echo(f"FAILED  {finding}", err=True)
    return len(findings)


def _head_parts(head: str) -> tuple[int, str]:
    number, _, text = head.partition(":")
    if not number.isdigit() or len(text) != HASH_LENGTH:
        raise ChainHeadUnreadable(
            f"{head!r} is not a head.", where="--head", remedy="Write it as custodes verify printed it: SEQ:HASH."
        )
    return int(number), text


def _chain_findings(progress: Progress, expected: "ChainHead | None") -> list[Problem]:
    from custodes.ledger.errors import ChainBroken
    from custodes.ledger.models import Entry
    from custodes.ledger.queries import checked_chain

    task = progress.add_task("Ledger", total=Entry.objects.count())
    try:
        head = checked_chain(expected_head=expected, on_progress=lambda seq: progress.update(task, completed=seq))
    except ChainBroken as broken:
        return [broken]
    typer.echo(f"Ledger: each of {head.seq} entries follows from the one before. Head {head.seq}:{head.hash}")
    return []


def _dataset_findings(progress: Progress) -> list[Problem]:
    """Every data set that the register or the ledger knows must have its bytes."""
    from custodes.ledger.actions import checked_dataset_path
    from custodes.ledger.errors import DatasetAbsent, DatasetAltered
    from custodes.ledger.models import Dataset, Entry

    subjects = Entry.objects.filter(act="dataset.register").values_list("subject", flat=True)
    recorded = {subject.removeprefix("dataset:") for subject in subjects}
    names = sorted(recorded | set(Dataset.objects.values_list("sha256", flat=True)))
    findings: list[Problem] = []
    for sha256 in progress.track(names, description="Data sets"):
        try:
            checked_dataset_path(sha256)
        except (DatasetAbsent, DatasetAltered) as finding:
            findings.append(finding)
    if not findings:
        typer.echo(f"Data sets: all {len(names)} files have the bytes they are named by.")
    return findings


def _received_findings(progress: Progress) -> list[Problem]:
    """Every content and every file that devices sent must have its bytes."""
    from custodes.collection.receiver.checking import check_received, received_count

    total = received_count()
    checked = progress.track(check_received(), total=total, description="Submissions")
    findings = [finding for finding in checked if finding is not None]
    if total and not findings:
        typer.echo(f"Submissions: all {total} contents and files have the bytes they are named by.")
    return findings


def reproduce_figure(number: int) -> bool:
    """Compute one reading again, say what came of it, and return whether it holds. Raises NameUnknown."""
    prepare_django()
    from django.core.exceptions import ObjectDoesNotExist

    from custodes.indicators.actions import reproduce_reading

    try:
        reproduction = reproduce_reading(number)
    except ObjectDoesNotExist:
        raise NameUnknown(
            f"there is no reading {number}.",
            where="READING",
            remedy="Its number stands at the end of its page's address.",
        ) from None
    for sentence in reproduction.sentences:
        typer.echo(sentence)
    typer.echo(f"Reading {number} {'holds' if reproduction.holds else 'DOES NOT HOLD'}.")
    return reproduction.holds
