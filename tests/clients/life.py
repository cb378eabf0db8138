"""The life of a bot, the same for every client: configure, place, amend, be filled, query, cancel, close."""

from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from tests.clients.server import Access
from tests.clients.stage import Stage
from tests.clients.told import Told

STEPS = [
    "NEW NEW",
    "AMENDMENT NEW",
    "TRADE PARTIALLY_FILLED",
    "TRADE FILLED",
    "NEW NEW",
    "CANCELED CANCELED",
    "NEW NEW",
    "TRADE FILLED",
]
"""What happened to the three orders of a life, and their status after it."""


class Seen(NamedTuple):
    """An order as a client reports it."""

    status: str
    executed: Decimal
    average: Decimal


class Bot(Protocol):
    """What every client can do, in its own words."""

    async def connect(self, told: Told) -> None:
        """Open the user data stream: what it says is told."""

    async def configure(self) -> None:
        """Leverage 10, isolated margin, and the position mode of the bot's account."""

    async def place(self, lots: int, price: int) -> Any:
        """A bid; its id."""

    async def amend(self, order: Any, lots: int, price: int) -> None: ...

    async def query(self, order: Any) -> Seen: ...

    async def open_orders(self) -> list[Any]:
        """Their ids."""

    async def cancel(self, order: Any) -> None: ...

    async def fills(self) -> list[tuple[Decimal, Decimal]]:
        """Price and quantity of each."""

    async def position(self) -> Decimal: ...

    async def sell(self, lots: int) -> None:
        """At the market, to close."""

    async def disconnect(self) -> None: ...


async def live(bot: Bot, access: Access, stage: Stage, *, hedged: bool) -> Told:
    """Lead one bot through its life; what its stream told."""
    told = Told(access, stage.market, stage.symbol)
    stage.quote(99_000, 101_000)
    try:
        await bot.connect(told)
        await bot.configure()
        _assert_configured(access, stage, hedged=hedged)
        await _trade(bot, told, stage)
    finally:
        await bot.disconnect()
    balance = {row["asset"]: row for row in access.get(told.balances_path + "balance")}
    assert Decimal(balance[stage.asset]["balance"]) == Decimal(stage.final_wallet)
    assert Decimal(told.balances[stage.asset]["wb"]) == Decimal(stage.final_wallet)
    return told


def _assert_configured(access: Access, stage: Stage, *, hedged: bool) -> None:
    (row,) = access.get(f"{stage.prefix}/v1/symbolConfig", symbol=stage.symbol)
    assert (row["leverage"], row["marginType"]) == (10, "ISOLATED")
    assert access.get(f"{stage.prefix}/v1/positionSide/dual")["dualSidePosition"] is hedged


async def _trade(bot: Bot, told: Told, stage: Stage) -> None:
    def lots(number: int) -> Decimal:
        return number * stage.lot

    order = await bot.place(50, 99_500)
    await told.agrees()
    assert await bot.query(order) == Seen("NEW", Decimal(0), Decimal(0))
    await bot.amend(order, 60, 100_000)
    await told.agrees()
    stage.other_sells(20, 100_000)
    await told.agrees()
    assert await bot.query(order) == Seen("PARTIALLY_FILLED", lots(20), Decimal(100_000))
    assert await bot.open_orders() == [order]
    stage.quote(97_000, 98_000)
    await told.agrees()
    assert await bot.query(order) == Seen("FILLED", lots(60), Decimal(100_000))
    assert await bot.fills() == [(Decimal(100_000), lots(20)), (Decimal(100_000), lots(40))]
    assert await bot.position() == lots(60)
    second = await bot.place(30, 96_000)
    await told.agrees()
    assert await bot.open_orders() == [second]
    await bot.cancel(second)
    await told.agrees()
    assert await bot.query(second) == Seen("CANCELED", Decimal(0), Decimal(0))
    assert await bot.open_orders() == []
    await bot.sell(60)
    await told.agrees()
    assert await bot.position() == 0
    assert (await bot.fills())[-1] == (Decimal(97_000), lots(60))
