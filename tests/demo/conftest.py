"""Karuna is made once for all its tests: it is immutable and costs a second."""

import pytest

from custodes.site.demo.generate import Demonstration, generate


@pytest.fixture(scope="session")
def karuna_made() -> Demonstration:
    return generate()
