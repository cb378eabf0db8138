"""The exchanges that most tests of the doors share."""

from collections.abc import Iterator

import pytest

from tests.api.support import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Shared by a module: whoever changes it puts it back."""
    world = World()
    yield world
    world.close()


@pytest.fixture
def own_world() -> Iterator[World]:
    """For one test alone, to be changed at will."""
    world = World()
    yield world
    world.close()
