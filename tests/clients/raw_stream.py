"""A user data stream read without any client, for clients that have no streams of their own."""

import asyncio
import contextlib
from typing import Any

import msgspec
from websockets.asyncio.client import connect

from tests.clients.told import Told


class RawStream:
    """A reader that runs until it is closed."""

    def __init__(self, socket: Any, told: Told) -> None:
        self._socket = socket
        self._reading = asyncio.create_task(self._read(told))

    @classmethod
    async def open(cls, address: str, told: Told) -> "RawStream":
        return cls(await connect(address, proxy=None), told)

    async def _read(self, told: Told) -> None:
        async for message in self._socket:
            told.hear(msgspec.json.decode(message))

    async def close(self) -> None:
        await self._socket.close()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
