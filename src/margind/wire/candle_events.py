"""Market stream events that are made of candles: kline, ticker and miniTicker."""

import msgspec

from margind.engine.model.contracts import Contract
from margind.engine.model.terms import Market, Millis
from margind.wire.market_data import Kline
from margind.wire.tickers import NO_TRADE, DayStatistics, day_texts

MARKET_CODES = {Market.USDM: 1, Market.COINM: 2}
"""Documented: `st` since 2026-06."""


class KlineBody(msgspec.Struct, frozen=True, kw_only=True):
    """`k` of kline. Recordings hold no trades: none is counted, and none was bought."""

    open_time: Millis = msgspec.field(name="t")
    close_time: Millis = msgspec.field(name="T")
    symbol: str = msgspec.field(name="s")
    interval: str = msgspec.field(name="i")
    first_id: int = msgspec.field(name="f", default=NO_TRADE)
    last_id: int = msgspec.field(name="L", default=NO_TRADE)
    open_price: str = msgspec.field(name="o")
    close_price: str = msgspec.field(name="c")
    high_price: str = msgspec.field(name="h")
    low_price: str = msgspec.field(name="l")
    volume: str = msgspec.field(name="v")
    trades: int = msgspec.field(name="n", default=0)
    is_final: bool = msgspec.field(name="x")
    turnover: str = msgspec.field(name="q")
    taker_buy_volume: str = msgspec.field(name="V")
    taker_buy_turnover: str = msgspec.field(name="Q")
    ignore: str = msgspec.field(name="B", default="0")


class KlineEvent(msgspec.Struct, frozen=True, kw_only=True):
    """kline."""

    event: str = msgspec.field(name="e", default="kline")
    event_time: Millis = msgspec.field(name="E")
    symbol: str = msgspec.field(name="s")
    kline: KlineBody = msgspec.field(name="k")


class MiniTickerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """24hrMiniTicker."""

    event: str = msgspec.field(name="e", default="24hrMiniTicker")
    event_time: Millis = msgspec.field(name="E")
    symbol: str = msgspec.field(name="s")
    pair: str = msgspec.field(name="ps")
    last_price: str = msgspec.field(name="c")
    open_price: str = msgspec.field(name="o")
    high_price: str = msgspec.field(name="h")
    low_price: str = msgspec.field(name="l")
    volume: str = msgspec.field(name="v")
    turnover: str = msgspec.field(name="q")
    market: int = msgspec.field(name="st")


class TickerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """24hrTicker."""

    event: str = msgspec.field(name="e", default="24hrTicker")
    event_time: Millis = msgspec.field(name="E")
    symbol: str = msgspec.field(name="s")
    pair: str = msgspec.field(name="ps")
    change: str = msgspec.field(name="p")
    change_percent: str = msgspec.field(name="P")
    average: str = msgspec.field(name="w")
    last_price: str = msgspec.field(name="c")
    last_qty: str = msgspec.field(name="Q")
    open_price: str = msgspec.field(name="o")
    high_price: str = msgspec.field(name="h")
    low_price: str = msgspec.field(name="l")
    volume: str = msgspec.field(name="v")
    turnover: str = msgspec.field(name="q")
    open_time: Millis = msgspec.field(name="O")
    close_time: Millis = msgspec.field(name="C")
    first_id: int = msgspec.field(name="F", default=NO_TRADE)
    last_id: int = msgspec.field(name="L", default=NO_TRADE)
    trades: int = msgspec.field(name="n", default=0)
    market: int = msgspec.field(name="st")


def kline(symbol: str, interval: str, row: Kline, now: Millis) -> KlineEvent:
    """A candle, with the digits of the REST reply; it is final once its time is over."""
    return KlineEvent(
        event_time=now,
        symbol=symbol,
        kline=KlineBody(
            open_time=row.open_time,
            close_time=row.close_time,
            symbol=symbol,
            interval=interval,
            open_price=row.open_price,
            close_price=row.close_price,
            high_price=row.high_price,
            low_price=row.low_price,
            volume=row.volume,
            is_final=now > row.close_time,
            turnover=row.turnover,
            taker_buy_volume=row.taker_buy_volume,
            taker_buy_turnover=row.taker_buy_turnover,
        ),
    )


def mini_ticker(contract: Contract, day: DayStatistics) -> MiniTickerEvent:
    """24 hours in a few fields."""
    texts = day_texts(contract, day)
    return MiniTickerEvent(
        event_time=day.close_time,
        symbol=contract.symbol,
        pair=contract.pair,
        last_price=texts.last_price,
        open_price=texts.open_price,
        high_price=texts.high_price,
        low_price=texts.low_price,
        volume=texts.volume,
        turnover=texts.turnover,
        market=MARKET_CODES[contract.market],
    )


def ticker(contract: Contract, day: DayStatistics) -> TickerEvent:
    """24 hours of a symbol."""
    texts = day_texts(contract, day)
    return TickerEvent(
        event_time=day.close_time,
        symbol=contract.symbol,
        pair=contract.pair,
        change=texts.change,
        change_percent=texts.change_percent,
        average=texts.average,
        last_price=texts.last_price,
        last_qty=texts.last_qty,
        open_price=texts.open_price,
        high_price=texts.high_price,
        low_price=texts.low_price,
        volume=texts.volume,
        turnover=texts.turnover,
        open_time=day.open_time,
        close_time=day.close_time,
        market=MARKET_CODES[contract.market],
    )
