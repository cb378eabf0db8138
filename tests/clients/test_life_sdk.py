"""Both official SDKs lead their whole life over REST and the WebSocket API; events fit their models."""

import inspect
from decimal import Decimal
from typing import Any

import pytest
from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_derivatives_trading_coin_futures import DerivativesTradingCoinFutures
from binance_sdk_derivatives_trading_usds_futures import DerivativesTradingUsdsFutures

from tests.clients.event_loop import run
from tests.clients.life import STEPS, Seen, live
from tests.clients.sdk_models import as_event, assert_nothing_logged
from tests.clients.server import Access, Server
from tests.clients.settings import for_sdk_rest, for_sdk_streams, for_sdk_websocket
from tests.clients.stage import Stage, inverse, linear
from tests.clients.told import Told


class SdkBot:
    """Orders over REST; user data over the SDK's streams."""

    def __init__(self, access: Access, stage: Stage, *, position_side: str) -> None:
        self.linear = stage.market == "usdm"
        client = DerivativesTradingUsdsFutures if self.linear else DerivativesTradingCoinFutures
        path = "/ws-fapi/v1" if self.linear else "/ws-dapi/v1"
        self.client = client(
            config_rest_api=ConfigurationRestAPI(**for_sdk_rest(access)),
            config_ws_api=ConfigurationWebSocketAPI(**for_sdk_websocket(access, path)),
            config_ws_streams=ConfigurationWebSocketStreams(**for_sdk_streams(access)),
        )
        self.rest = self.client.rest_api
        self.stage = stage
        self.position_side = position_side

    async def connect(self, told: Told) -> None:
        key = await self.listen_key()
        self.streams = await self.client.websocket_streams.create_connection()
        stream = await self.streams.user_data(key)
        stream.on("message", lambda event: told.hear(as_event(event)))

    async def listen_key(self) -> str:
        key: str = self.rest.start_user_data_stream().data().listen_key
        self.rest.keepalive_user_data_stream()
        return key

    async def trade(self, name: str, **params: Any) -> Any:
        """A call about an order, and its answer's model."""
        return getattr(self.rest, name)(symbol=self.stage.symbol, **params).data()

    async def configure(self) -> None:
        self.rest.change_position_mode(dual_side_position="true")
        if self.position_side == "BOTH":
            self.rest.change_position_mode(dual_side_position="false")
        self.rest.change_margin_type(symbol=self.stage.symbol, margin_type="ISOLATED")
        self.rest.change_initial_leverage(symbol=self.stage.symbol, leverage=10)

    async def place(self, lots: int, price: int) -> Any:
        quantity = float(self.stage.quantity(lots))
        order = await self.trade(
            "new_order",
            side="BUY",
            position_side=self.position_side,
            type="LIMIT",
            time_in_force="GTC",
            quantity=quantity,
            price=float(price),
        )
        return order.order_id

    async def amend(self, order: Any, lots: int, price: int) -> None:
        quantity = float(self.stage.quantity(lots))
        amended = await self.trade(
            "modify_order", side="BUY", order_id=order, quantity=quantity, price=float(price)
        )
        assert amended.order_id == order

    async def query(self, order: Any) -> Seen:
        row = await self.trade("query_order", order_id=order)
        return Seen(row.status, Decimal(row.executed_qty), Decimal(row.avg_price))

    async def open_orders(self) -> list[Any]:
        return [row.order_id for row in self.rest.current_all_open_orders(symbol=self.stage.symbol).data()]

    async def cancel(self, order: Any) -> None:
        assert (await self.trade("cancel_order", order_id=order)).status == "CANCELED"

    async def fills(self) -> list[tuple[Decimal, Decimal]]:
        rows = self.rest.account_trade_list(symbol=self.stage.symbol).data()
        return [(Decimal(row.price), Decimal(row.qty)) for row in rows]

    async def position(self) -> Decimal:
        rest = self.rest
        rows = (rest.position_information_v3() if self.linear else rest.position_information()).data()
        amounts = [Decimal(row.position_amt) for row in rows if row.symbol == self.stage.symbol]
        return sum(amounts, Decimal(0))

    async def sell(self, lots: int) -> None:
        in_one_way = {"reduce_only": "true"} if self.position_side == "BOTH" else {}
        await self.trade(
            "new_order",
            side="SELL",
            position_side=self.position_side,
            type="MARKET",
            quantity=float(self.stage.quantity(lots)),
            **in_one_way,
        )

    async def disconnect(self) -> None:
        await self.streams.close_connection(close_session=True)


class WebSocketSdkBot(SdkBot):
    """Orders and the listen key over the WebSocket API."""

    async def connect(self, told: Told) -> None:
        self.websocket = await self.client.websocket_api.create_connection()
        await super().connect(told)

    async def listen_key(self) -> str:
        key: str = (await self.websocket.start_user_data_stream()).data().result.listen_key
        await self.websocket.keepalive_user_data_stream()
        return key

    async def trade(self, name: str, **params: Any) -> Any:
        answer = getattr(self.websocket, name)(symbol=self.stage.symbol, **params)
        assert inspect.isawaitable(answer)
        data = (await answer).data()
        assert not isinstance(data, dict), data  # so the SDK hands on an error
        return data.result

    async def disconnect(self) -> None:
        await super().disconnect()
        await self.websocket.close_connection(close_session=True)


@pytest.mark.parametrize("bot_class", [SdkBot, WebSocketSdkBot], ids=["REST", "WebSocket API"])
@pytest.mark.parametrize("stage_of", [linear, inverse], ids=["USDⓈ-M", "COIN-M"])
@pytest.mark.parametrize("position_side", ["BOTH", "LONG"], ids=["one-way", "hedge"])
def test_the_life_of_a_bot(
    *,
    server: Server,
    newcomer: Access,
    other: Access,
    caplog: pytest.LogCaptureFixture,
    bot_class: Any,
    stage_of: Any,
    position_side: str,
) -> None:
    stage = stage_of(server, other)
    bot = bot_class(newcomer, stage, position_side=position_side)
    told = run(live(bot, newcomer, stage, hedged=position_side == "LONG"))
    assert told.steps() == STEPS
    assert_nothing_logged(caplog)
