"""The short code that balance rows show for an account."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 4
_CODES = len(_LETTERS) ** _LENGTH
_MIXER = 4_518_827
"""Odd and no multiple of 13, so that multiplying modulo 52^4 gives every number its own code."""


def account_alias(number: int) -> str:
    """Four letters as in "SgsR": always the same for an account, different for the first 7 million."""
    mixed = number * _MIXER % _CODES
    letters = []
    for _ in range(_LENGTH):
        mixed, place = divmod(mixed, len(_LETTERS))
        letters.append(_LETTERS[place])
    return "".join(letters)
