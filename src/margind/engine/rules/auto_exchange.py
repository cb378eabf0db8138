"""Auto-exchange: other assets of an account in multi-assets mode are sold to pay what it owes."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from margind.engine import events as e
from margind.engine.model.account import MarketAccount
from margind.engine.model.configuration import AutoExchangeTerms
from margind.engine.model.decimals import ONE, ZERO, cut8, parse_decimal, up8
from margind.engine.model.ledger import WalletExchange
from margind.engine.model.market_state import MarketState
from margind.engine.model.prices import AssetIndex
from margind.engine.model.terms import Market, Millis
from margind.engine.state import State


def auto_exchange(state: State, accounts: Iterable[str], now: Millis) -> Iterator[e.AssetsExchanged]:
    """Lift the negative wallets of some accounts where a threshold or the loan-to-value ratio asks for it.

    `accounts` are names, each looked at once; those in single-asset mode, or who owe nothing, are passed
    over. Yields at most one event for each. It never refuses, and asked again it yields nothing unless there
    is more to sell.

    Documented ('Multi-Assets Mode' of the trading rules): a wallet is lifted when it reaches the threshold of
    its asset, and every wallet when loan-to-value reaches 0.995 and there is neither a position nor an open
    order. Assumed: reaching is enough (the page says "less than", its example exchanges at -5,000 exactly).
    """
    for name in accounts:
        if name not in state.owing:
            continue
        half = state.accounts[name].usdm
        if half.multi_assets_margin:
            yield from _exchange(state, name, _due(state, half), now)


def exchange_all_owed(state: State, account: str, now: Millis) -> Iterator[e.AssetsExchanged]:
    """Lift every negative wallet of an account in multi-assets mode, whatever its thresholds say.

    Documented: on liquidation, at once, when the settle asset cannot cover the loss. Yields one event, or
    none when nothing is owed or nothing can be sold; what other assets cannot pay stays owed.
    """
    half = state.accounts[account].usdm
    if half.multi_assets_margin:
        yield from _exchange(state, account, [row.asset for row in _owed(state, half)], now)


class _Balance(NamedTuple):
    asset: str
    amount: Decimal
    """Positive, owned or owed."""
    rates: AssetIndex


def _owed(state: State, half: MarketAccount) -> list[_Balance]:
    return [row._replace(amount=-row.amount) for row in _balances(state, half) if row.amount < ZERO]


def _owned(state: State, half: MarketAccount) -> list[_Balance]:
    return [row for row in _balances(state, half) if row.amount > ZERO]


def _balances(state: State, half: MarketAccount) -> Iterator[_Balance]:
    """The wallets of the assets that are collateral and have an index, in the market's order."""
    of_market = state.markets[Market.USDM]
    for terms in of_market.assets.values():
        wallet = half.wallets.get(terms.asset)
        index = of_market.asset_index.get(terms.asset + "USD")
        if terms.margin_available and wallet is not None and index is not None:
            yield _Balance(terms.asset, wallet.wallet_balance, index)


def _due(state: State, half: MarketAccount) -> list[str]:
    """The assets that are to be lifted."""
    of_market, owed = state.markets[Market.USDM], _owed(state, half)
    terms = state.settings.auto_exchange or of_market.facts.auto_exchange
    if not half.positions and not half.open_orders:
        # Assumed: owed at the ask rate over owned at the bid rate, as the account's equity values them (the
        # page names loan-to-value without a formula).
        loan = sum((row.amount * row.rates.ask_rate for row in owed), ZERO)
        value = sum((row.amount * row.rates.bid_rate for row in _owned(state, half)), ZERO)
        if loan >= terms.loan_to_value * value:
            return [row.asset for row in owed]
    due = []
    for row in owed:
        least = threshold(terms, of_market, half, row.asset)
        if least is not None and -row.amount <= least:
            due.append(row.asset)
    return due


def threshold(
    terms: AutoExchangeTerms, of_market: MarketState, half: MarketAccount, asset: str
) -> Decimal | None:
    """The wallet balance at which an asset is exchanged: of the user's tier, or else the published one."""
    of_tier = terms.threshold(half.fee_tier, asset)
    published = of_market.assets[asset].auto_asset_exchange
    if of_tier is not None or published is None:
        return of_tier
    return parse_decimal(published)


def _exchange(state: State, name: str, assets: Sequence[str], now: Millis) -> Iterator[e.AssetsExchanged]:
    half = state.accounts[name].usdm
    owed = [row for row in _owed(state, half) if row.asset in assets and row.rates.auto_exchange_ask_rate]
    exchanged = _exchanged(owed, _owned(state, half))
    if exchanged:
        yield e.AssetsExchanged(name, Market.USDM, exchanged, state.next_tran_id, now)


def _exchanged(owed: Sequence[_Balance], owned: Sequence[_Balance]) -> tuple[WalletExchange, ...]:
    """What is bought and sold.

    Documented: in proportion to what each asset is worth at its auto-exchange bid rate, so that every asset
    gives the same share of its balance; what is bought costs the auto-exchange ask rate ("negative side").
    Assumed: what is sold is rounded up to 8 decimals, and if all of it is too little, all that is owed is
    paid in the same share.
    """
    cost = sum((row.amount * row.rates.auto_exchange_ask_rate for row in owed), ZERO)
    worth = sum((row.amount * row.rates.auto_exchange_bid_rate for row in owned), ZERO)
    if not cost or not worth:
        return ()
    paid, share = min(ONE, worth / cost), min(ONE, cost / worth)
    bought = []
    for row in owed:
        amount = row.amount if paid == ONE else cut8(row.amount * paid)
        bought.append(
            WalletExchange(row.asset, amount, amount - row.amount, row.rates.auto_exchange_ask_rate)
        )
    sold = []
    for row in owned:
        rate = row.rates.auto_exchange_bid_rate
        amount = min(row.amount, up8(row.amount * share)) if rate else ZERO
        sold.append(WalletExchange(row.asset, -amount, row.amount - amount, rate))
    return tuple(row for row in (*bought, *sold) if row.amount)
