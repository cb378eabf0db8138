"""The accounts of one market as the sweep sees them: which pools they have, and what moved."""

from collections.abc import Callable, Collection, Iterable
from decimal import Decimal

import numpy as np

from margind.engine.margin.collateral import collateral_rates
from margind.engine.model.account import MarketAccount
from margind.engine.model.decimals import ZERO
from margind.engine.model.terms import MarginType, Market, PositionSide
from margind.engine.state import State
from margind.sweep.arithmetic import Arithmetic
from margind.sweep.lines import ladder, line, x_of
from margind.sweep.need import JointWallet, OwnPool
from margind.sweep.record import Leg, Record, Shape, Terms, Unit
from margind.sweep.segment import Ladder
from margind.sweep.watch import Watch


class Work:
    """What is read of accounts that changed, for one watch to take over at once."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._units: list[int] = []
        self._wallets: list[float] = []
        self._legs: list[tuple[int, int]] = []

    def add(self, unit: int, wallets: Iterable[float]) -> None:
        """A pool, with the wallet of each of its rows."""
        self._units.append(unit)
        self._wallets.extend(wallets)

    def add_leg(self, segment: int, place: int) -> None:
        """A position of one of the pools."""
        self._legs.append((segment, place))

    def finish(self) -> None:
        """Sum the pools up, and look at them."""
        if not self._units:
            return
        width = self._watch.table.width
        rows = [unit * width + column for unit in self._units for column in range(width)]
        self._watch.table.settle(rows, self._wallets, self._legs)
        self._watch.look(self._units)


class MarketWatch:
    """The pools of one market: those that stand alone, and the joint wallets of multi-assets mode."""

    def __init__(self, state: State, market: Market, threshold: float, arithmetic: Arithmetic) -> None:
        self._market = market
        self._of_market = of_market = state.markets[market]
        self._assets = tuple(collateral_rates(of_market))
        self._joint_wallet = JointWallet(threshold, len(self._assets))
        self.alone = Watch(OwnPool(threshold), arithmetic)
        self.joint = Watch(self._joint_wallet, arithmetic)
        self.marked: set[str] = set()
        """Accounts that are examined at every price: called and not recovered since, or owing."""
        self._records: dict[str, Record] = {}
        self._held: dict[str, frozenset[str]] = {}
        """The symbols of accounts that hold any."""
        self._x_of: dict[str, Callable[[Decimal], float]] = {}
        self._x: dict[str, float] = {}
        """The x at which symbols stand that somebody has held."""
        self._ladders: dict[str, Ladder] = {}
        self._terms: dict[str, Terms] = {}
        self._facts_version = of_market.facts_version
        self._prices_version = of_market.prices_version
        self._index = tuple(of_market.asset_index.values())
        self._take_rates()
        self.refresh(state, state.accounts)

    def suspects(self) -> set[str]:
        """The accounts to examine if a price reaches them."""
        return self.marked.union(self.alone.in_need, self.joint.in_need)

    def holders(self, names: Iterable[str], symbols: Collection[str]) -> set[str]:
        """Those of some accounts that hold one of the symbols."""
        held, moved = self._held, frozenset(symbols)
        if moved.issuperset(self._x):
            return set(filter(held.__contains__, names))
        return {name for name in names if name in held and not moved.isdisjoint(held[name])}

    @property
    def watches(self) -> tuple[Watch, Watch]:
        """Both kinds of pools."""
        return self.alone, self.joint

    def fits(self) -> bool:
        """Whether everything was read under the terms that hold now."""
        if self._facts_version == self._of_market.facts_version:
            return True
        self._facts_version = self._of_market.facts_version
        return all(terms == Terms.of(self._of_market, symbol) for symbol, terms in self._terms.items())

    # Accounts

    def refresh(self, state: State, names: Iterable[str]) -> None:
        """Read accounts that changed."""
        work = {watch: Work(watch) for watch in self.watches}
        for name in names:
            half = state.accounts[name].on(self._market)
            record = self._record(name, half)
            if half.margin_calls or self._owes(half, record):
                self.marked.add(name)
            else:
                self.marked.discard(name)
            if record is not None:
                for unit in record.units:
                    work[unit.watch].add(unit.number, self._wallets(unit, half, record.shape))
                for watch, segment, place, _ in record.legs:
                    work[watch].add_leg(segment, place)
        for of_watch in work.values():
            of_watch.finish()

    def _record(self, name: str, half: MarketAccount) -> Record | None:
        record = self._records.get(name)
        if record is None and not half.positions:
            return None
        shape = self._shape(half)
        if record is not None:
            if record.shape == shape:
                return record
            if shape.has_rows_of(record.shape):
                self._records[name] = record = self._change(record, shape)
                return record
            for watch, segment, place, _ in record.legs:
                watch.table.columns.drop_leg(segment, place)
            for unit in record.units:
                unit.watch.drop_unit(unit.number)
            del self._records[name], self._held[name]
        if not shape.positions:
            return None
        self._records[name] = record = self._enter(name, shape)
        return record

    def _shape(self, half: MarketAccount) -> Shape:
        symbols = half.symbols
        if not symbols:
            return Shape(half.multi_assets_margin, tuple(half.positions.values()), _CROSS)
        isolated = []
        for symbol, _ in half.positions:
            chosen = symbols.get(symbol)
            isolated.append(chosen is not None and chosen.margin_type is MarginType.ISOLATED)
        return Shape(
            half.multi_assets_margin,
            tuple(half.positions.values()),
            tuple(isolated) if any(isolated) else _CROSS,
        )

    def _change(self, record: Record, shape: Shape) -> Record:
        """Write positions in the slots that they have."""
        for position, (watch, segment, place, row) in zip(shape.positions, record.legs, strict=True):
            payoff = self._of_market.contracts[position.symbol].payoff
            watch.table.columns.change_leg(segment, place, row, *line(payoff, position))
        return Record(shape, record.units, record.legs)

    def _enter(self, name: str, shape: Shape) -> Record:
        pools: dict[str, Unit] = {}
        units: list[Unit] = []
        legs = []
        for position, isolated in shape.rows():
            asset = self._of_market.margin_assets[position.symbol]
            joint = shape.multi_assets_margin and not isolated and asset in self._assets
            watch = self.joint if joint else self.alone
            pool = "" if joint else asset
            unit = None if isolated else pools.get(pool)
            if unit is None:
                number = watch.add_unit(name)
                unit = Unit(watch, number, "" if isolated else pool, position.isolated_wallet)
                units.append(unit)
                if not isolated:
                    pools[pool] = unit
            row = unit.number * watch.table.width + (self._assets.index(asset) if joint else 0)
            payoff = self._of_market.contracts[position.symbol].payoff
            segment = self._segment(watch, position.symbol, position.position_side)
            place = watch.table.columns.add_leg(segment, row, *line(payoff, position))
            legs.append(Leg(watch, segment, place, row))
        self._held[name] = frozenset(position.symbol for position in shape.positions)
        return Record(shape, tuple(units), tuple(legs))

    def _segment(self, watch: Watch, symbol: str, side: PositionSide) -> int:
        if symbol not in self._x:
            self._terms[symbol] = terms = Terms.of(self._of_market, symbol)
            self._ladders[symbol] = ladder(terms.brackets)
            self._x_of[symbol] = x_of(terms.payoff)
            self._x[symbol] = self._x_of[symbol](self._of_market.prices[symbol].mark_price)
        return watch.segment(symbol, side, self._ladders[symbol], self._x[symbol])

    def _wallets(self, unit: Unit, half: MarketAccount, shape: Shape) -> list[float]:
        if unit.watch is self.alone and not unit.asset:
            return [float(unit.isolated_wallet)]
        assets = (unit.asset,) if unit.watch is self.alone else self._assets
        return [float(self._cross_balance(half, asset, shape)) for asset in assets]

    def _cross_balance(self, half: MarketAccount, asset: str, shape: Shape) -> Decimal:
        wallet = half.wallets.get(asset)
        balance = ZERO if wallet is None else wallet.wallet_balance
        if shape.isolated:
            for position, isolated in shape.rows():
                if isolated and self._of_market.margin_assets[position.symbol] == asset:
                    balance -= position.isolated_wallet
        return balance

    def _owes(self, half: MarketAccount, record: Record | None) -> bool:
        """Whether a wallet is negative, or less than its isolated wallets."""
        for wallet in half.wallets.values():
            if wallet.wallet_balance < ZERO:
                return True
        if record is None or not record.shape.isolated:
            return False
        assets = {self._of_market.margin_assets[position.symbol] for position in record.shape.positions}
        return any(self._cross_balance(half, asset, record.shape) < ZERO for asset in assets)

    # Prices

    def add_up_with(self, arithmetic: Arithmetic) -> None:
        """Leave the sums to somebody else from now on."""
        for watch in self.watches:
            watch.table.arithmetic = arithmetic

    def follow(self, moved: Collection[str]) -> None:
        """Take over the prices that changed."""
        of_market, known_x = self._of_market, self._x
        if of_market.prices_version == self._prices_version:
            return
        # More than one change since the last look: some may have come with no word of what moved.
        known = of_market.prices_version == self._prices_version + 1
        self._prices_version = of_market.prices_version
        prices: dict[str, float] = {}
        rows, of_price = of_market.prices, self._x_of
        for symbol in moved if known else known_x:
            if symbol in known_x:
                x = of_price[symbol](rows[symbol].mark_price)
                if x != known_x[symbol]:
                    known_x[symbol] = prices[symbol] = x
        if prices:
            for watch in self.watches:
                watch.follow(prices)
        index = tuple(of_market.asset_index.values())
        if any(row is not seen for row, seen in zip(index, self._index, strict=True)):
            self._index = index
            self._take_rates()
            self.joint.look_everywhere()

    def same_assets(self) -> bool:
        """Whether the same assets are collateral as when the columns were laid out."""
        return len(self._index) == len(self._of_market.asset_index)

    def _take_rates(self) -> None:
        rates = list(collateral_rates(self._of_market).values())
        if rates:
            self._joint_wallet.bid = np.array([float(rate.bid) for rate in rates])
            self._joint_wallet.ask = np.array([float(rate.ask) for rate in rates])


_CROSS: tuple[bool, ...] = ()
