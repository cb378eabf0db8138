"""The measurements of `make bench` still run: how fast anything is, a shared machine cannot tell a test."""

import subprocess
import sys
from pathlib import Path

import msgspec

from bench.result import Result, skipped, table

ROOT = Path(__file__).resolve().parent.parent


def test_a_goal_is_met_on_the_right_side_of_its_limit() -> None:
    assert Result("rate", 0.5, "x", "at least", 0.5).is_met
    assert not Result("rate", 0.49, "x", "at least", 0.5).is_met
    assert Result("time", 0.2, "s", "at most", 0.2).is_met
    assert not Result("time", 0.21, "s", "at most", 0.2).is_met
    assert Result("size", 3, "MB").is_met is None
    assert skipped("rate", "no load generator").is_met is None


def test_the_table_says_what_was_missed_and_why_something_is_absent() -> None:
    lines = table([Result("rate", 0.4, "x", "at least", 0.5, "busy"), skipped("size", "no ps")]).splitlines()
    assert lines[1].split() == ["rate", "0.4", "x", ">=", "0.5", "MISSED", "busy"]
    assert lines[2].split() == ["size", "skipped", "no", "ps"]


def test_a_quick_run_measures_what_it_is_asked_for() -> None:
    command = [
        sys.executable,
        "-m",
        "bench",
        "--quick",
        "--json",
        "--only",
        "freshness",
        "--only",
        "in-process",
        "--only",
        "engine",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    results = msgspec.json.decode(run.stdout, type=list[Result])
    stale, *others = results
    assert stale.figure == 0
    assert len(others) == 5
    assert all(result.figure > 0 for result in others)
