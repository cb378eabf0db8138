"""Numbers as a table shows them: cut to what the eye needs, thousands apart. `--json` has every digit."""

from decimal import ROUND_DOWN, Decimal

from margind.cli.terminal import Cell, Tone
from margind.engine.model.decimals import CONTEXT, ONE

WARNING_RATIO, CRITICAL_RATIO = Decimal("0.5"), Decimal("0.8")
"""Where a margin ratio turns yellow and red; at 1 the pool is liquidated."""

_USD_PLACES, _COIN_PLACES = 2, 6
_LEAST_PLACES, _PRICE_DIGITS = 2, 5


def amount(text: str, asset: str) -> str:
    """Money: 2 decimals of a dollar asset, 6 of a coin."""
    return _cut(Decimal(text), _USD_PLACES if "USD" in asset else _COIN_PLACES)


def price(text: str) -> str:
    """A price with at least 5 digits that say something; `-` when there is none."""
    value = Decimal(text)
    if not value:
        return "-"
    return _cut(value, max(_LEAST_PLACES, _PRICE_DIGITS - 1 - value.adjusted()))


def quantity(text: str) -> str:
    """A quantity with all its digits."""
    return f"{Decimal(text):,f}"


def profit(text: str, asset: str) -> Cell:
    """A profit in green, a loss in red, both with their sign."""
    value = Decimal(text)
    shown = amount(text, asset)
    if value > 0:
        return Cell(f"+{shown}", Tone.GOOD)
    return Cell(shown, Tone.BAD if value < 0 else Tone.PLAIN)


def percent(text: str, places: int = 2) -> str:
    """A fraction in percent."""
    return f"{_cut(Decimal(text) * 100, places)} %"


def ratio(text: str | None) -> Cell:
    """A margin ratio, in the colour of its danger; empty when nothing is required."""
    if text is None:
        return Cell("")
    value = Decimal(text)
    tone = Tone.GOOD
    if value >= WARNING_RATIO:
        tone = Tone.BAD if value >= CRITICAL_RATIO else Tone.WARNING
    return Cell(percent(text), tone)


def ratio_bar(text: str | None, width: int) -> Cell:
    """A margin ratio as a bar that is full where the pool is liquidated, in the colour of its danger."""
    shown = ratio(text)
    if text is None:
        return shown
    full = min(width, int(Decimal(text) * width))
    return Cell("█" * full + "░" * (width - full), shown.tone)


def _cut(value: Decimal, places: int) -> str:
    # Toward zero, as the exchange cuts: what is shown never claims more than there is.
    cut = value.quantize(ONE.scaleb(-places), ROUND_DOWN, CONTEXT)
    return f"{cut or abs(cut):,f}"
