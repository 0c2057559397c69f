# ruff: noqa: T201
"""How fast pages answer with 100,000 readings, against the health page of the same server in the same run, and how many queries each asks.

Budget: p95 under 100 ms with one visitor at a time, at most 15 queries, no more of them with 100,000 readings than with the demonstration's.
"""

import sys
from dataclasses import dataclass

from _client import times_of
from _karuna import METHOD, READINGS, demonstration, folder_from_arguments, grow, production_server, session_of

REQUESTS = 200
MOST_MILLISECONDS, MOST_QUERIES = 100, 15
FLOOR = "/health"


@dataclass(frozen=True, slots=True)
class Page:
    """One address, and the role that asks for it; an empty one is anybody."""

    name: str
    path: str
    role: str = ""


def pages() -> tuple[Page, ...]:
    """The pages that people open most, of the indicator with most readings and the computation with most."""
    from django.db.models import Count
    from django.urls import reverse

    from custodes.indicators.models import Computation, Reading

    rows = Reading.objects.filter(status="published").exclude(method=METHOD)
    code = rows.values_list("indicator__code").annotate(count=Count("pk")).order_by("-count").first()[0]
    programme = rows.first().indicator.programme.code
    computation = Computation.objects.annotate(count=Count("readings")).order_by("-count").first().pk
    place = rows.filter(area__level__gt=0).order_by("area__code").first().area.code
    reading = rows.filter(indicator__code=code).first().pk
    return (
        Page("public: home", reverse("portal-home")),
        Page("public: programme", reverse("portal-programme", args=[programme])),
        Page("public: indicator", reverse("portal-indicator", args=[programme, code])),
        Page("public: place", reverse("portal-place", args=[place])),
        Page("public: how it was made", reverse("portal-reading", args=[reading])),
        Page("staff: board", reverse("programme-board", args=[programme]), "me_officer"),
        Page("staff: indicator", reverse("indicator-page", args=[programme, code]), "me_officer"),
        Page("staff: work queue", reverse("work-queue"), "verifier"),
        Page("staff: computation", reverse("computation-detail", args=[computation]), "me_officer"),
        Page("API: programmes", "/api/v1/public/programmes"),
    )


def query_counts(shown: tuple[Page, ...], sessions: dict[str, str]) -> dict[str, int]:
    """Queries of each page when nothing is kept of it."""
    from django.core.cache import caches
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    counts = {}
    for page in shown:
        client = Client(headers={"host": "127.0.0.1"})
        if page.role:
            client.cookies["sessionid"] = sessions[page.role]
        client.get(page.path)  # what a process looks up once
        for each in caches.all():
            each.clear()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            status = client.get(page.path).status_code
        if status != 200:
            raise SystemExit(f"{page.path} answered {status}")
        counts[page.name] = len(captured)
    return counts


def main() -> int:
    """Measure, print, and return how many pages miss a budget."""
    missed = 0
    with demonstration(folder_from_arguments(__doc__)):
        shown = pages()
        sessions = {role: session_of(role) for role in {page.role for page in shown} - {""}}
        before = query_counts(shown, sessions)
        count = grow(READINGS)
        after = query_counts(shown, sessions)
        print(
            f"{count} readings, {REQUESTS} requests a page, over loopback; times in ms; ratio: p50 to that of {FLOOR}"
        )
        with production_server() as server:
            times_of(server.port, shown[0].path, requests=1, at_once=1)  # the server's own first visit is over then
            floor = times_of(server.port, FLOOR, requests=REQUESTS, at_once=1)
            print(f"{'page':26}{'first':>8}{'p50':>8}{'p95':>8}{'ratio':>8}{'p95, 4':>8}{'KB':>7}{'queries':>9}")
            print(f"{FLOOR:26}{floor.first:8.1f}{floor.p50:8.1f}{floor.p95:8.1f}{1:8.1f}")
            for page in shown:
                headers = {"Cookie": f"sessionid={sessions[page.role]}"} if page.role else {}
                one = times_of(server.port, page.path, requests=REQUESTS, at_once=1, headers=headers)
                four = times_of(server.port, page.path, requests=REQUESTS, at_once=4, headers=headers)
                queries = after[page.name]
                fails = one.p95 > MOST_MILLISECONDS or queries > MOST_QUERIES or queries > before[page.name]
                missed += fails
                print(
                    f"{page.name:26}{one.first:8.1f}{one.p50:8.1f}{one.p95:8.1f}{one.p50 / floor.p50:8.1f}{four.p95:8.1f}"
                    f"{one.bytes / 1024:7.1f}{before[page.name]:>5}→{queries:<3}{'MISSED' if fails else 'ok'}"
                )
    return missed


if __name__ == "__main__":
    sys.exit(main())
