"""Hands out the files that were made for download: whoever knows a link may fetch what is behind it."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

from margind.api.downloads import FILES
from margind.api.http import Door, Receive, Scope, Send
from margind.downloads.shelf import Content
from margind.exchanges import Exchanges

BYTES_AT_ONCE = 256 * 1024

_LINK = re.compile(re.escape(FILES) + r"(?P<id>[0-9]{1,20})/(?P<token>[A-Za-z0-9_-]{1,64})\.csv")


class DownloadDoor:
    """Answers links; sends all other paths through the next door."""

    def __init__(self, exchanges: Exchanges, otherwise: Door) -> None:
        self._exchanges = exchanges
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not scope["path"].startswith(FILES):
            await self._otherwise(scope, receive, send)
            return
        if scope["method"] not in {"GET", "HEAD"}:
            await _send_plainly(send, 405, b"method not allowed\n", [(b"allow", b"GET, HEAD")])
            return
        link = _LINK.fullmatch(scope["path"])
        content = None if link is None else self._content(link["id"], link["token"])
        if link is None or content is None:
            await _send_plainly(send, 404, b"there is no such file, or its link has ended\n", [])
            return
        try:
            size = await asyncio.to_thread(_size, content)
        except FileNotFoundError:  # its link has ended since
            await _send_plainly(send, 404, b"there is no such file, or its link has ended\n", [])
            return
        name = f"{link['id']}.csv".encode()
        headers = [
            (b"content-type", b"text/csv; charset=utf-8"),
            (b"content-length", b"%d" % size),
            (b"content-disposition", b'attachment; filename="' + name + b'"'),
            (b"cache-control", b"private, no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["method"] == "GET":
            async for piece in _pieces(content):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _content(self, download_id: str, token: str) -> Content | None:
        for runtime in self._exchanges.by_name.values():
            content = runtime.downloads.content(download_id, token)
            if content is not None:
                return content
        return None


def _size(content: Content) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)


async def _pieces(content: Content) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        for start in range(0, len(content), BYTES_AT_ONCE):
            yield content[start : start + BYTES_AT_ONCE]
        return
    file = await asyncio.to_thread(content.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, BYTES_AT_ONCE):
            yield piece
    finally:
        file.close()


async def _send_plainly(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
