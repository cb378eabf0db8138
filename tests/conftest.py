"""What any test may ask for, and what the suite does about a wire reference that is not there."""

import os
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = Path(os.environ.get("MARGIND_REFERENCE") or ROOT.parent / "shared" / "reference")
DESELECTED = pytest.StashKey[int]()

set_hypothesis_home_dir(ROOT / ".cache" / "hypothesis")
# A shared machine is slow at times, which says nothing about the code. (Where CI is set, Hypothesis takes its
# own "ci" profile, which has no deadline either and draws the same examples every time.)
hypothesis.settings.register_profile("margind", deadline=None)
if not os.environ.get("CI"):
    hypothesis.settings.load_profile("margind")


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of the wire reference; a test that asks for it is collected only where it exists."""
    return REFERENCE


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "reference" in getattr(item, "fixturenames", ()):
            item.add_marker("reference")
    if REFERENCE.is_dir():
        return
    absent = [item for item in items if item.get_closest_marker("reference")]
    if absent:
        items[:] = [item for item in items if not item.get_closest_marker("reference")]
        config.hook.pytest_deselected(items=absent)
        remember_deselected(config, len(absent))


def remember_deselected(config: pytest.Config, count: int) -> None:
    config.stash[DESELECTED] = count
    # A worker of pytest-xdist tells its controller, which has collected nothing and prints the summary.
    worker_output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if worker_output is not None:
        worker_output["reference_checks_deselected"] = count


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    count = getattr(node, "workeroutput", {}).get("reference_checks_deselected")
    if count:
        node.config.stash[DESELECTED] = count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    count = config.stash.get(DESELECTED, 0)
    if count:
        terminalreporter.write_line(f"{count} checks against the wire reference deselected: folder not there")
