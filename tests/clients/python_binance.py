"""python-binance's two clients, opened and closed."""

import asyncio
from typing import Any

from binance import AsyncClient
from binance.client import Client

from tests.clients.server import Access
from tests.clients.settings import for_python_binance


def connected(access: Access) -> Any:
    return for_python_binance(Client, access)(access.api_key, access.secret_key)


def close(client: Any) -> None:
    """Close the client, and the event loop that it makes for calls it may never get."""
    client.close_connection()
    client.loop.close()
    asyncio.set_event_loop(None)


async def connected_async(access: Access) -> Any:
    return await for_python_binance(AsyncClient, access).create(access.api_key, access.secret_key)


async def close_async(client: Any) -> None:
    """Close the client, and the WebSocket API that it forgets."""
    await client.close_connection()
    stop_reading()
    await client.ws_future.close()


def stop_reading() -> None:
    """End its readers of sockets: left alone, they notice a close after ten seconds without a message."""
    for task in asyncio.all_tasks():
        if getattr(task.get_coro(), "__name__", "") == "_read_loop":
            task.cancel()
