"""The programs on the pages run, and print what stands below them."""

import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.docs.conftest import MARGIND, Running
from tests.docs.pages import DOCS, ROOT, blocks

BOTS = tuple(sorted((DOCS / "bots").glob("*.md")))
PAGES = (ROOT / "README.md", DOCS / "recipes.md", *BOTS)
ADDRESS = "127.0.0.1:9000"
INTERPRETERS = {"python": [sys.executable, "-c"], "bash": ["bash", "-euc"]}
# A program for a shell runs where the machine has what it calls; margind itself needs none of these.
SHELL_TOOLS = ("bash", "curl", "openssl")
# `margind` is found where the Python that runs the tests has its programs.
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


class Program(NamedTuple):
    """A program on a page, and what it prints."""

    page: Path
    language: str
    text: str
    prints: str | None


def programs() -> list[Program]:
    """Every program that this machine can run."""
    found = []
    for page in PAGES:
        for block, following in pairwise([*blocks(page.read_text()), None]):
            if block is not None and block.language in INTERPRETERS:
                shown = following is not None and following.language == "text"
                prints = following.text if shown and following is not None else None
                found.append(Program(page, block.language, block.text, prints))
    has_tools = all(shutil.which(tool) for tool in SHELL_TOOLS)
    return [program for program in found if program.language != "bash" or has_tools]


PROGRAMS = programs()


def named(some: list[Program]) -> dict[str, Any]:
    """The arguments of a parametrized test."""
    names = [f"{program.page.stem}-{program.language}-{PROGRAMS.index(program)}" for program in some]
    return {"argnames": "program", "argvalues": some, "ids": names}


@pytest.mark.parametrize(**named([program for program in PROGRAMS if program.page not in BOTS]))
def test_a_program_runs_and_prints_what_the_page_shows(
    program: Program, server: Running, tmp_path: Path
) -> None:
    assert_prints(program, server, tmp_path)


@pytest.mark.parametrize(**named([program for program in PROGRAMS if program.page in BOTS]))
def test_a_bot_trades_and_prints_what_the_page_shows(
    program: Program, untouched_server: Running, tmp_path: Path
) -> None:
    assert_prints(program, untouched_server, tmp_path)


def assert_prints(program: Program, server: Running, folder: Path) -> None:
    """Run a program with the demo account's key in its place."""
    text = program.text.replace(ADDRESS, server.base_url.removeprefix("http://"))
    text = text.replace("<API key>", server.demo.api_key).replace("<secret key>", server.demo.secret_key)
    command = [*INTERPRETERS[program.language], text]
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=ENVIRONMENT, cwd=folder
    )
    assert run.returncode == 0, run.stderr
    if program.prints is not None:
        assert run.stdout == program.prints


def commands() -> list[tuple[str, str]]:
    """Every command line of margind on the pages, with its output."""
    texts = [
        block.text for page in PAGES for block in blocks(page.read_text()) if block.language == "console"
    ]
    shown = [text.partition("\n") for text in texts if text.startswith("$ margind ")]
    return [(line.removeprefix("$ margind "), output) for line, _, output in shown]


@pytest.mark.parametrize(("arguments", "output"), commands(), ids=[line for line, _ in commands()])
def test_a_command_prints_what_the_page_shows(arguments: str, output: str, server: Running) -> None:
    environment = {**os.environ, "MARGIND_URL": server.base_url}
    environment.pop("COLUMNS", None)
    run = subprocess.run(
        [*MARGIND, *arguments.split()], capture_output=True, text=True, check=False, env=environment
    )
    assert (run.returncode, run.stdout) == (0, output), run.stderr


def test_every_program_on_the_pages_names_the_address_that_is_replaced() -> None:
    assert PROGRAMS
    unnamed = [program.text for program in PROGRAMS if ADDRESS not in program.text]
    assert [text for text in unnamed if '"--port", "0"' not in text] == []
