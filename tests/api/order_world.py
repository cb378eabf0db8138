"""A world in which orders trade: a house with quantities on both markets, and a trader with money alone."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from margind.api.pipeline import Response
from margind.engine.commands import ChangePositionMode, OpenAccount, PricePatch, SetPrices, Transfer
from margind.engine.model.terms import Market
from tests.api.support import World, code_of, decoded, hmac_key

TRADER_NAME = "trader"
TRADER_KEY = hmac_key("q", "secret-of-the-one-who-trades")

USDM, COINM = Market.USDM, Market.COINM
PREFIX = {USDM: "/fapi/v1/", COINM: "/dapi/v1/"}
SYMBOL = {USDM: "BTCUSDT", COINM: "BTCUSD_PERP"}
QUANTITY = {USDM: "0.002", COINM: "2"}
BOTH_MARKETS = (USDM, COINM)


class Desk:
    """The trader's seat at one world."""

    def __init__(self, world: World, market: Market = USDM) -> None:
        self.world = world
        self.market = market
        self.symbol = SYMBOL[market]
        self.quantity = QUANTITY[market]

    def send(self, method: str, path: str, **parameters: Any) -> Response:
        return self.world.call(method, PREFIX[self.market] + path, urlencode(parameters), key=TRADER_KEY)

    def ask(self, method: str, path: str, **parameters: Any) -> Any:
        """The reply to a request that succeeds."""
        response = self.send(method, path, **parameters)
        assert response.status == 200, response.body
        return decoded(response)

    def refusal(self, method: str, path: str, **parameters: Any) -> tuple[int, str]:
        """Code and message of one that does not."""
        response = self.send(method, path, **parameters)
        assert response.status == 400, response.body
        return code_of(response), decoded(response)["msg"]

    def limit(self, at: str, /, **more: Any) -> dict[str, Any]:
        """What places a limit order at a price; None leaves a parameter out."""
        asked = {
            "symbol": self.symbol,
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": self.quantity,
            "price": at,
            **more,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def rest(self, at: str = "99000", /, **more: Any) -> int:
        """The id of a resting bid."""
        order_id = self.ask("POST", "order", **self.limit(at, **more))["orderId"]
        assert isinstance(order_id, int)
        return order_id

    def buy(self, quantity: str | None = None, **more: Any) -> Any:
        """A market order, answered with what became of it."""
        asked = {"side": "BUY", "quantity": quantity or self.quantity, **more}
        return self.ask(
            "POST", "order", symbol=self.symbol, type="MARKET", newOrderRespType="RESULT", **asked
        )

    def quote(self, bid: str, ask: str, quantity: str = "1000") -> None:
        """Move the house of the desk's symbol."""
        quote(self.world, bid, ask, quantity, markets=(self.market,))

    def hedge(self) -> None:
        self.world.execute(self.world.main, ChangePositionMode(TRADER_NAME, dual_side_position=True))


def quote(
    world: World, bid: str, ask: str, quantity: str = "1000", *, markets: tuple[Market, ...] = BOTH_MARKETS
) -> None:
    patch = PricePatch(
        mark_price=Decimal(100000),
        index_price=Decimal(100000),
        last_price=Decimal(100000),
        bid_price=Decimal(bid),
        bid_qty=Decimal(quantity),
        ask_price=Decimal(ask),
        ask_qty=Decimal(quantity),
    )
    patches = {market: {SYMBOL[market]: patch} if market in markets else {} for market in BOTH_MARKETS}
    world.execute(world.main, SetPrices(patches[USDM], patches[COINM]))


def opened(world: World) -> World:
    """The world with a trader in it, and a house one tick around 100000."""
    world.execute(world.main, OpenAccount(TRADER_NAME))
    world.give_key(world.main, TRADER_KEY, account=TRADER_NAME)
    world.execute(world.main, Transfer(TRADER_NAME, USDM, "USDT", Decimal(10_000)))
    world.execute(world.main, Transfer(TRADER_NAME, COINM, "BTC", Decimal(1)))
    quote(world, "99999.9", "100000.1")
    return world


def unchanged(world: World, doing: Callable[[], object]) -> bool:
    """Whether something leaves every exchange as it was."""
    before = world.fingerprint()
    doing()
    return world.fingerprint() == before
