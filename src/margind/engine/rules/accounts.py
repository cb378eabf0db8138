"""Opening accounts, handing out keys, and loading an account as a document describes it."""

from collections.abc import Iterator
from decimal import Decimal

from margind.engine import commands as c
from margind.engine import events as e
from margind.engine.model.decimals import ZERO, book
from margind.engine.model.market_state import MarketState
from margind.engine.model.terms import Counterparty, MarginType, Market, Millis, OrderType, PositionSide
from margind.engine.rules.loaded_algo_orders import check_loaded_algo_orders, load_algo_orders
from margind.engine.rules.loaded_orders import check_loaded_orders, numbered, order_numbers
from margind.engine.state import State
from margind.errors.because import near_it
from margind.errors.impossible import Impossible, misfit

LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP, OrderType.TAKE_PROFIT})
"""Types of order that have a limit price."""


def open_account(state: State, command: c.OpenAccount, now: Millis) -> Iterator[e.Event]:
    """Open an account under a new name."""
    if command.account in state.accounts:
        raise Impossible("account_exists", f"there is an account named {command.account!r} already", 409)
    yield e.AccountOpened(command.account, len(state.accounts) + 1, now)


def create_key(state: State, command: c.CreateKey, now: Millis) -> Iterator[e.Event]:
    """Give a key to an account."""
    if command.api_key in state.keys:
        raise Impossible("key_exists", "this API key is in use already", 409)
    yield e.KeyCreated(
        command.account,
        command.api_key,
        command.key_type,
        command.secret,
        command.permissions,
        command.ip_whitelist,
        now,
    )


def revoke_key(state: State, command: c.RevokeKey, now: Millis) -> Iterator[e.Event]:
    """Take a key away."""
    key = state.keys.get(command.api_key)
    if key is None or key.account != command.account:
        raise Impossible("unknown_key", f"account {command.account!r} has no such API key", 404)
    yield e.KeyRevoked(command.account, command.api_key, now)


def load_account(state: State, command: c.LoadAccount, now: Millis) -> Iterator[e.Event]:
    """Make an account exactly what a document says, or refuse it whole.

    A document describes a state that exists: filters and available margin do not judge it.
    """
    halves = ((Market.USDM, command.usdm), (Market.COINM, command.coinm))
    for market, document in halves:
        _check(state.markets[market], document, command.dual_side_position)
        check_loaded_orders(state, command.account, market, document.open_orders)
        check_loaded_algo_orders(state.markets[market], document)
    numbers = order_numbers(state, command)
    for market, document in halves:
        yield from _post_differences(state, command.account, market, document, now)
        loaded = e.MarketAccountLoaded(
            account=command.account,
            market=market,
            dual_side_position=command.dual_side_position,
            fee_tier=document.fee_tier,
            fee_burn=document.fee_burn,
            multi_assets_margin=document.multi_assets_margin,
            can_trade=document.can_trade,
            can_deposit=document.can_deposit,
            can_withdraw=document.can_withdraw,
            trade_group_id=document.trade_group_id,
            wallet_times={asset: time for asset, (_, time) in document.wallets.items()},
            symbols=document.symbols,
            positions=tuple(position for position in document.positions if position.position_amt),
            open_orders=tuple(numbered(order, next(numbers)) for order in document.open_orders),
            time=now,
            flat=tuple(position for position in document.positions if not position.position_amt),
            realized=document.realized,
        )
        yield from load_algo_orders(state, command.account, loaded, document.algo_orders, now)


def _post_differences(
    state: State, account: str, market: Market, document: c.MarketDocument, now: Millis
) -> Iterator[e.Event]:
    held = state.accounts[account].on(market).wallets
    for asset in sorted({*held, *document.wallets}):
        target = document.wallets[asset][0] if asset in document.wallets else ZERO
        amount = target - state.wallet_balance(account, market, asset)
        if amount:
            yield e.BalanceChanged(
                account=account,
                market=market,
                asset=asset,
                amount=amount,
                wallet_balance=target,
                counterparty=Counterparty.OUTSIDE,
                income_type=None,
                tran_id=state.next_tran_id,
                time=now,
            )


def _check(market: MarketState, document: c.MarketDocument, dual_side_position: bool) -> None:
    for asset, (balance, _) in document.wallets.items():
        if asset not in market.assets:
            near = near_it(asset, market.assets)
            raise misfit(f"wallets.{asset}: {asset} cannot be held on {market.market}{near}")
        _check_amount(f"wallets.{asset}.walletBalance", balance)
    _check_configuration(market, document)
    _check_positions(market, document, dual_side_position)
    _check_orders(market, document, dual_side_position)


def _check_configuration(market: MarketState, document: c.MarketDocument) -> None:
    if document.multi_assets_margin and market.market is Market.COINM:
        raise misfit(f"multiAssetsMargin: there is no multi-assets mode on {market.market}")
    if not 0 <= document.fee_tier < len(market.fee_tiers):
        raise misfit(f"feeTier: there is no tier {document.fee_tier} on {market.market}")
    for symbol, chosen in document.symbols.items():
        _check_symbol(market, f"symbols.{symbol}", symbol)
        most = market.brackets[symbol].max_leverage
        if not 1 <= chosen.leverage <= most:
            raise misfit(f"symbols.{symbol}.leverage: {symbol} allows 1 to {most}")
        if document.multi_assets_margin and chosen.margin_type is MarginType.ISOLATED:
            raise misfit(f"symbols.{symbol}.marginType: there is no isolated margin in multi-assets mode")


def _check_orders(market: MarketState, document: c.MarketDocument, dual_side_position: bool) -> None:
    for order in document.open_orders:
        name = f"openOrders {order.client_order_id or order.symbol}"
        _check_symbol(market, name, order.symbol)
        _check_side(name, order.position_side, dual_side_position)
        # What becomes a market order has no limit, and what closes a whole position no quantity.
        priced = order.type in LIMITED or order.price
        counted = not (order.waits and order.close_position) or order.orig_qty
        if (priced and order.price <= ZERO) or (counted and order.orig_qty <= ZERO):
            raise misfit(f"{name}: price and origQty must be positive")
        if counted and not ZERO <= order.executed_qty < order.orig_qty:
            raise misfit(f"{name}: an open order has executed less than its quantity")
    for waiting in document.algo_orders:
        name = f"algoOrders {waiting.client_algo_id}"
        _check_symbol(market, name, waiting.symbol)
        _check_side(name, waiting.position_side, dual_side_position)


def _check_positions(market: MarketState, document: c.MarketDocument, dual_side_position: bool) -> None:
    isolated: dict[str, Decimal] = {}
    seen = set()
    for position in document.positions:
        symbol, side = position.symbol, position.position_side
        name = f"positions {symbol} {side}"
        _check_symbol(market, name, symbol)
        _check_side(name, side, dual_side_position)
        if (symbol, side) in seen:
            raise misfit(f"{name}: listed twice")
        seen.add((symbol, side))
        if (side is PositionSide.LONG and position.position_amt < ZERO) or (
            side is PositionSide.SHORT and position.position_amt > ZERO
        ):
            raise misfit(f"{name}.positionAmt: a long is positive, a short negative")
        # No bound on breakEvenPrice: profits taken earlier lower a long's without end.
        if position.position_amt and position.entry_price <= ZERO:
            raise misfit(f"{name}.entryPrice: must be positive")
        if not position.isolated_wallet:
            continue
        if not position.position_amt:
            raise misfit(f"{name}.isolatedWallet: there is no position that it could belong to")
        chosen = document.symbols.get(symbol)
        if chosen is None or chosen.margin_type is not MarginType.ISOLATED:
            raise misfit(f"{name}.isolatedWallet: {symbol} is not ISOLATED")
        _check_amount(f"{name}.isolatedWallet", position.isolated_wallet)
        asset = market.margin_assets[symbol]
        isolated[asset] = isolated.get(asset, ZERO) + position.isolated_wallet
    for asset, amount in isolated.items():
        balance = document.wallets[asset][0] if asset in document.wallets else ZERO
        if amount > balance:
            raise misfit(
                f"wallets.{asset}: isolated wallets of {amount:f} are larger than the wallet of {balance:f}"
            )


def _check_symbol(market: MarketState, name: str, symbol: str) -> None:
    if symbol not in market.contracts:
        near = near_it(symbol, market.contracts)
        raise misfit(f"{name}: {symbol} is not listed on {market.market}{near}")
    if not market.usable(symbol):
        missing = "brackets" if symbol not in market.brackets else "price"
        raise misfit(f"{name}: {symbol} has no {missing} yet")


def _check_side(name: str, side: PositionSide, dual_side_position: bool) -> None:
    if (side is PositionSide.BOTH) is dual_side_position:
        mode = "hedge" if dual_side_position else "one-way"
        raise misfit(f"{name}: positionSide {side} does not fit {mode} mode")


def _check_amount(name: str, amount: Decimal) -> None:
    if book(amount) != amount:
        raise misfit(f"{name}: {amount:f} has more than 8 decimals")
