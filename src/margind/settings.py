"""Every option of the server: one frozen value, read only by `app.py`."""

from pathlib import Path

import msgspec


class ServerSettings(msgspec.Struct, frozen=True):
    """What `margind serve` was asked for."""

    host: str = "127.0.0.1"
    port: int = 9000
    """0 picks a free port."""
    coinm_port: int | None = None
    """A second port on which paths that name no market mean COIN-M."""
    data: Path | None = None
    """The folder that keeps `main` across restarts; None keeps everything in memory."""
    feed: str = ""
    """A recording's name, `synthetic` or `manual`; empty for the default recording."""
    speed: str = "1"
    """Real time times this, or `max`."""
    limits: str = "count"
    """`count` keeps the numbers true, `enforce` also refuses."""
    ready_file: Path | None = None
    demo: bool = True
    control_token: str | None = None
    initial_margin_rounding: str = "up"
    conditional_orders: str = "algo"
    """`algo` sends conditional orders to the algo service, `order` also takes them on the order endpoint."""
    legacy_account_weight: int = 5
    settlement_window_minutes: int = 30
    liquidation: bool = True
    margin_call_ratio: str = "0.8"
    liquidation_step_brackets: int = 1
    liquidation_price: str = "bankruptcy"
    insurance_fund: tuple[str, ...] = ()
    """What it starts with, each as ASSET=AMOUNT; the fund of an asset that is not named always pays."""

    def __repr__(self) -> str:
        return f"ServerSettings(host={self.host!r}, port={self.port}, feed={self.feed!r})"
