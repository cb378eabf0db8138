"""One server that keeps nothing per module of tests."""

from collections.abc import Iterator

import pytest

from tests.server.support import Server, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), "--memory") as running:
        yield running
