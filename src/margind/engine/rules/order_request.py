"""An order as it is judged: what was asked, resolved against the account, the contract and the book."""

from decimal import Decimal

import msgspec

from margind.engine.commands import PlaceOrder
from margind.engine.model.account import Account, MarketAccount
from margind.engine.model.book import Book
from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ZERO
from margind.engine.model.market_state import MarketState
from margind.engine.model.orders import Order, closes_leg
from margind.engine.model.prices import SymbolPrice
from margind.engine.model.terms import BOTH, BUY, GTC, LIMIT, SELL, Side, TimeInForce
from margind.engine.state import State


class OrderRequest(msgspec.Struct):
    """One order on its way through the checks."""

    command: PlaceOrder
    account: Account
    half: MarketAccount
    market: MarketState
    contract: Contract
    prices: SymbolPrice
    book: Book
    price: Decimal
    """The limit; 0 for a market order."""
    quantity: Decimal
    side: Side
    is_limit: bool
    """Whether it has a price of its own."""
    time_in_force: TimeInForce
    """A market order takes what it gets at once."""
    only_reduces: bool
    """Whether it may never open: reduce-only one-way, or the closing side of a hedge leg."""
    replaces: Order | None = None
    """The open order it takes the place of, when it is what an amendment makes of one."""

    @property
    def limit(self) -> Decimal | None:
        """The worst price it accepts.

        Documented: a market order goes no further from the mark price than `marketTakeBound`.
        """
        if self.is_limit:
            return self.price
        bound = self.contract.market_take_bound
        return self.prices.mark_price * (1 + bound if self.side is BUY else 1 - bound)

    @property
    def position_amt(self) -> Decimal:
        """The signed size of the position row it acts on."""
        position = self.half.positions.get((self.command.symbol, self.command.position_side))
        return ZERO if position is None else position.position_amt

    @property
    def reducible(self) -> Decimal:
        """How much of the position it can close."""
        held = self.position_amt
        against = held > ZERO if self.side is SELL else held < ZERO
        return abs(held) if against else ZERO

    @property
    def meets_the_book(self) -> bool:
        """Whether it would trade at once."""
        opposite = self.book.against(self.side)
        return opposite.best is not None and opposite.reaches(opposite.best, self.limit)


def order_request(state: State, command: PlaceOrder) -> OrderRequest:
    """Look up what an order of a usable symbol is judged by; price and quantity are settled by the checks."""
    account = state.accounts[command.account]
    market = state.markets[command.market]
    is_limit = command.type is LIMIT
    return OrderRequest(
        command=command,
        account=account,
        half=account.on(command.market),
        market=market,
        contract=market.contracts[command.symbol],
        prices=market.prices[command.symbol],
        book=state.book(command.market, command.symbol),
        price=ZERO if command.price is None else command.price,
        quantity=ZERO if command.quantity is None else command.quantity,
        side=command.side,
        is_limit=is_limit,
        time_in_force=(command.time_in_force if is_limit else None) or GTC,
        only_reduces=_only_reduces(command),
    )


def _only_reduces(command: PlaceOrder) -> bool:
    side = command.position_side
    if side is BOTH:
        return bool(command.reduce_only) or command.close_position
    return closes_leg(side, command.side)
