"""Replies of both markets that are no view of an account, and the one encoder of all replies."""

import msgspec

ENCODER = msgspec.json.Encoder()


def encode(view: object) -> bytes:
    """The bytes of a reply; the keys stand in the order of their struct."""
    return ENCODER.encode(view)


class Answer(msgspec.Struct, frozen=True):
    """What settings answer when they were changed (and, with another code, what a refusal says)."""

    code: int
    msg: str


SUCCESS = Answer(200, "success")
