"""Running asynchronous clients from ordinary tests."""

import asyncio
from collections.abc import Coroutine
from typing import Any


def run(question: Coroutine[Any, Any, Any]) -> Any:
    """The answer, after the moment that closed connections take to end (aiohttp asks for it)."""

    async def ask() -> Any:
        try:
            return await question
        finally:
            await asyncio.sleep(0.02)

    return asyncio.run(ask())
