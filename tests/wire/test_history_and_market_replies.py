"""Histories and published prices, as the pages print them.

Source of the quoted replies: developers.binance.com, both futures markets, as of 2026-01-15; candles and
tickers: recorded public replies of 2020 and 2023 (gocryptotrader, exchanges/binance/testdata).
"""

from decimal import Decimal

import msgspec

from margind.engine.model.funding import FundingTerms
from margind.engine.model.prices import AssetIndex, SymbolPrice
from margind.engine.model.terms import IncomeType, MarginChangeType, Market, Millis, PositionSide
from margind.engine.state import State
from margind.wire.coinm import history as coinm_history
from margind.wire.coinm import market_data as coinm
from margind.wire.market_data import Candle, FundingSettlement, funding_info, server_time
from margind.wire.replies import encode
from margind.wire.usdm import history, market_data
from tests.engine.builders import ONE_TIER, ladder
from tests.wire.accounts import BTCUSD_PERP, BTCUSDT, Listed, exchange

DATED = BTCUSD_PERP._replace(symbol="BTCUSD_200925", delivery_date=1_601_020_800_000)


class Income(msgspec.Struct):
    symbol: str
    income_type: IncomeType
    income: Decimal
    asset: str
    info: str
    time: Millis
    tran_id: int
    trade_id: str


class MarginChange(msgspec.Struct):
    symbol: str
    position_side: PositionSide
    type: int
    delta_type: MarginChangeType
    amount: Decimal
    asset: str
    time: Millis


def text(view: object) -> str:
    return encode(view).decode()


def test_income_prints_the_examples_with_a_number_or_a_text_as_tran_id() -> None:
    moved = Income(
        "", IncomeType.TRANSFER, Decimal("-0.375"), "USDT", "TRANSFER", 1570608000000, 9689322392, ""
    )
    assert text(history.income([moved])) == (
        '[{"symbol":"","incomeType":"TRANSFER","income":"-0.37500000","asset":"USDT","info":"TRANSFER",'
        '"time":1570608000000,"tranId":9689322392,"tradeId":""}]'
    )
    paid = Income(
        "BTCUSD_200925",
        IncomeType.COMMISSION,
        Decimal("-0.01"),
        "BTC",
        "",
        1570636800000,
        9689322392,
        "2059192",
    )
    assert text(coinm_history.income([paid])) == (
        '[{"symbol":"BTCUSD_200925","incomeType":"COMMISSION","income":"-0.01000000","asset":"BTC","info":"",'
        '"time":1570636800000,"tranId":"9689322392","tradeId":"2059192"}]'
    )


def test_position_margin_history_prints_the_examples() -> None:
    adjust = MarginChangeType.USER_ADJUST
    first = MarginChange(
        "BTCUSDT", PositionSide.BOTH, 1, adjust, Decimal("23.36332311"), "USDT", 1578047897183
    )
    second = MarginChange("BTCUSDT", PositionSide.LONG, 1, adjust, Decimal(100), "USDT", 1578047900425)
    assert text(history.position_margin_history([first, second])) == (
        '[{"symbol":"BTCUSDT","type":1,"deltaType":"USER_ADJUST","amount":"23.36332311","asset":"USDT",'
        '"time":1578047897183,"positionSide":"BOTH","clientTranId":""},'
        '{"symbol":"BTCUSDT","type":1,"deltaType":"USER_ADJUST","amount":"100","asset":"USDT",'
        '"time":1578047900425,"positionSide":"LONG","clientTranId":""}]'
    )
    first = msgspec.structs.replace(first, symbol="BTCUSD_200925", asset="BTC")
    assert text(coinm_history.position_margin_history([first])) == (
        '[{"amount":"23.36332311","asset":"BTC","symbol":"BTCUSD_200925","time":1578047897183,"type":1,'
        '"positionSide":"BOTH"}]'
    )


def quoted(state: State, market: Market, symbol: str, price: SymbolPrice) -> None:
    state.markets[market].set_prices([(symbol, price)], {})


def numbers(price: str, quantity: str | int) -> tuple[Decimal, Decimal]:
    return Decimal(price), Decimal(quantity)


def snapshot(mark: str, index: str, rate: str, next_funding: Millis, time: Millis) -> SymbolPrice:
    last, bid, ask = Decimal("11492.32"), Decimal("11495.46"), Decimal("11495.470")
    return SymbolPrice(
        mark_price=Decimal(mark),
        index_price=Decimal(index),
        last_price=last,
        bid_price=bid,
        bid_qty=Decimal("9.786"),
        ask_price=ask,
        ask_qty=Decimal("2.58"),
        last_funding_rate=Decimal(rate),
        next_funding_time=next_funding,
        time=time,
    )


def test_premium_index_prints_the_example() -> None:
    # estimatedSettlePrice, 11781.16138815 there, is the index price here until an hour before a settlement.
    state = exchange()
    price = snapshot("11793.63104562", "11781.80495970", "0.00038246", 1597392000000, 1597370495002)
    quoted(state, Market.USDM, "BTCUSDT", price)
    market = state.markets[Market.USDM]
    row = market_data.premium_index(market, "BTCUSDT")
    assert text(row) == (
        '{"symbol":"BTCUSDT","markPrice":"11793.63104562","indexPrice":"11781.80495970",'
        '"estimatedSettlePrice":"11781.80495970","lastFundingRate":"0.00038246","interestRate":"0.00010000",'
        '"nextFundingTime":1597392000000,"time":1597370495002}'
    )
    assert market_data.premium_indexes(market) == [row]


def test_a_dated_contract_has_empty_funding_texts() -> None:
    state = exchange(coinm=[DATED])
    price = snapshot("12077.01343750", "10979.10312500", "0.5", 1596096000000, 1596094042000)
    quoted(state, Market.COINM, "BTCUSD_200925", price)
    market = state.markets[Market.COINM]
    assert text(coinm.premium_indexes(market, coinm.symbols_of(market))) == (
        '[{"symbol":"BTCUSD_200925","pair":"BTCUSD","markPrice":"12077.01343750",'
        '"indexPrice":"10979.10312500","estimatedSettlePrice":"10979.10312500","lastFundingRate":"",'
        '"interestRate":"","nextFundingTime":0,"time":1596094042000}]'
    )


def test_tickers_print_the_recorded_replies() -> None:
    state = exchange()
    quoted(state, Market.USDM, "BTCUSDT", snapshot("1", "1", "0", 0, 1602820249252))
    market = state.markets[Market.USDM]
    bids, asks = [numbers("11495.46", "9.786")], [numbers("11495.470", "2.58")]
    price = market_data.price_ticker(market, "BTCUSDT")
    book = market_data.book_ticker(market, "BTCUSDT", bids, asks)
    assert text(price) == '{"symbol":"BTCUSDT","price":"11492.32","time":1602820249252}'
    assert text(book) == (
        '{"symbol":"BTCUSDT","bidPrice":"11495.46","bidQty":"9.786","askPrice":"11495.47","askQty":"2.580",'
        '"time":1602820249252}'
    )
    assert market_data.price_tickers(market) == [price]
    empty = market_data.book_ticker(market, "BTCUSDT", bids, [])
    assert (empty.bid_price, empty.ask_price, empty.ask_qty) == ("11495.46", "0.00", "0.000")


def test_coin_m_tickers_name_their_pair() -> None:
    state = exchange(coinm=[BTCUSD_PERP, Listed("ETHUSD_PERP", "2500", "ETH", 0, 2)])
    price = snapshot("1", "1", "0", 0, 1602829179622)
    price = msgspec.structs.replace(price, last_price=Decimal("11357.9"))
    quoted(state, Market.COINM, "BTCUSD_PERP", price)
    market = state.markets[Market.COINM]
    symbols = coinm.symbols_of(market, pair="BTCUSD")
    assert text(coinm.price_tickers(market, symbols)) == (
        '[{"symbol":"BTCUSD_PERP","ps":"BTCUSD","price":"11357.9","time":1602829179622}]'
    )
    book = coinm.book_ticker(market, "BTCUSD_PERP", 1, [numbers("19089.5", 4016)], [numbers("19089.6", 16)])
    assert text(book) == (
        '{"lastUpdateId":1,"symbol":"BTCUSD_PERP","pair":"BTCUSD","bidPrice":"19089.5","bidQty":"4016",'
        '"askPrice":"19089.6","askQty":"16","time":1602829179622}'
    )
    assert coinm.symbols_of(market) == ["BTCUSD_PERP", "ETHUSD_PERP"]
    assert coinm.symbols_of(market, symbol="ETHUSD_PERP") == ["ETHUSD_PERP"]


def test_funding_prints_the_examples() -> None:
    settled = FundingSettlement("BTCUSDT", Decimal("-0.0375"), 1570608000000, Decimal("34287.54619963"))
    assert text(market_data.funding_rates([settled])) == (
        '[{"symbol":"BTCUSDT","fundingRate":"-0.03750000","fundingTime":1570608000000,'
        '"markPrice":"34287.54619963"}]'
    )
    settled = settled._replace(symbol="BTCUSD_PERP", funding_rate=Decimal("0.0001"))
    assert text(coinm.funding_rates([settled])) == (
        '[{"symbol":"BTCUSD_PERP","fundingTime":1570608000000,"fundingRate":"0.00010000"}]'
    )
    terms = FundingTerms(8, Decimal("0.025"), Decimal("-0.025"))
    assert text(funding_info("BLZUSDT", terms, ladder(ONE_TIER))) == (
        '{"symbol":"BLZUSDT","adjustedFundingRateCap":"0.02500000","adjustedFundingRateFloor":"-0.02500000",'
        '"fundingIntervalHours":8,"disclaimer":false}'
    )


def candle(*numbers: str) -> Candle:
    """A candle from its columns."""
    whole = {"open_time", "close_time", "trades"}
    columns = zip(Candle._fields, numbers, strict=True)
    return Candle(**{name: int(text) if name in whole else Decimal(text) for name, text in columns})  # type: ignore[arg-type]


def test_candles_have_twelve_columns_as_recorded() -> None:
    market = exchange([BTCUSDT]).markets[Market.USDM]
    # fmt: off
    numbers = ("1672531200000", "16537.5", "16618.8", "16488", "16610.3", "105502.965", "1672617599999",
               "1746449849.7392", "594299", "52617.509", "871082706.8239")
    # fmt: on
    assert text(market_data.klines(market, "BTCUSDT", [candle(*numbers)])) == (
        '[[1672531200000,"16537.50","16618.80","16488.00","16610.30","105502.965",1672617599999,'
        '"1746449849.73920",594299,"52617.509","871082706.82390","0"]]'
    )


def test_candles_of_coin_m_count_contracts_and_coins() -> None:
    market = exchange(coinm=[BTCUSD_PERP]).markets[Market.COINM]
    # fmt: off
    numbers = ("1672531200000", "16531.2", "16615.9", "16486.6", "16607.9", "2067959", "1672617599999",
               "12496.62852978", "53963", "1094352", "6613.94163914")
    # fmt: on
    assert text(coinm.klines(market, "BTCUSD_PERP", [candle(*numbers)])) == (
        '[[1672531200000,"16531.2","16615.9","16486.6","16607.9","2067959",1672617599999,'
        '"12496.62852978",53963,"1094352","6613.94163914","0"]]'
    )


def test_asset_index_prints_the_example() -> None:
    tenth, twentieth = Decimal("0.1"), Decimal("0.05")
    row = AssetIndex(Decimal("1.9295737"), tenth, tenth, twentieth, twentieth, 1635740268004)
    printed = market_data.asset_index("ADAUSD", row)
    assert text(printed) == (
        '{"symbol":"ADAUSD","time":1635740268004,"index":"1.92957370","bidBuffer":"0.10000000",'
        '"askBuffer":"0.10000000","bidRate":"1.73661633","askRate":"2.12253107",'
        '"autoExchangeBidBuffer":"0.05000000","autoExchangeAskBuffer":"0.05000000",'
        '"autoExchangeBidRate":"1.83309501","autoExchangeAskRate":"2.02605238"}'
    )
    state = exchange(assets=())
    state.markets[Market.USDM].set_prices([], {"ADAUSD": row})
    assert market_data.asset_indexes(state.markets[Market.USDM]) == [printed]


def test_server_time() -> None:
    assert text(server_time(1499827319559)) == '{"serverTime":1499827319559}'
