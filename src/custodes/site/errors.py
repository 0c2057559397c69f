"""The assembly's slice of the error catalogue.

Problem
├── InputProblem
│   ├── PortTaken                another program listens where the site should
│   ├── DataFolderNotWritable    nothing can be kept where data_dir points
│   ├── DatabaseUnreachable      the database does not answer
│   ├── ChainHeadUnreadable      --head is not a number and a hash
│   └── NameUnknown              a command names an account, source or reading that does not exist
└── DemonstrationIncomplete      the demonstration was interrupted while it was loaded
`SettingInvalid` stands beside the settings, in config.py.
"""

from custodes.evidence.errors import InputProblem, Problem


class PortTaken(InputProblem):
    """Another program listens on this address."""

    code = "site.port-taken"


class DataFolderNotWritable(InputProblem):
    """The data folder cannot be made or written."""

    code = "site.data-folder-not-writable"


class DatabaseUnreachable(InputProblem):
    """The database does not answer."""

    code = "site.database-unreachable"
    status = 503


class ChainHeadUnreadable(InputProblem):
    """The noted head of the ledger is not a number and a hash."""

    code = "site.chain-head-unreadable"


class NameUnknown(InputProblem):
    """A command names something that does not exist."""

    code = "site.name-unknown"
    status = 404


class DemonstrationIncomplete(Problem):
    """The demonstration was interrupted while it was loaded."""

    code = "site.demonstration-incomplete"
    status = 409
