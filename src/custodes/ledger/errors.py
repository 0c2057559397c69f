"""The ledger's slice of the error catalogue.

Problem
├── OutsideTransaction   an entry was about to be written apart from what it records
├── ChainBroken          an entry does not follow from the one before
└── DatasetAltered       the bytes of a data set are not those it is named by
"""

from custodes.evidence.errors import Problem


class OutsideTransaction(Problem):
    """An entry must be written in the same transaction as what it records."""

    code = "ledger.outside-transaction"
    status = 500


class ChainBroken(Problem):
    """An entry was changed, removed or inserted."""

    code = "ledger.chain-broken"
    status = 500


class DatasetAltered(Problem):
    """The bytes of a data set are not those that it is named by."""

    code = "ledger.dataset-altered"
    status = 409


class DatasetAbsent(Problem):
    """The file of a data set is not in the storage."""

    code = "ledger.dataset-absent"
    status = 409
