"""Accounts, markets and commands drawn at random; what is drawn is mostly possible, and sometimes not."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from margind.engine import commands as c
from margind.engine.model.configuration import SymbolConfiguration
from margind.engine.model.orders import Order
from margind.engine.model.positions import Position
from margind.engine.model.prices import AssetIndex
from margind.engine.model.terms import MarginType, Market, OrderType, PositionSide, Side
from tests.engine.builders import (
    BTCUSD_PERP_2021,
    BTCUSDT_2026_09,
    COINM_SYMBOLS,
    ETHUSDT_2021,
    NAME,
    NOW,
    ONE_TIER,
    USDM_SYMBOLS,
    Tiers,
    document,
    held,
    index,
    ladder,
    resting,
)

ZERO = Decimal(0)
BOTH, LONG, SHORT = PositionSide.BOTH, PositionSide.LONG, PositionSide.SHORT
SMALL: Tiers = [(125, "500", "0.004"), (50, "2000", "0.01"), (20, "10000", "0.025"), (5, None, "0.1")]
LADDERS = st.sampled_from([ONE_TIER, SMALL, ETHUSDT_2021, BTCUSDT_2026_09, BTCUSD_PERP_2021])


def examples(count: int) -> settings:
    """How many to draw; whole accounts take a while, and longer on a busy machine."""
    return settings(max_examples=count, suppress_health_check=[HealthCheck.too_slow])


def between(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places, allow_nan=False, allow_infinity=False)


PRICES = st.one_of(between("0.01", "3", 8), between("3", "200", 3), between("200", "120000", 2))
QUANTITIES = st.one_of(between("0.001", "10", 3), between("10", "50000", 1))
WALLETS = st.one_of(between("0", "1000", 8), between("-500", "2000000", 2))
CONTRACTS = st.integers(1, 200000).map(Decimal)


@st.composite
def ladders(draw: st.DrawFn) -> Tiers:
    """Any ladder whose rates rise: caps, rates and leverages in order."""
    count = draw(st.integers(1, 6))
    caps = sorted(draw(st.sets(st.integers(1, 10**7), min_size=count, max_size=count)))
    ratios = sorted(draw(st.lists(between("0.001", "0.5", 4), min_size=count, max_size=count)))
    leverages = sorted(draw(st.lists(st.integers(1, 125), min_size=count, max_size=count)), reverse=True)
    last = None if draw(st.booleans()) else str(caps[-1])
    return [
        (leverage, last if place == count - 1 else str(cap), str(ratio))
        for place, (leverage, cap, ratio) in enumerate(zip(leverages, caps, ratios, strict=True))
    ]


@st.composite
def indexes(draw: st.DrawFn) -> AssetIndex:
    buffer = between("0", "0.3", 3).map(str)
    return index(str(draw(between("0.9", "3", 5))), draw(buffer), draw(buffer))


@st.composite
def positions(
    draw: st.DrawFn, market: Market, *, dual: bool, isolated: Sequence[str], most: int = 5
) -> list[Position]:
    symbols = sorted(USDM_SYMBOLS if market is Market.USDM else COINM_SYMBOLS)
    sides = (LONG, SHORT) if dual else (BOTH,)
    keys = draw(
        st.lists(st.tuples(st.sampled_from(symbols), st.sampled_from(sides)), unique=True, max_size=most)
    )
    found = []
    for symbol, side in keys:
        amount = draw(QUANTITIES if market is Market.USDM else CONTRACTS)
        if side is SHORT or (side is BOTH and draw(st.booleans())):
            amount = -amount
        entry = draw(PRICES) + draw(st.sampled_from([Decimal(0), Decimal("0.000000001234")]))
        wallet = draw(between("0", "300", 8)) if symbol in isolated else Decimal(0)
        found.append(held(symbol, str(amount), str(entry), str(wallet), side))
    return found


@st.composite
def orders(draw: st.DrawFn, market: Market, *, dual: bool) -> list[Order]:
    symbols = sorted(USDM_SYMBOLS if market is Market.USDM else COINM_SYMBOLS)
    sides = (LONG, SHORT) if dual else (BOTH,)
    found = []
    for _ in range(draw(st.integers(0, 4))):
        order = resting(
            draw(st.sampled_from(symbols)),
            draw(st.sampled_from(Side)),
            str(draw(PRICES)),
            str(draw(QUANTITIES if market is Market.USDM else CONTRACTS)),
            draw(st.sampled_from(sides)),
            reduce_only=draw(st.integers(0, 4)) == 0,
            type=draw(st.sampled_from([OrderType.LIMIT] * 4 + [OrderType.STOP])),
        )
        executed = order.orig_qty / 4 if draw(st.booleans()) else Decimal(0)
        found.append(msgspec.structs.replace(order, executed_qty=executed))
    return found


@st.composite
def documents(draw: st.DrawFn, market: Market, *, dual: bool) -> c.MarketDocument:
    symbols = sorted(USDM_SYMBOLS if market is Market.USDM else COINM_SYMBOLS)
    assets = ("USDT", "USDC", "BTC", "BNB") if market is Market.USDM else ("BTC", "ETH")
    multi = market is Market.USDM and draw(st.booleans())
    configured = draw(st.lists(st.sampled_from(symbols), unique=True))
    configuration = {
        symbol: SymbolConfiguration(
            draw(st.integers(1, 25)),
            MarginType.ISOLATED if not multi and draw(st.booleans()) else MarginType.CROSSED,
        )
        for symbol in configured
    }
    isolated = [symbol for symbol, chosen in configuration.items() if chosen.margin_type == "ISOLATED"]
    wallets = {asset: draw(WALLETS) for asset in sorted(draw(st.sets(st.sampled_from(assets))))}
    drawn = draw(positions(market, dual=dual, isolated=isolated))
    if draw(st.integers(0, 9)):  # one in ten stays impossible if its isolated wallets are too large
        for position in drawn:
            asset = margin_asset(market, position.symbol)
            if position.isolated_wallet:
                wallets[asset] = max(wallets.get(asset, ZERO), ZERO) + position.isolated_wallet
    return document(
        {asset: str(balance) for asset, balance in wallets.items()},
        configuration,
        drawn,
        draw(orders(market, dual=dual)),
        multi_assets_margin=multi,
    )


def margin_asset(market: Market, symbol: str) -> str:
    return USDM_SYMBOLS[symbol] if market is Market.USDM else COINM_SYMBOLS[symbol][0]


@st.composite
def loads(draw: st.DrawFn) -> c.LoadAccount:
    dual = draw(st.booleans())
    return c.LoadAccount(
        NAME, dual, draw(documents(Market.USDM, dual=dual)), draw(documents(Market.COINM, dual=dual))
    )


@st.composite
def prices(draw: st.DrawFn) -> c.SetPrices:
    def patches(market: Market) -> dict[str, c.PricePatch]:
        names = sorted(USDM_SYMBOLS if market is Market.USDM else COINM_SYMBOLS)
        marked = draw(st.dictionaries(st.sampled_from(names), PRICES, max_size=4))
        return {symbol: c.PricePatch(mark_price=mark) for symbol, mark in marked.items()}

    moved = draw(st.dictionaries(st.sampled_from(["USDTUSD", "USDCUSD", "BTCUSD"]), indexes(), max_size=3))
    patches_of_index = {
        name: c.IndexPatch(row.index, row.bid_buffer, row.ask_buffer) for name, row in moved.items()
    }
    return c.SetPrices(patches(Market.USDM), patches(Market.COINM), patches_of_index)


@st.composite
def key_commands(draw: st.DrawFn) -> c.Command:
    key = draw(st.sampled_from("AB")) * 64
    if draw(st.booleans()):
        return c.CreateKey(NAME, key, "hmac", "s", ("USER_DATA", "TRADE"))
    return c.RevokeKey(NAME, key)


@st.composite
def account_commands(draw: st.DrawFn) -> c.Command:
    """One command for one symbol or asset of the account."""
    market = draw(st.sampled_from(Market))
    kind = draw(st.sampled_from([c.ChangeLeverage, c.ChangeMarginType, c.ChangePositionMargin, c.Transfer]))
    if kind is c.Transfer:
        asset = draw(st.sampled_from(["USDT", "USDC", "BTC", "ETH"]))
        return c.Transfer(NAME, market, asset, draw(AMOUNTS))
    symbols = sorted(USDM_SYMBOLS if market is Market.USDM else COINM_SYMBOLS)
    symbol = draw(st.sampled_from([*symbols, "NOTHING"]))
    if kind is c.ChangeLeverage:
        return c.ChangeLeverage(NAME, market, symbol, draw(st.integers(0, 40)))
    if kind is c.ChangeMarginType:
        return c.ChangeMarginType(NAME, market, symbol, draw(st.sampled_from(MarginType)))
    side = draw(st.sampled_from(PositionSide))
    return c.ChangePositionMargin(NAME, market, symbol, side, draw(AMOUNTS), draw(st.booleans()))


AMOUNTS = st.one_of(between("-3", "300", 2), between("-0.001", "0.001", 8))


@st.composite
def bracket_commands(draw: st.DrawFn) -> c.SetBrackets:
    market, tiers = draw(st.sampled_from(Market)), draw(ladders())
    symbol = draw(st.sampled_from(sorted(USDM_SYMBOLS if market is Market.USDM else COINM_SYMBOLS)))
    return c.SetBrackets(((market, symbol, ladder(tiers)),))


def commands() -> st.SearchStrategy[c.Command]:
    """One command for the account, or one that moves the market under it."""
    return st.one_of(
        account_commands(),
        account_commands(),
        account_commands(),
        prices(),
        bracket_commands(),
        key_commands(),
        st.sampled_from(["tester", "second"]).map(c.OpenAccount),
        st.builds(c.ChangePositionMode, st.just(NAME), st.booleans()),
        st.builds(c.ChangeAssetMode, st.just(NAME), st.booleans()),
        st.builds(c.ChangeFeeBurn, st.just(NAME), st.booleans()),
        st.just(c.SetClock("manual", NOW, "1")),
        st.just(c.StartFeed("synthetic", NOW)),
        loads(),
    )
