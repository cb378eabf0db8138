"""What `margind margin` answers, as JSON: the account, its pools, what it could open, what orders do."""

from decimal import Decimal

import msgspec

from margind.control.account_summary import MarketSummary, market_summary
from margind.control.explain import ExplainReply, reply_of
from margind.control.refusals import BecauseDocument, because_document, because_lines, plain
from margind.engine.model.decimals import up8
from margind.engine.model.terms import Market, PositionSide, Side
from margind.margin import (
    LargestOrder,
    NewOrder,
    Placed,
    RefusedOrder,
    Situation,
    explain,
    largest_order,
    moved,
    place,
    pools,
    report,
)
from margind.wire.text import amount_text, price_text


class PoolRow(msgspec.Struct, frozen=True, rename="camel"):
    """One margin pool."""

    market: str
    kind: str
    name: str
    asset: str
    margin_balance: str
    maint_margin: str
    margin_ratio: str | None


class PriceRow(msgspec.Struct, frozen=True, rename="camel"):
    """The mark price of a symbol in use, or the index of an asset that is collateral."""

    price: str
    given: bool
    """Whether it was given; else it is the shipped reference price."""


class RefusalRow(msgspec.Struct, frozen=True, rename="camel"):
    """The exchange's answer to an order it does not take."""

    code: int
    name: str
    message: str
    because: BecauseDocument


class OrderRow(msgspec.Struct, frozen=True, rename="camel"):
    """An order as it was asked about."""

    symbol: str
    side: str
    position_side: str
    type: str
    quantity: str
    price: str | None


class LargestRow(msgspec.Struct, frozen=True, rename="camel"):
    """The largest market order of one side that would be taken."""

    order: OrderRow
    closes: str
    position_amt: str
    margin_asset: str
    need: str
    available: str
    stopped_by: RefusalRow | None


class PlacedRow(msgspec.Struct, frozen=True, rename="camel"):
    """An order and what came of it."""

    order: OrderRow
    text: str
    refusal: RefusalRow | None
    reason: str
    """That of a refusal, for a terminal."""
    status: str | None
    executed_qty: str
    average_price: str | None
    realized_profit: str
    commission: dict[str, str]


class Standing(msgspec.Struct, frozen=True, rename="camel"):
    """The account at one moment."""

    usdm: MarketSummary
    coinm: MarketSummary
    pools: list[PoolRow]


class MarginReply(msgspec.Struct, frozen=True, rename="camel"):
    """All of it."""

    dual_side_position: bool
    prices: dict[str, PriceRow]
    before: Standing
    largest: list[LargestRow]
    orders: list[PlacedRow]
    after: Standing | None
    """With the orders; null when none was asked about."""
    filled: Standing | None
    """When the price has come to those that rest; null when none does."""
    explanation: ExplainReply | None


def margin_reply(
    situation: Situation, orders: tuple[NewOrder, ...], field: str | None, view: str | None
) -> MarginReply:
    """The answer to all questions of one command."""
    placed: list[Placed] = []
    after = situation
    for order in orders:
        placed.append(place(after, order))
        after = placed[-1].after
    resting = [one.order for one in placed if one.status in ("NEW", "PARTIALLY_FILLED")]
    filled = after
    for order in resting:
        assert order.price is not None, "only a limit order rests"
        filled = moved(filled, {order.symbol: order.price})
    explanation = None if field is None else reply_of("account", explain(after, field, view))
    return MarginReply(
        dual_side_position=situation.account.dual_side_position,
        prices=_prices(after),
        before=_standing(situation),
        largest=[_largest(one) for one in largest_orders(situation)],
        orders=[_placed(one) for one in placed],
        after=_standing(after) if orders else None,
        filled=_standing(filled) if resting else None,
        explanation=explanation,
    )


def largest_orders(situation: Situation) -> list[LargestOrder]:
    """The largest market order of either direction, for every symbol that is held, ordered or configured."""
    sides = [(Side.BUY, PositionSide.BOTH), (Side.SELL, PositionSide.BOTH)]
    if situation.account.dual_side_position:
        sides = [(Side.BUY, PositionSide.LONG), (Side.SELL, PositionSide.SHORT)]
    return [
        largest_order(situation, symbol, side, position_side=row)
        for symbol in symbols_of(situation)
        for side, row in sides
    ]


def symbols_of(situation: Situation) -> list[str]:
    """The symbols an account has anything to do with, USDⓈ-M before COIN-M."""
    found: dict[str, None] = {}
    for market in Market:
        half = situation.account.on(market)
        named = {*half.symbols, *(key[0] for key in half.positions), *(key[0] for key in half.rows)}
        found |= dict.fromkeys(sorted(named))
    return list(found)


def _standing(situation: Situation) -> Standing:
    usdm, coinm = (market_summary(report(situation, market)) for market in (Market.USDM, Market.COINM))
    rows = [
        PoolRow(
            market=pool.market,
            kind=pool.kind,
            name=pool.name,
            asset=pool.asset,
            margin_balance=amount_text(pool.margin_balance),
            maint_margin=amount_text(pool.maint_margin),
            margin_ratio=None if pool.margin_ratio is None else amount_text(pool.margin_ratio),
        )
        for pool in pools(situation)
    ]
    return Standing(usdm, coinm, rows)


def _prices(situation: Situation) -> dict[str, PriceRow]:
    rows = {}
    for symbol in symbols_of(situation):
        price = situation.state.markets[situation.facts.market_of(symbol)].prices[symbol]
        rows[symbol] = PriceRow(price_text(price.mark_price), symbol in situation.given)
    usdm = situation.account.usdm
    if usdm.multi_assets_margin:
        for asset, wallet in usdm.wallets.items():
            index = situation.state.markets[Market.USDM].asset_index.get(f"{asset}USD")
            if index is not None and wallet.wallet_balance:
                rows[f"{asset}USD"] = PriceRow(price_text(index.index), f"{asset}USD" in situation.given)
    return rows


def _order(order: NewOrder) -> OrderRow:
    return OrderRow(
        symbol=order.symbol,
        side=order.side,
        position_side=order.position_side,
        type="MARKET" if order.price is None else "LIMIT",
        quantity=_number(order.quantity),
        price=None if order.price is None else _number(order.price),
    )


def _largest(one: LargestOrder) -> LargestRow:
    return LargestRow(
        order=_order(one.order),
        closes=_number(one.closes),
        position_amt=_number(one.position_amt),
        margin_asset=one.margin_asset,
        need=amount_text(up8(one.need)),
        available=amount_text(one.available),
        stopped_by=_refusal(one.stopped_by),
    )


def _placed(one: Placed) -> PlacedRow:
    return PlacedRow(
        order=_order(one.order),
        text=str(one.order),
        refusal=_refusal(one.refusal),
        reason="" if one.refusal is None else "\n".join(because_lines(one.refusal.because)),
        status=one.status,
        executed_qty=_number(one.executed_qty),
        average_price=None if one.average_price is None else _number(one.average_price),
        realized_profit=amount_text(one.realized_profit),
        commission={asset: amount_text(amount) for asset, amount in one.commission.items()},
    )


def _refusal(refusal: RefusedOrder | None) -> RefusalRow | None:
    if refusal is None:
        return None
    return RefusalRow(refusal.code, refusal.name, refusal.message, because_document(refusal.because))


def _number(value: Decimal) -> str:
    return str(plain(value))
