"""Trades at random until killed, and says after each ten turns that they are durable: FOLDER SEED."""

import asyncio
import random
import sys
from pathlib import Path

from margind.storage import DataFolderLock
from tests.storage.traders import open_exchange, trade


async def main(folder: Path, seed: int) -> None:
    _, runtime = await open_exchange(DataFolderLock(folder))
    chance = random.Random(seed)
    while True:
        await trade(runtime, chance, 10)
        sys.stdout.write(f"{runtime.state.sequence}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
