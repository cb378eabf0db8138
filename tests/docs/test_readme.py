"""What the README shows is true."""

import re

import msgspec

from margind.api.table import ENDPOINTS
from tests.docs.conftest import Running
from tests.docs.pages import DOCS, ROOT, blocks
from tests.docs.replies import ANY, differences

PAGE = (ROOT / "README.md").read_text()


def test_the_reply_is_the_real_one(server: Running) -> None:
    (shown,) = (block.text for block in blocks(PAGE) if block.language == "json")
    shown = re.sub(r'"updateTime": \d+', f'"updateTime": "{ANY}"', shown)
    now = server.send("GET", "/fapi/v1/time").json()["serverTime"]
    reply = server.read(server.demo, "/fapi/v3/account", now).json()
    assert differences(msgspec.json.decode(shown), reply) == []


def test_the_request_is_one_of_the_table() -> None:
    (request,) = (block.text for block in blocks(PAGE) if block.language == "http")
    method, target, _ = request.splitlines()[0].split()
    assert (method, target.partition("?")[0]) in {(row.method, row.path) for row in ENDPOINTS}


def test_the_commands_are_targets_of_the_makefile() -> None:
    commands = next(block.text for block in blocks(PAGE) if block.language == "console")
    targets = re.findall(r"^make (\w+)", commands, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text()
    assert targets == ["serve", "test"]
    assert [name for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_the_count_of_calls_is_that_of_the_coverage_page() -> None:
    coverage = (DOCS / "reference" / "coverage.md").read_text()
    counted = re.search(r"Of (\d+) documented calls, (\d+) are answered", coverage)
    assert counted is not None
    total, answered = counted.groups()
    assert f"{answered} of {total} documented calls are answered" in " ".join(PAGE.split())
