"""One deployment a module, given back after each test as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adl_world import untouched
from tests.crew_world import CrewWorld


@pytest.fixture(scope="module")
def deployed() -> CrewWorld:
    """A crew of attackers beside an honest maker."""
    return CrewWorld()


@pytest.fixture
def world(deployed: CrewWorld) -> Iterator[CrewWorld]:
    with untouched(deployed):
        yield deployed
