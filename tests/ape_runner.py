"""Ape's pytest plugin, kept to the tests that use Ape.

As it comes it connects to a chain before the first test, takes and restores a snapshot of it around
every test (10 ms, whether the test knows of a chain or not), runs fixtures again that it believes
such a snapshot undid, and cuts every traceback to its own taste. Here a test uses Ape if it asks,
itself or through its fixtures, for one of Ape's (`accounts`, `chain`, `project`, ...).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ape.pytest.fixtures import PytestApeFixtures
from ape.pytest.runners import PytestApeRunner

_NAME = "ape-test"  # of the runner, among pytest's plugins


class ApeWhereAsked(PytestApeRunner):
    """Ape's runner for some tests, and nothing for the others."""

    def uses_ape(self, item: pytest.Item) -> bool:
        """Whether a test asks for one of Ape's fixtures, and not for a namesake."""
        info = getattr(item, "_fixtureinfo", None)
        found = () if info is None else info.name2fixturedefs.values()
        return any(each[-1].func.__module__ == PytestApeFixtures.__module__ for each in found)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Isolate a test that uses Ape."""
        if self.uses_ape(item):
            super().pytest_runtest_setup(item)

    def pytest_exception_interact(self, node: pytest.Item, call: Any, report: Any) -> None:
        """Show the failure of a test that uses Ape without Ape's own frames."""
        if self.uses_ape(node):
            super().pytest_exception_interact(report, call)

    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> None:
        """Note the chain's height before a fixture, where there is a chain."""
        if self._provider_is_connected:
            super().pytest_fixture_setup(fixturedef, request)

    def pytest_fixture_post_finalizer(self, fixturedef: Any, request: Any) -> None:
        """Note the chain's height after a fixture, where there is a chain."""
        if self._provider_is_connected:
            super().pytest_fixture_post_finalizer(fixturedef, request)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> Iterator[None]:
        """Connect if any test needs it."""
        yield
        if any(map(self.uses_ape, session.items)):
            self._connect()


def keep_ape_where_asked(config: pytest.Config) -> None:
    """Put this runner in the place of Ape's."""
    plain = config.pluginmanager.unregister(name=_NAME)
    runner = ApeWhereAsked(
        plain.config_wrapper,
        plain.isolation_manager,
        plain.receipt_capture,
        plain.gas_tracker,
        plain.coverage_tracker,
        fixture_manager=plain.fixture_manager,
    )
    config.pluginmanager.register(runner, _NAME)
    PytestApeRunner._test_runner = runner
