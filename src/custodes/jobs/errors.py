"""The jobs' slice of the error catalogue.

Problem
└── LeaseLost   another worker has taken the job up; what this one was writing is rolled back
"""

from custodes.evidence.errors import Problem


class LeaseLost(Problem):
    """The job belongs to another worker now."""

    code = "jobs.lease-lost"
    status = 409
