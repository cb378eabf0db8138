"""What commands take: decimals, markets, assets with amounts, speeds."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from margind.engine.model.decimals import ZERO, parse_decimal
from margind.engine.model.terms import Market

MARKET = click.Choice([market.value for market in Market])


T = TypeVar("T")


def parsed(parse: Callable[[str], T]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that reads what was given, one text or several; what `parse` refuses is a bad parameter."""

    def callback(ctx: click.Context, param: click.Parameter, given: Any) -> Any:
        try:
            if isinstance(given, tuple):
                return tuple(parse(text) for text in given)
            return None if given is None else parse(given)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None

    return callback


def number(text: str) -> str:
    """A plain decimal, kept as the text it was given as."""
    if parse_decimal(text) is None:
        raise ValueError(f"{text!r} is not a plain decimal number")
    return text


def holding(text: str) -> tuple[str, str]:
    """An asset and an amount of it: `USDT=1000`."""
    asset, sign, amount = text.partition("=")
    if not asset or not sign or parse_decimal(amount) is None:
        raise ValueError(f"{text!r} is no asset with its amount; write it like USDT=1000")
    return asset.upper(), amount


def speed(text: str) -> str:
    """A positive number, or `max`."""
    value = parse_decimal(text)
    if text != "max" and (value is None or value <= ZERO):
        raise ValueError(f"{text!r} is not a positive number; write it like 1, 60 or max")
    return text


def market_of(symbol: str) -> str:
    """The market whose symbols have this form: COIN-M's are a USD pair and an expiry, as BTCUSD_PERP."""
    pair, underscore, _ = symbol.partition("_")
    return Market.COINM.value if underscore and pair.endswith("USD") else Market.USDM.value
