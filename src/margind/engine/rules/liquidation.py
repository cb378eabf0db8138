"""Liquidation of one pool: its orders are cancelled, its positions reduced step by step, the rest taken over.

Each order closes its position or takes it to a lower bracket, or it is the position's last: what it could not
fill is left to the fund. So a pool needs at most as many orders as its positions have brackets, and one more
for each position.
"""

from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_UP, Decimal

from margind.engine import events as e
from margind.engine.margin.bankruptcy import backing, bankruptcy_price, price_of_profit, profit_at_mark
from margind.engine.margin.danger import PoolHealth, ask_rate, pool_health, requirement
from margind.engine.margin.position_report import PositionReport, configuration_of
from margind.engine.margin.report import AccountReport, account_report
from margind.engine.model.account import MarketAccount, PositionKey
from margind.engine.model.decimals import ONE, ZERO, book, cut8, settled
from margind.engine.model.margin_pool import MarginPool
from margind.engine.model.terms import (
    AlgoStatus,
    AutoClose,
    ExpiryReason,
    LiquidationPrice,
    MarginType,
    Market,
    Millis,
    OrderStatus,
    PositionSide,
)
from margind.engine.rules.auto_close import Closing
from margind.engine.rules.auto_exchange import exchange_all_owed
from margind.engine.rules.insurance import charge_fee, clear_wallet, take_over
from margind.engine.rules.matching import Floor
from margind.engine.state import State


class Liquidation:
    """One pool of one account while it is being liquidated. Every step reads the state as it is then."""

    def __init__(self, state: State, account: str, market: Market, pool: MarginPool, now: Millis) -> None:
        self.state = state
        self.account = account
        self.market = market
        self.half_name = (account, market)
        self.pool = pool
        self.now = now
        self.given_up: set[PositionKey] = set()
        """Rows whose last order did not find enough on the book."""

    @property
    def half(self) -> MarketAccount:
        """The account's half on this market."""
        return self.state.accounts[self.account].on(self.market)

    def report(self) -> AccountReport:
        """The account as it is now."""
        of_market = self.state.markets[self.market]
        return account_report(self.state.accounts[self.account], of_market, self.state.settings)

    def run(self) -> Iterator[e.Event]:
        """Documented: cancel, look again, reduce until maintenance is covered, take over the rest."""
        health = pool_health(self.report(), self.pool)
        about = (self.account, self.market, self.pool)
        yield e.LiquidationStarted(*about, cut8(health.margin_balance), cut8(health.maint_margin), self.now)
        yield from self._cancel_orders()
        yield from self._exchange()
        yield from self._reduce()
        report = self.report()
        if pool_health(report, self.pool).is_due:
            yield from self._take_over_all()
        health = pool_health(self.report(), self.pool)
        left = cut8(health.maint_margin) if health.rows else ZERO
        yield e.LiquidationEnded(*about, cut8(health.margin_balance), left, self.now)

    # Orders of the pool

    def _cancel_orders(self) -> Iterator[e.Event]:
        """Documented: all open orders of the scope are cancelled; expiry reason 5.

        Assumed: conditional ones too, with the status EXPIRED, and those of isolated symbols only with their
        own position (a stream of a liquidation would settle it).
        """
        half = self.half
        for order in sorted(half.open_orders.values(), key=lambda order: order.order_id):
            if self._has(order.symbol, order.position_side) and order.order_id in half.open_orders:
                yield e.OrderCancelled(
                    self.account,
                    self.market,
                    order.symbol,
                    order.order_id,
                    OrderStatus.EXPIRED,
                    ExpiryReason.LIQUIDATED,
                    self.now,
                )
        for waiting in sorted(half.algo_orders.values(), key=lambda order: order.algo_id):
            if self._has(waiting.symbol, waiting.position_side):
                yield e.AlgoOrderChanged(
                    account=self.account,
                    market=self.market,
                    algo_id=waiting.algo_id,
                    status=AlgoStatus.EXPIRED,
                    extreme_price=waiting.extreme_price,
                    actual_order_id=0,
                    reject_reason="",
                    trigger_time=0,
                    time=self.now,
                )

    def _has(self, symbol: str, position_side: PositionSide) -> bool:
        """Whether an order on a row is an order of this pool."""
        if self.pool.is_isolated:
            return (symbol, position_side) == (self.pool.symbol, self.pool.position_side)
        of_market = self.state.markets[self.market]
        if configuration_of(self.half, of_market, symbol).margin_type is MarginType.ISOLATED:
            return False
        asset = of_market.margin_assets[symbol]
        return asset in self.report().rates if self.pool.is_joint else asset == self.pool.asset

    # Step by step

    def _reduce(self) -> Iterator[e.Event]:
        """Assumed: the position with the largest maintenance margin is reduced first; no page says which."""
        while True:
            report = self.report()
            health = pool_health(report, self.pool)
            rows = [row for row in health.rows if _key(row) not in self.given_up]
            if not rows or not health.is_due:
                return
            yield from self._step(report, health, _by_requirement(report, rows)[0])

    def _step(self, report: AccountReport, health: PoolHealth, row: PositionReport) -> Iterator[e.Event]:
        """One immediate-or-cancel order against the book, and its fee."""
        closing = Closing(self.state, self.account, self.market, _key(row), self.now)
        quantity = step_quantity(row, self.state.settings.liquidation_step_brackets)
        limit = self._limit(row, backing(report, health, row))
        accepted = closing.order(AutoClose.LIQUIDATION, quantity, limit)
        yield accepted
        floor = Floor(self.state, self.market, row.symbol, self.now)
        filled, value, gained = ZERO, ZERO, ZERO
        for event in floor.execute(self.account, accepted.order.order_id, limit):
            yield event
            if isinstance(event, e.OrderFilled) and event.order_id == accepted.order.order_id:
                filled += event.quantity
                value += row.contract.payoff.notional(event.quantity, event.price)
                gained += event.realized_profit
                if event.commission_asset == event.margin_asset:
                    gained -= event.commission
        if filled < quantity:
            self.given_up.add(_key(row))
        if filled:
            yield from self._exchange()
            yield from self._settle(
                closing, accepted.order.order_id, row, value, row.isolated_wallet + gained
            )

    def _limit(self, row: PositionReport, backed: Decimal) -> Decimal:
        """How far the order goes, on a tick inside the bound."""
        sells = row.position_amt > ZERO
        bound = None
        if self.state.settings.liquidation_price is LiquidationPrice.BANKRUPTCY:
            bound = bankruptcy_price(row, backed)
        if bound is None:
            share = row.contract.market_take_bound
            bound = row.mark_price * (ONE - share if sells else ONE + share)
        tick = row.contract.price_filter.tick_size
        if not tick:
            return bound
        ticks = (bound / tick).to_integral_value(ROUND_UP if sells else ROUND_DOWN)
        return max(ticks, ONE) * tick

    def _settle(
        self, closing: Closing, order_id: int, row: PositionReport, value: Decimal, isolated_money: Decimal
    ) -> Iterator[e.Event]:
        """The fee of a step, as far as the pool can pay it; what an isolated position lost beyond its wallet.

        Documented: `liquidationFee` of the contract, on what was closed, for the insurance fund. Assumed: on
        top of the trading fee, and never more than what is left.
        """
        report = self.report()
        asset = row.contract.margin_asset
        health = pool_health(report, self.pool)
        closed = self.pool.is_isolated and not health.rows
        if closed:
            left = isolated_money
        elif self.pool.is_isolated:
            left = min(health.margin_balance, closing.half.positions[closing.key].isolated_wallet)
        else:
            left = health.margin_balance / ask_rate(report, row)
        if closed and left < ZERO:
            yield clear_wallet(self.state, self.half_name, asset, -left, self.now)
        fee = min(book(value * row.contract.liquidation_fee), book(left))
        if fee > ZERO:
            yield charge_fee(closing, order_id, asset, fee, isolated=self.pool.is_isolated)

    def _exchange(self) -> Iterator[e.Event]:
        """Documented: on liquidation other assets are sold at once when the settle asset cannot cover."""
        if self.pool.is_joint:
            yield from exchange_all_owed(self.state, self.account, self.now)

    # What is left

    def _take_over_all(self) -> Iterator[e.Event]:
        """Each position at its bankruptcy price; of a pool that stands alone nothing is left then."""
        report = self.report()
        health = pool_health(report, self.pool)
        rows = _by_requirement(report, health.rows)
        for row in rows:
            closing = Closing(self.state, self.account, self.market, _key(row), self.now)
            profit = profit_at_mark(row) - book(backing(report, health, row))
            if row is rows[-1] and not self.pool.is_joint:
                profit = -self._stake(row)
            price = price_of_profit(row, profit)
            if price is None:
                # No price takes so much: it goes at the mark price, and the fund fills up the wallet.
                price, profit = row.mark_price, profit_at_mark(row)
            yield from take_over(closing, row, price, profit)
        if self.pool.is_joint:
            # What is owed is paid by what is owned first, or the fund would hold one and lack the other.
            yield from self._exchange()
            yield from self._clear_joint_wallet()

    def _stake(self, row: PositionReport) -> Decimal:
        """What stands behind the last position of a pool, without its profit."""
        if row.is_isolated:
            return row.isolated_wallet
        return self.report().assets[row.contract.margin_asset].cross_wallet_balance

    def _clear_joint_wallet(self) -> Iterator[e.Event]:
        """Assumed: with the positions of the joint wallet goes all that was collateral for them."""
        for asset in sorted(self.report().rates):
            balance = self.state.wallet_balance(self.account, self.market, asset)
            if balance:
                yield clear_wallet(self.state, self.half_name, asset, -balance, self.now)


def _key(row: PositionReport) -> PositionKey:
    return row.symbol, row.position_side


def _by_requirement(report: AccountReport, rows: Iterable[PositionReport]) -> list[PositionReport]:
    return sorted(rows, key=lambda row: (-requirement(report, row), _key(row)))


SMALLEST_STEP = Decimal("1E-18")
"""Where a contract says none."""


def step_quantity(row: PositionReport, brackets: int) -> Decimal:
    """How much one order closes: down to the cap of a lower bracket, or all."""
    whole, value = abs(row.position_amt), abs(row.exact.notional)
    held = row.brackets.rows.index(row.brackets.holding(value))
    if held < brackets:
        return whole
    cap = row.brackets.rows[held - brackets].notional_cap
    assert cap is not None, "only the highest bracket has no cap"
    step = row.contract.lot_size.step_size or SMALLEST_STEP
    closed = settled((whole - whole * cap / value) / step).to_integral_value(ROUND_CEILING) * step
    return min(whole, closed)
