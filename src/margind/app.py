"""The only place that builds and connects the parts."""

import asyncio
import errno
import gc
import ipaddress
import logging
import os
import secrets
import socket
import string
from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec
import uvicorn

from margind import __version__
from margind.api.download_door import DownloadDoor
from margind.api.http import Application
from margind.api.http_protocol import BoundedHttpProtocol, Patience
from margind.api.keys import KeyRing
from margind.api.pipeline import Pipeline
from margind.api.rate_limits import LimitsMode, RateLimits
from margind.api.signing import verifier_for
from margind.api.streams.desk import StreamDesks
from margind.api.streams.doors import Streams, WebSocketDoors
from margind.api.streams.socket import StreamingWebSocketProtocol
from margind.api.table import ENDPOINTS
from margind.api.ws_api import WebSocketApi
from margind.clock import Clock, ClockMode, system_millis
from margind.control.door import ControlDoor
from margind.control.exchange_documents import SettingsDocument
from margind.control.exchange_specs import bring_back
from margind.demo import DEMO, demo_document
from margind.documents.numbers import Number
from margind.engine.commands import CreateKey, OpenAccount
from margind.engine.model.configuration import ExchangeSettings
from margind.engine.model.decimals import parse_decimal
from margind.engine.model.market_state import MarketFacts
from margind.engine.model.terms import ConditionalOrders, LiquidationPrice, Market, Rounding
from margind.errors.impossible import Impossible
from margind.exchanges import MAIN, Exchanges, ExchangeSpec
from margind.facts.load import load_facts
from margind.feeds import catalogue as feeds
from margind.runtime import ExchangeRuntime
from margind.settings import ServerSettings
from margind.storage import DataFolderLock

PING_EVERY_S, PONG_WITHIN_S = 180.0, 600.0
"""Documented: 'WebSocket API General Info', ping every 3 minutes, pong within 10."""

LARGEST_FRAME = 1 << 20

GARBAGE_AT = 10_000
"""New objects between two looks for cycles among them, of which there are few: an order makes about ten."""

_LETTERS = string.ascii_letters + string.digits
_KEY_LENGTH = 64


class ReadyAccount(msgspec.Struct, frozen=True):
    """An account a client can use at once."""

    name: str
    api_key: str
    secret_key: str

    def __repr__(self) -> str:
        return f"ReadyAccount(name={self.name!r})"


class Ready(msgspec.Struct, frozen=True):
    """What the ready file holds once connections are accepted."""

    base_url: str
    ws_url: str
    pid: int
    exchange: str
    accounts: tuple[ReadyAccount, ...]


def run(settings: ServerSettings, announce: Callable[[Ready], None]) -> None:
    """Serve until interrupted. Raises `Impossible` or `JournalError` when it cannot start."""
    # NumPy's library for matrices would keep threads that spin while they wait, and take turns from the loop.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings, announce))


async def _serve(settings: ServerSettings, announce: Callable[[Ready], None]) -> None:
    _refuse_open_control(settings)
    sockets = [_bind(settings.host, settings.port, "--port")]
    if settings.coinm_port is not None:
        sockets.append(_bind(settings.host, settings.coinm_port, "--coinm-port"))
    lock = None if settings.data is None else DataFolderLock(settings.data)
    facts = {market: load_facts(market) for market in Market}
    exchanges = Exchanges(facts, lock)
    try:
        keys = KeyRing()
        exchanges.when_opened.append(keys.follow)
        exchanges.when_closed.append(keys.forget)
        desks = StreamDesks()
        exchanges.when_opened.append(desks.open)
        exchanges.when_closed.append(desks.close)
        mode: LimitsMode = "enforce" if settings.limits == "enforce" else "count"
        limits = RateLimits(mode)
        main = await exchanges.create(_main_spec(settings, facts))
        await bring_back(exchanges)
        application = Application(
            Pipeline(ENDPOINTS, exchanges, keys, limits),
            DownloadDoor(
                exchanges,
                otherwise=ControlDoor(
                    exchanges,
                    token=settings.control_token,
                    version=__version__,
                    started=system_millis(),
                    check_key=verifier_for,
                    host=settings.host,
                ),
            ),
            WebSocketDoors(
                Streams(exchanges, desks.get, coinm_port=settings.coinm_port, limits=mode),
                WebSocketApi(ENDPOINTS, exchanges, keys, limits),
            ),
        )
        accounts = await _demo_account(main, demo=settings.demo)
        # What is here now stays: the collector need not look through contracts and accounts again and again.
        gc.freeze()
        gc.set_threshold(GARBAGE_AT)
        ready = _ready(settings, sockets[0], accounts)
        await _Server(_uvicorn_config(application), lambda: _tell(settings, ready, announce)).serve(sockets)
    finally:
        await exchanges.close()
        if lock is not None:
            lock.release()


def _refuse_open_control(settings: ServerSettings) -> None:
    if settings.control_token is None and not _is_loopback(settings.host):
        raise Impossible(
            "token_required",
            f"listening on {settings.host} lets others reach the control API: "
            "set --control-token or MARGIND_CONTROL_TOKEN, or listen on 127.0.0.1",
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _main_spec(settings: ServerSettings, facts: Mapping[Market, MarketFacts]) -> ExchangeSpec:
    try:
        options = feeds.options_named(settings.feed or feeds.default_recording())
    except ValueError as error:
        raise Impossible("unknown_feed", f"{error} (see `margind feeds`)") from error
    unpaced = settings.speed == "max"
    speed = Decimal(1) if unpaced else Decimal(settings.speed)

    def clock() -> Clock:
        if unpaced:
            return Clock(ClockMode.MANUAL, system_millis())
        return Clock(ClockMode.SYSTEM if speed == 1 else ClockMode.ACCELERATED, speed=speed)

    return ExchangeSpec(
        name=MAIN,
        make_clock=clock,
        make_feed=lambda: feeds.make_feed(reference=facts, **options),
        settings=_exchange_settings(settings),
        persistent=settings.data is not None,
        unpaced=unpaced,
    )


def _exchange_settings(settings: ServerSettings) -> ExchangeSettings:
    """Those of `main`; `Impossible` says which cannot be."""
    fund = {}
    for given in settings.insurance_fund:
        asset, _, text = given.partition("=")
        amount = parse_decimal(text)
        if not asset or amount is None:
            raise Impossible("bad_settings", f"--insurance-fund {given}: give it as ASSET=AMOUNT")
        fund[asset.upper()] = Number(amount)
    ratio = parse_decimal(settings.margin_call_ratio)
    if ratio is None:
        raise Impossible("bad_settings", f"--margin-call-ratio {settings.margin_call_ratio}: not a number")
    return SettingsDocument(
        initial_margin_rounding=Rounding(settings.initial_margin_rounding),
        legacy_account_weight=settings.legacy_account_weight,
        conditional_orders=ConditionalOrders(settings.conditional_orders),
        settlement_window_minutes=settings.settlement_window_minutes,
        liquidation=settings.liquidation,
        margin_call_ratio=Number(ratio),
        liquidation_step_brackets=settings.liquidation_step_brackets,
        liquidation_price=LiquidationPrice(settings.liquidation_price),
        insurance_fund=fund,
    ).settings()


async def _demo_account(main: ExchangeRuntime, *, demo: bool) -> tuple[ReadyAccount, ...]:
    """The demo account: made on a fresh exchange, found again on one that was kept."""
    state = main.state
    if demo and not state.accounts:
        api_key, secret_key = (_random_key() for _ in range(2))
        await main.execute(OpenAccount(DEMO))
        await main.execute(
            CreateKey(DEMO, api_key, "hmac", secret_key, ("USER_DATA", "TRADE", "USER_STREAM"))
        )
        await main.execute(demo_document(state, main.now()))
    return tuple(
        ReadyAccount(DEMO, key.api_key, key.secret)
        for key in state.keys.values()
        if key.account == DEMO and key.key_type == "hmac"
    )


def _random_key() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_KEY_LENGTH))


def _bind(host: str, port: int, option: str) -> socket.socket:
    """A socket at this address. What cannot be had is refused naming the option that chose it."""
    try:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        way_out = {
            errno.EADDRINUSE: f"choose another {option}, or 0 for a free one",
            errno.EACCES: f"ports below 1024 need special rights, choose another {option}",
        }.get(error.errno or 0, "choose an address of this machine as --host")
        raise Impossible(
            "cannot_listen", f"cannot listen on {_shown(host)}:{port} ({error.strerror}): {way_out}"
        ) from error
    return listener


def _shown(host: str) -> str:
    """A host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def _ready(settings: ServerSettings, listener: socket.socket, accounts: tuple[ReadyAccount, ...]) -> Ready:
    port = listener.getsockname()[1]
    host = _shown(settings.host)
    return Ready(f"http://{host}:{port}", f"ws://{host}:{port}", os.getpid(), MAIN, accounts)


def _tell(settings: ServerSettings, ready: Ready, announce: Callable[[Ready], None]) -> None:
    if settings.ready_file is not None:
        # Written beside and moved into place: whoever sees the file sees all of it.
        draft = settings.ready_file.with_name(settings.ready_file.name + ".part")
        try:
            draft.touch(mode=0o600)
            draft.write_bytes(msgspec.json.encode(ready))
            draft.replace(settings.ready_file)
        except OSError as error:
            raise Impossible(
                "no_ready_file", f"cannot write the ready file {settings.ready_file} ({error.strerror})"
            ) from error
    announce(ready)


def _without_traceback(record: logging.LogRecord) -> bool:
    """Keeps tracebacks out of uvicorn's log when all that happened is that a client sent bad UTF-8."""
    if record.exc_info is not None and isinstance(record.exc_info[1], UnicodeDecodeError):
        record.exc_info = None
    return True


def _uvicorn_config(application: Application) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_without_traceback)
    return uvicorn.Config(
        application,
        http=BoundedHttpProtocol,
        ws=StreamingWebSocketProtocol,
        ws_max_size=LARGEST_FRAME,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PONG_WITHIN_S,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
        backlog=2048,
    )


_TICKS_PER_LOOK = 50
"""uvicorn ticks ten times a second."""


class _Server(uvicorn.Server):
    """uvicorn, saying when it accepts connections, and not waiting for clients for ever."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready
        self._patience = Patience()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then tell."""
        await super().startup(sockets)
        if self.started:
            self._when_ready()

    async def on_tick(self, counter: int) -> bool:
        """Look after slow clients now and then."""
        if counter % _TICKS_PER_LOOK == 0:
            self._patience.look(list(self.server_state.connections), asyncio.get_running_loop().time())
        return await super().on_tick(counter)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform; the standard loop serves as well, a little slower
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


logging.getLogger("margind").addHandler(logging.NullHandler())
