"""Fixtures of the whole suite. What only some tests need is imported only when they ask for it."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.world import World

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# A slow machine is no bug of the code under test: examples are counted, not timed. Under CI=true
# Hypothesis has a profile of its own, the same examples for ever: ours is named, so it is not used.
_COMMON: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
    "derandomize": False,
}
settings.register_profile("dev", max_examples=25, **_COMMON)
settings.register_profile("ci", max_examples=100, print_blob=True, database=None, **_COMMON)
settings.register_profile("deep", max_examples=2_000, print_blob=True, **_COMMON)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
settings.load_profile(PROFILE)


def _seed_of_this_tree() -> int:
    """New examples for each change, and one verdict a change: the seed is the tree's own hash."""
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD^{tree}"]
    try:
        tree = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return secrets.randbelow(2**32)
    return int(tree[:8], 16)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Choose Hypothesis' seed, before it looks; `make test SEED=N` gives one back."""
    seed = config.getoption("--hypothesis-seed") or os.environ.get("HYPOTHESIS_SEED")
    if seed is None and PROFILE == "ci":
        seed = str(_seed_of_this_tree())
    config.option.hypothesis_seed = seed


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let Ape's fixtures be there for all, and its chain only for the tests that take them."""
    if config.pluginmanager.has_plugin("ape-test"):
        from tests.ape_runner import keep_ape_where_asked

        keep_ape_where_asked(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand the suite's files out to the cores."""
    from tests.support.distribution import FilesAndApe

    return FilesAndApe(config, log)


def pytest_report_header(config: pytest.Config) -> str:
    """Say how many examples there are, and which: the line that brings them back."""
    seed = config.getoption("--hypothesis-seed")
    again = "no seed" if seed is None else f"seed {seed}, again with HYPOTHESIS_SEED={seed}"
    return f"hypothesis profile {PROFILE}: {settings.default.max_examples} examples, {again}"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The price files and crash data beside the repository; skips where they are not."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the data of ../shared/data is not here")
    return SHARED_DATA


@pytest.fixture(scope="module")
def deployed_world() -> World:
    """The protocol deployed in this process, once a module; take `world` instead."""
    from tests.world import World

    return World()


@pytest.fixture
def world(deployed_world: World) -> Iterator[World]:
    """The deployed protocol, as fresh for each test."""
    before = deployed_world.snapshot()
    yield deployed_world
    deployed_world.revert(before)


@pytest.fixture(scope="session")
def roles(accounts: Any) -> dict[str, Any]:
    """Ape's test accounts by what they do."""
    from tests.world import ROLES

    return dict(zip((*ROLES, "guardian", "treasury"), accounts, strict=False))


@pytest.fixture(scope="session")
def owner(roles: dict[str, Any]) -> Any:
    """Deploys the protocol and owns it."""
    return roles["owner"]


@pytest.fixture(scope="session")
def guardian(roles: dict[str, Any]) -> Any:
    """May stop, and not start again."""
    return roles["guardian"]


@pytest.fixture(scope="session")
def reporter(roles: dict[str, Any]) -> Any:
    """Pushes every feed."""
    return roles["reporter"]


@pytest.fixture(scope="session")
def maker(roles: dict[str, Any]) -> Any:
    """Rests orders."""
    return roles["maker"]


@pytest.fixture(scope="session")
def taker(roles: dict[str, Any]) -> Any:
    """Takes them."""
    return roles["taker"]


@pytest.fixture(scope="session")
def whale(roles: dict[str, Any]) -> Any:
    """Stakes in the insurance pool; is larger than the book."""
    return roles["whale"]


@pytest.fixture(scope="session")
def keeper(roles: dict[str, Any]) -> Any:
    """Pokes and liquidates."""
    return roles["keeper"]


@pytest.fixture(scope="session")
def treasury(roles: dict[str, Any]) -> Any:
    """Gets its share of the fees."""
    return roles["treasury"]


@pytest.fixture(scope="session")
def stranger(roles: dict[str, Any]) -> Any:
    """May do nothing that needs a permission."""
    return roles["stranger"]
