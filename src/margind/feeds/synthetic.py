"""Invented markets that are the same for everybody who names the same seed."""

from array import array
from collections.abc import Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from math import isqrt

from margind.engine.model.contracts import Contract
from margind.engine.model.decimals import ONE
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.terms import Market, Millis
from margind.feeds.bar_feed import BarFeed, Series
from margind.feeds.bars import Bar, Columns
from margind.feeds.intervals import DAY
from margind.feeds.premiums import Premiums

DEFAULT_SYMBOLS = ("BTCUSDT", "ETHUSDT", "BTCUSD_PERP", "ETHUSD_PERP")
DEFAULT_VOLATILITY = Decimal("0.0005")
HIGHEST_VOLATILITY = Decimal("0.003")
"""At this one the price may leave its reference by at most 66 %."""

PREMIUM_SHARE = Decimal("0.025")
"""Of the volatility of the price: at the default one the premium is mostly below 0.1 %, at most 0.27 %."""

HISTORY: Millis = 7 * DAY

_BLOCK = 1024
_BLOCKS_KEPT = 64
_OCTAVES = 13
_BILLION = 10**9
_VOLUME = 500_000
"""Quote value of what is traded in a quiet minute; the busiest has three times as much."""


class Waves:
    """How far the price of a coin is from its reference, in billionths, at any minute.

    A sum of waves of 1, 2, 4 … 4096 minutes, each going straight from one hashed height to the next, with
    heights growing by the square root of the length, as a random walk's would. Any minute can be computed
    without those before it, so prices do not depend on who asked when; and they never drift away.
    """

    __slots__ = ("_amplitudes", "_name")

    def __init__(self, seed: str, coin: str, volatility: Decimal) -> None:
        self._name = f"{seed}\n{coin}".encode()
        scale = int(volatility * _BILLION)
        self._amplitudes = [scale * isqrt(2**octave * 10**8) // 10**4 for octave in range(_OCTAVES)]

    def block(self, number: int) -> list[int]:
        """The distances at the minutes of a block, and at the first minute after it."""
        first = number * _BLOCK
        sums = [0] * (_BLOCK + 1)
        for octave, amplitude in enumerate(self._amplitudes):
            length = 1 << octave
            lowest = first >> octave
            heights = [self._height(octave, place) for place in range(lowest, (first + _BLOCK >> octave) + 2)]
            for minute in range(_BLOCK + 1):
                place, into = divmod(first + minute, length)
                start, end = heights[place - lowest], heights[place - lowest + 1]
                sums[minute] += (start * length + (end - start) * into) * amplitude // (length << 15)
        return sums

    def dice(self, number: int) -> bytes:
        """Bytes for what else a block needs: three for each minute."""
        rounds = range(-(-_BLOCK * 3 // 32))
        return b"".join(self._hash(f"dice {number} {turn}") for turn in rounds)

    def _height(self, octave: int, place: int) -> int:
        """From -32768 to 32767."""
        digest = self._hash(f"{octave} {place >> 4}")
        at = (place & 15) * 2
        return int.from_bytes(digest[at : at + 2]) - (1 << 15)

    def _hash(self, what: str) -> bytes:
        return sha256(self._name + b"\n" + what.encode()).digest()


class SyntheticPremiums:
    """The premium of one contract at every minute: small waves of its own."""

    __slots__ = ("_blocks", "_waves")

    def __init__(self, symbol: str, seed: str, volatility: Decimal) -> None:
        self._waves = Waves(seed, f"premium of {symbol}", volatility * PREMIUM_SHARE)
        self._blocks: dict[int, list[int]] = {}

    def values(self, first: int, end: int) -> list[int]:
        """The premiums from a minute to before another, in billionths."""
        found: list[int] = []
        while first < end:
            number, place = divmod(first, _BLOCK)
            count = min(end - first, _BLOCK - place)
            found += self._block(number)[place : place + count]
            first += count
        return found

    def _block(self, number: int) -> list[int]:
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) >= _BLOCKS_KEPT:
                self._blocks.clear()
            block = self._blocks[number] = self._waves.block(number)
        return block


class SyntheticBars:
    """The bars of one contract: its reference price, moved by the waves of its coin."""

    __slots__ = ("_blocks", "_reference", "_volatility", "_volume", "_waves", "contract_size", "step", "tick")

    def __init__(self, contract: Contract, reference: Decimal, seed: str, volatility: Decimal) -> None:
        self.tick = contract.price_filter.tick_size
        self.step = contract.lot_size.step_size
        inverse = contract.market is Market.COINM
        self.contract_size = contract.contract_size if inverse else None
        self._reference = max(int(reference / self.tick), 1)
        unit = contract.contract_size if inverse else reference
        self._volume = max(int(_VOLUME / (unit * self.step)), 1)
        self._volatility = int(volatility * _BILLION)
        self._waves = Waves(seed, contract.base_asset, volatility)
        self._blocks: dict[int, Columns] = {}

    def bar(self, minute: int) -> Bar:
        """The bar of one minute."""
        number, place = divmod(minute, _BLOCK)
        return Bar(*(column[place] for column in self._block(number)))

    def columns(self, first: int, end: int) -> Iterator[Columns]:
        """The bars from `first` to before `end`, in pieces, in order."""
        while first < end:
            number, place = divmod(first, _BLOCK)
            count = min(end - first, _BLOCK - place)
            yield self._block(number).part(place, place + count)
            first += count

    def _block(self, number: int) -> Columns:
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) >= _BLOCKS_KEPT:
                self._blocks.clear()
            block = self._blocks[number] = self._made(number)
        return block

    def _made(self, number: int) -> Columns:
        reference = self._reference
        prices = [
            max(reference + reference * distance // _BILLION, 1) for distance in self._waves.block(number)
        ]
        dice = self._waves.dice(number)
        opens, closes = prices[:-1], prices[1:]
        beyond = reference * self._volatility
        highs, lows, volumes = [], [], []
        for minute in range(_BLOCK):
            up, down, busy = dice[3 * minute : 3 * minute + 3]
            top, bottom = max(prices[minute : minute + 2]), min(prices[minute : minute + 2])
            highs.append(top + beyond * up // (_BILLION << 8))
            lows.append(max(bottom - beyond * down // (_BILLION << 8), 1))
            volumes.append(self._volume + self._volume * busy // 128)
        return Columns(*(array("q", column) for column in (opens, highs, lows, closes, volumes)))


class SyntheticFeed(BarFeed):
    """Seeded prices around the reference price; all contracts on one coin move together."""

    def __init__(
        self,
        reference: Mapping[Market, MarketFacts],
        seed: str = "1",
        symbols: tuple[str, ...] = DEFAULT_SYMBOLS,
        volatility: Decimal = DEFAULT_VOLATILITY,
    ) -> None:
        if not 0 < volatility <= HIGHEST_VOLATILITY or volatility * _BILLION < ONE:
            raise ValueError(f"volatility must be between 0 and {HIGHEST_VOLATILITY}, a fraction per minute")
        series = tuple(_series(symbol, reference, seed, volatility) for symbol in symbols)
        description = f"seeded prices around the reference, seed {seed}, {volatility} a minute"
        super().__init__("synthetic", description, series, reference, HISTORY)


def _series(symbol: str, reference: Mapping[Market, MarketFacts], seed: str, volatility: Decimal) -> Series:
    for market, facts in reference.items():
        if symbol in facts.contracts and symbol in facts.prices:
            price = facts.prices[symbol].mark_price
            contract = facts.contracts[symbol]
            premiums = Premiums(SyntheticPremiums(symbol, seed, volatility))
            bars = SyntheticBars(contract, price, seed, volatility)
            return Series(market, symbol, bars, premiums=premiums)
    raise ValueError(f"unknown symbol {symbol!r}: a synthetic feed needs a listed contract")
