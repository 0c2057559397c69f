"""One server for all tests of a process, on a folder of its own."""

from collections.abc import Iterator

import pytest

from tests.receiver.server import Server, prepare, serving
from tests.running_site import prepared_folder, shared_folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that nobody slows down or fills up."""
    folder = prepared_folder(shared_folder(tmp_path_factory), tmp_path_factory.mktemp("receiver") / "data")
    rows = prepare(folder)
    with serving(folder) as running:
        running.rows = rows
        yield running
