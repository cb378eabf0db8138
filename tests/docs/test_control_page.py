"""The examples on the page about the control API are true, in their order."""

import re
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from tests.docs.conftest import Running
from tests.docs.pages import DOCS, blocks
from tests.docs.replies import ANY, differences

PAGE = blocks((DOCS / "control-api.md").read_text())


def test_every_example_gives_the_reply_shown(server: Running) -> None:
    pairs = [(request, reply) for request, reply in pairwise(PAGE) if request.language == "http"]
    assert len(pairs) > 10
    for request, reply in pairs:
        line, _, body = request.text.partition("\n")
        method, path = line.split()
        answer = server.send(method, path, body.strip() or None)
        assert answer.status_code == int(reply.note or 200), (line, answer.text)
        assert differences(msgspec.json.decode(reply.text), answer.json(), line) == []


def test_the_ready_file_looks_as_on_the_page(server: Running) -> None:
    (shown,) = (block for block in PAGE if block.note == "ready")
    text = re.sub(r'"(http|ws)://[^"]+"|4242', f'"{ANY}"', shown.text)
    assert differences(msgspec.json.decode(text), server.ready) == []


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ({"a": "1"}, {"a": "2"}),
        ({"a": "1"}, {"a": "1", "b": "2"}),
        ({"a": "1", ANY: ANY}, {"b": "2"}),
        ([1], [1, 2]),
        ([1, 2, ANY], [1]),
        ({"a": [{"b": None}]}, {"a": [{"b": 0}]}),
    ],
)
def test_a_wrong_reply_is_found(shown: Any, real: Any) -> None:
    assert differences(shown, real)


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ({"a": "1", ANY: ANY}, {"a": "1", "b": "2"}),
        ([1, ANY], [1, 2, 3]),
        ([1, ANY], [1]),
        ({"a": ANY}, {"a": 0}),
    ],
)
def test_what_a_page_leaves_out_may_be_anything(shown: Any, real: Any) -> None:
    assert differences(shown, real) == []
