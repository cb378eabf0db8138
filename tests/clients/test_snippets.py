"""The programs that `margind serve` prints run as they stand, and show the account."""

import subprocess
import sys

import pytest

from margind.cli.snippets import SNIPPETS, Snippet
from tests.clients.server import Access


@pytest.mark.parametrize("snippet", SNIPPETS, ids=[snippet.client for snippet in SNIPPETS])
def test_a_pasted_program_shows_the_account(trader: Access, snippet: Snippet) -> None:
    program = snippet.filled(trader.base_url, trader.api_key, trader.secret_key)
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "declared types" not in run.stderr
    # The available balance of either market.
    assert "272.5" in run.stdout or "0.00857142" in run.stdout
