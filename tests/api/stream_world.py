"""A world with listeners: two traders with money, a house with quantities, and sockets that remember."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import msgspec

from margind.api.streams.desk import StreamDesk, StreamDesks
from margind.api.streams.hub import Connection
from margind.api.streams.requests import answer
from margind.api.ws_session import Session
from margind.engine.commands import OpenAccount, PricePatch, SetPrices, Transfer
from margind.engine.model.terms import Market
from margind.runtime import ExchangeRuntime
from tests.api.support import Key, World, decoded, hmac_key, request_frame

USDM, COINM = Market.USDM, Market.COINM
PREFIX = {USDM: "/fapi/v1/", COINM: "/dapi/v1/"}
SYMBOL = {USDM: "BTCUSDT", COINM: "BTCUSD_PERP"}

ANNE, BERT = "anne", "bert"
KEYS = {ANNE: hmac_key("a", "secret-of-anne"), BERT: hmac_key("b", "secret-of-bert")}


class Ear:
    """A socket as a stream sees it; `heard` is what was written, `deaf` whether its reader has stopped."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.texts: list[bytes] = []
        self.deaf = False
        self.aborted = False
        self.when_writable: Callable[[], None] = lambda: None

    @property
    def is_writable(self) -> bool:
        return not self.deaf

    def write_frame(self, frame: bytes) -> bool:
        text = payload(frame)
        self.texts.append(text)
        self.heard.append(msgspec.json.decode(text))
        return True

    def abort(self) -> None:
        self.aborted = True

    def taken(self) -> list[Any]:
        """What was heard since the last time."""
        heard, self.heard = self.heard, []
        return heard


def payload(frame: bytes) -> bytes:
    """The text of one unmasked frame; refuses one whose length does not fit."""
    assert frame[0] == 0x81, "a whole text message in one frame"
    length, start = frame[1], 2
    if length == 126:
        length, start = int.from_bytes(frame[2:4]), 4
    elif length == 127:
        length, start = int.from_bytes(frame[2:10]), 10
    assert len(frame) == start + length
    return frame[start:]


class StreamWorld(World):
    """Two exchanges with their desks; the house stands one tick around 100000."""

    def __init__(self) -> None:
        super().__init__()
        self.desks = StreamDesks()
        self.run(self._open_desks())
        for name, key in KEYS.items():
            self.execute(self.main, OpenAccount(name))
            self.give_key(self.main, key, account=name)
            self.execute(self.main, Transfer(name, USDM, "USDT", Decimal(10_000)))
            self.execute(self.main, Transfer(name, COINM, "BTC", Decimal(1)))
        for _ in range(2):  # the first time, the tester's own bid takes some of it
            self.quote("99999.9", "100000.1")
        self.quote("99999.9", "100000.1", market=COINM)

    async def _open_desks(self) -> None:
        for runtime in (self.main, self.side):
            self.desks.open(runtime)
        self.exchanges.when_closed.append(self.desks.close)

    @property
    def desk(self) -> StreamDesk:
        return self.desks.get(self.main.name)

    # Asking

    def asked(self, account: str, method: str, path: str, market: Market = USDM, **parameters: Any) -> Any:
        """The reply to a signed request that succeeds; a path may name its version."""
        whole = path if path.startswith("/") else PREFIX[market] + path
        response = self.call(method, whole, urlencode(parameters), key=KEYS[account])
        assert response.status == 200, response.body
        return decoded(response)

    def place(self, account: str, side: str, quantity: str, price: str | None = None, **more: Any) -> int:
        """The id of an order: a limit order when it has a price."""
        market: Market = more.pop("market", USDM)
        asked = {"symbol": SYMBOL[market], "side": side, "quantity": quantity, "type": "MARKET"}
        if price is not None:
            asked |= {"type": "LIMIT", "timeInForce": "GTC", "price": price}
        order_id = self.asked(account, "POST", "order", market, **asked | more)["orderId"]
        assert isinstance(order_id, int)
        return order_id

    def quote(
        self, bid: str, ask: str, quantity: str = "1000", mark: str = "100000", market: Market = USDM
    ) -> None:
        """Where the house stands, and the mark price."""
        patch = PricePatch(
            mark_price=Decimal(mark),
            index_price=Decimal(mark),
            last_price=Decimal(mark),
            bid_price=Decimal(bid),
            bid_qty=Decimal(quantity),
            ask_price=Decimal(ask),
            ask_qty=Decimal(quantity),
        )
        patches: dict[Market, dict[str, PricePatch]] = {USDM: {}, COINM: {}}
        patches[market] = {SYMBOL[market]: patch}
        self.execute(self.main, SetPrices(patches[USDM], patches[COINM]))
        self.main.feed.observe(market, SYMBOL[market], Decimal(mark), self.main.now())

    def frame_of(self, session: Session, method: str, **params: Any) -> Any:
        """The reply of the WebSocket API to a request without a signature."""
        return self.frame(session, request_frame(method, params))

    # Listening

    def listen_key(
        self, method: str = "POST", market: Market = USDM, key: Key = KEYS[ANNE], prefix: str = ""
    ) -> Any:
        """The reply of the listen key call."""
        return decoded(self.send(method, f"{prefix}{PREFIX[market]}listenKey", key=key.text))

    def connect(
        self,
        *streams: str,
        combined: bool = False,
        events: frozenset[str] | None = None,
        market: Market | None = None,
        runtime: ExchangeRuntime | None = None,
    ) -> tuple[Ear, Connection]:
        """A connection that hears some streams."""
        ear = Ear()
        connection = Connection(ear, combined=combined, events=events)
        desk = self.desks.get((runtime or self.main).name)
        for stream in streams:
            desk.subscribe(connection, stream, market)
        return ear, connection

    def listen(self, account: str = ANNE, market: Market = USDM) -> Ear:
        """Somebody who hears an account."""
        ear, _ = self.connect(self.listen_key("POST", market, KEYS[account])["listenKey"])
        return ear

    def request(self, connection: Connection, text: str | bytes, market: Market | None = None) -> Any:
        """The answer to a message of a client."""
        return msgspec.json.decode(answer(self.desk, connection, market, text))

    def tick(self, times: int = 1) -> None:
        """What the desk does every 50 ms."""
        for _ in range(times):
            self.desk.tick()


def kinds(heard: list[Any]) -> list[str]:
    """The names of events, with what happened to the order or in the account."""
    return [event["e"] + _detail(event) for event in heard]


def _detail(event: Any) -> str:
    match event["e"]:
        case "ORDER_TRADE_UPDATE":
            return f" {event['o']['x']} {event['o']['X']}"
        case "ACCOUNT_UPDATE":
            return f" {event['a']['m']}"
        case "ALGO_UPDATE":
            return f" {event['o']['X']}"
    return ""
