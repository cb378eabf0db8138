"""Commands that need no server, and what the others say when there is none."""

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from margind.cli.commands import margind
from margind.cli.serve import default_data_folder
from margind.feeds.catalogue import recordings
from tests.cli.conftest import Run


@pytest.fixture
def nobody() -> str:
    """An address at which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.mark.parametrize(
    "arguments",
    [
        ("account",),
        ("accounts",),
        ("price",),
        ("price", "set", "BTCUSDT", "1"),
        ("clock",),
        ("clock", "advance", "8h"),
        ("explain", "availableBalance"),
        ("exchanges",),
        ("transfer", "demo", "-5", "USDT"),
        ("key", "create", "demo"),
        ("audit",),
        ("hash", "--json"),
    ],
)
def test_without_a_server_one_sentence_says_how_to_start_one(
    run: Run, nobody: str, arguments: tuple[str, ...]
) -> None:
    result = run(*arguments, url=nobody)
    assert result.exit_code == 1
    assert result.stdout == ""
    start = "start one with `margind serve`, or name another with --url"
    assert result.stderr == f"margind: no server answers at {nobody}: {start}\n"


def test_feeds_lists_every_recording_with_its_symbols_and_licence(run: Run) -> None:
    text = run("feeds").output
    for recording in recordings():
        assert recording.name in text
        assert recording.description in text
        for row in recording.symbols:
            assert row.symbol in text
            assert row.licence in text
    assert "synthetic" in text
    assert "manual" in text


def test_feeds_are_the_catalogue_as_json(run: Run) -> None:
    rows = json.loads(run("feeds", "--json").output)
    assert [row["name"] for row in rows] == [recording.name for recording in recordings()]
    assert {"BTCUSDT", "ETHUSDT", "BTCUSD_PERP"} <= {symbol["symbol"] for symbol in rows[0]["symbols"]}


def test_state_is_kept_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_data_folder() == Path("/data/margind")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_data_folder() == Path("/home/ada/.local/share/margind")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_data_folder() == Path("/home/ada/.local/share/margind")
    monkeypatch.setattr("sys.platform", "darwin")
    assert default_data_folder() == Path("/home/ada/Library/Application Support/margind")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_calls_margind_back(run: Run, shell: str) -> None:
    script = run("completion", shell).stdout
    assert f"_MARGIND_COMPLETE={shell}_complete" in script


def test_completion_without_a_server_offers_nothing_and_says_nothing(run: Run, nobody: str) -> None:
    words = {
        "_MARGIND_COMPLETE": "bash_complete",
        "COMP_WORDS": f"margind account --url {nobody} ",
        "COMP_CWORD": "4",
    }
    result = CliRunner().invoke(margind, prog_name="margind", env=words)
    assert result.output == "\n"  # click's own empty list
