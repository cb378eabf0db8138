"""`margind --help` answers at once, names every command, and is true about each."""

import json
import subprocess
import sys

import click
import pytest

from margind import __version__
from margind.cli.commands import margind
from margind.cli.reference import cli_reference
from tests.cli.conftest import Run

LATE = ("rich", "msgspec", "uvicorn", "asyncio", "http", "decimal", "margind.app", "margind.engine")


def imported_by(*arguments: str) -> set[str]:
    program = (
        "import sys, json\n"
        f"sys.argv = {['margind', *arguments]!r}\n"
        "from margind.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(json.loads(done.stderr))


def test_help_names_every_command_and_what_it_does(run: Run) -> None:
    text = run("--help").output
    for name, loader in margind.loaders.items():
        assert f"  {name} " in text
        assert (loader.__doc__ or "") in text


def test_help_imports_no_command_and_nothing_slow() -> None:
    assert imported_by("--help").isdisjoint(LATE)


def test_help_of_serve_does_not_import_the_server() -> None:
    assert imported_by("serve", "--help").isdisjoint({"rich", "uvicorn", "margind.app"})


def test_h_is_short_for_help_everywhere(run: Run) -> None:
    assert run("-h").output == run("--help").output
    assert run("price", "set", "-h").output == run("price", "set", "--help").output


@pytest.mark.parametrize("name", margind.loaders)
def test_help_fits_a_terminal_of_80_columns(run: Run, name: str) -> None:
    command = margind.get_command(click.Context(margind), name)
    below = command.commands if isinstance(command, click.Group) else {}
    for words in ((name,), *((name, inner) for inner in below)):
        lines = run(*words, "--help").output.splitlines()
        assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize("name", margind.loaders)
def test_a_command_is_called_what_the_list_calls_it(name: str) -> None:
    command = margind.get_command(click.Context(margind), name)
    assert command is not None
    assert command.name == name


def test_a_misspelled_command_is_told_what_it_may_have_been(run: Run) -> None:
    result = run("acount")
    assert result.exit_code == 2
    assert "No such command 'acount'. Did you mean 'account'?" in result.stderr


def test_a_command_that_resembles_none_gets_no_guess(run: Run) -> None:
    result = run("zzzzzz")
    assert result.exit_code == 2
    assert "Did you mean" not in result.stderr


def test_an_unknown_option_is_no_command(run: Run) -> None:
    assert "No such option '--nonsense'" in run("--nonsense").stderr


def test_the_version_stands_in_one_place(run: Run) -> None:
    assert run("--version").output == f"margind {__version__}\n"
    assert run("version").output.startswith(f"margind {__version__} (Python 3.")
    assert json.loads(run("version", "--json").output)["version"] == __version__


def test_the_reference_page_has_the_help_of_every_command() -> None:
    page = cli_reference()
    for heading in ("# Command line", "## margind", "### margind serve", "#### margind price set"):
        assert f"{heading}\n" in page
    assert "Usage: margind price set [OPTIONS] SYMBOL [MARK]" in page
    assert "--initial-margin-rounding [up|cut]" in page


def test_the_reference_page_does_not_depend_on_where_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    page = cli_reference()
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("MARGIND_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("HOME", "/elsewhere")
    assert cli_reference() == page
