"""Funding by hand: settled at once, and on which terms it falls due."""

import msgspec

from margind.control.call import Call
from margind.documents.numbers import Number, decoder
from margind.engine.commands import SetFundingTerms, SettleFunding
from margind.engine.events import FundingSettled
from margind.engine.model.funding import USUAL_INTERVAL_HOURS, FundingTerms, bounds
from margind.engine.model.terms import Market, Millis
from margind.errors.impossible import Impossible


class NewFunding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which symbol pays, and at what rate."""

    market: Market
    symbol: str
    rate: Number
    """A fraction: 0.0001 is 0.01 %. Positive: longs pay."""


class FundingPayment(msgspec.Struct, rename="camel", frozen=True):
    """What one position paid (negative) or received."""

    account: str
    position_side: str
    asset: str
    amount: Number


class FundingReply(msgspec.Struct, rename="camel", frozen=True):
    """The payments of one funding; none where nobody held the symbol."""

    market: Market
    symbol: str
    rate: Number
    mark_price: Number
    payments: list[FundingPayment]


_NEW_FUNDING = decoder(NewFunding)


async def settle_funding(call: Call) -> FundingReply:
    """Settle funding of a symbol now, at its mark price."""
    asked = call.read(_NEW_FUNDING)
    runtime = call.runtime
    events = await runtime.execute(SettleFunding(asked.market, asked.symbol, asked.rate.plain))
    mark_price = runtime.state.markets[asked.market].mark_price(asked.symbol)
    return FundingReply(
        market=asked.market,
        symbol=asked.symbol,
        rate=asked.rate,
        mark_price=Number(mark_price),
        payments=[
            FundingPayment(event.account, event.position_side, event.asset, Number(event.amount))
            for event in events
            if isinstance(event, FundingSettled)
        ],
    )


class FundingTermsRow(msgspec.Struct, rename="camel", frozen=True, forbid_unknown_fields=True):
    """How often a symbol is funded, and between which rates; a bound left out is the usual one."""

    funding_interval_hours: int = USUAL_INTERVAL_HOURS
    adjusted_funding_rate_cap: Number | None = None
    adjusted_funding_rate_floor: Number | None = None

    @property
    def terms(self) -> FundingTerms:
        """The terms that it stands for."""
        cap, floor = self.adjusted_funding_rate_cap, self.adjusted_funding_rate_floor
        return FundingTerms(
            self.funding_interval_hours,
            None if cap is None else cap.plain,
            None if floor is None else floor.plain,
        )


class FundingTermsDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Funding terms by symbol, in the words of fundingInfo."""

    usdm: dict[str, FundingTermsRow] = {}
    coinm: dict[str, FundingTermsRow] = {}


class FundingTermsShown(FundingTermsRow, frozen=True):
    """The terms of a symbol, filled in."""

    next_funding_time: Millis = 0


class FundingTermsReply(msgspec.Struct, frozen=True):
    """The terms of the symbols named."""

    usdm: dict[str, FundingTermsShown]
    coinm: dict[str, FundingTermsShown]


_FUNDING_TERMS = decoder(FundingTermsDocument)


async def set_funding_terms(call: Call) -> FundingTermsReply:
    """Replace funding intervals, caps and floors; the reply shows those of the symbols named."""
    runtime = call.runtime
    asked = call.read(_FUNDING_TERMS)
    rows = {Market.USDM: asked.usdm, Market.COINM: asked.coinm}
    for market, named in rows.items():
        for symbol in named:
            if runtime.feed.funding_interval_hours(market, symbol, runtime.now()) is not None:
                raise Impossible(
                    "recorded_funding", f"{symbol} is funded at the times and rates of the recording", 409
                )
    terms = [(market, symbol, row.terms) for market in rows for symbol, row in rows[market].items()]
    await runtime.set_funding_terms(SetFundingTerms(tuple(terms)))
    await runtime.catch_up()

    def shown(market: Market) -> dict[str, FundingTermsShown]:
        of_market = runtime.state.markets[market]
        found = {}
        for symbol in rows[market]:
            terms = of_market.funding_terms(symbol)
            floor, cap = bounds(terms, of_market.brackets[symbol])
            then = of_market.prices[symbol].next_funding_time
            found[symbol] = FundingTermsShown(terms.interval_hours, Number(cap), Number(floor), then)
        return found

    return FundingTermsReply(shown(Market.USDM), shown(Market.COINM))
