"""`margind cascade`: a table, a document, a picture; mistakes in one sentence."""

import json
from pathlib import Path

import pytest

from tests.cascade.crash import crash_file
from tests.cli.conftest import Run

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def candles(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(crash_file(tmp_path_factory.mktemp("candles")))


def test_the_table_has_a_row_for_each_eventful_minute_and_their_sum(run: Run, candles: str) -> None:
    result = run("cascade", "--candles", candles, "--accounts", "40")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == "BTCUSDT 40 accounts of seed 1, crash.csv"
    titles = next(line for line in lines if "Liquidated" in line)
    assert titles.split()[:2] == ["Minute", "Mark"]
    assert any(line.split()[:2] == ["10-10", "21:08"] for line in lines)
    assert any(line.split()[:1] == ["all"] for line in lines)
    assert "accounts liquidated" in result.output
    assert "state hash" in lines[-1]


def test_json_has_every_digit_and_is_the_same_twice(run: Run, candles: str) -> None:
    asked = ("cascade", "--candles", candles, "--accounts", "25", "--seed", "3", "--for", "7m", "--json")
    first = run(*asked)
    assert run(*asked).output == first.output
    document = json.loads(first.output)
    assert len(document["minutes"]) == 7
    assert document["crowd"]["seed"] == 3
    assert document["minutes"][6]["low"] == "80000.00"


def test_a_picture_is_drawn(run: Run, candles: str, tmp_path: Path) -> None:
    path = tmp_path / "crash.png"
    result = run("cascade", "--candles", candles, "--accounts", "10", "--picture", str(path))
    assert result.exit_code == 0
    assert path.read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--recording", "2025-05-10", "--symbol", "NOPE"), "recording 2025-05-10 has no NOPE on USDⓈ-M"),
        (("--from", "2024-01-01"), "2025-05-05-layer has no minutes there: it goes from 2025-05-04T15:37Z"),
        (("--from", "noon"), "'noon' is no time"),
        (("--for", "soon"), "'soon' is no duration"),
        (("--fund", "much"), "'much' is not a plain decimal number"),
        (("--accounts", "0"), "0 is not in the range"),
        (("--candles", "nowhere.csv"), "'nowhere.csv' does not exist"),
    ],
)
def test_what_cannot_be_played_is_said_in_one_sentence(run: Run, options: tuple[str, ...], said: str) -> None:
    result = run("cascade", *options)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_minutes_come_from_one_place(run: Run, candles: str) -> None:
    result = run("cascade", "--candles", candles, "--recording", "2025-05-10")
    assert result.exit_code == 2
    assert "from a recording or from a file, not from both" in " ".join(result.stderr.split())


def test_a_picture_that_cannot_be_written_is_said(run: Run, candles: str, tmp_path: Path) -> None:
    path = tmp_path / "none" / "crash.png"
    result = run("cascade", "--candles", candles, "--accounts", "1", "--for", "1m", "--picture", str(path))
    assert result.exit_code == 1
    assert f"{path} cannot be written: No such file or directory" in " ".join(result.stderr.split())
