"""What commands take: durations, times, decimals, holdings, speeds; and how they refuse what they do not."""

import pytest

from margind.cli.explain import usual_view
from margind.cli.parameters import holding, market_of, number, speed
from margind.cli.times import day_text, duration, duration_text, moment, moment_text
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("250ms", 250),
        ("90s", 90_000),
        ("5m", 300_000),
        ("8h", 28_800_000),
        ("1d12h", 129_600_000),
        ("2w", 1_209_600_000),
    ],
)
def test_a_duration_is_read_with_its_units(text: str, millis: int) -> None:
    assert duration(text) == millis


@pytest.mark.parametrize("text", ["", "8", "8 h", "-8h", "1.5h", "h", "8hours"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 30s, 8h or 1d12h"):
        duration(text)


# 1769846400 is 2026-01-31T08:00:00Z (`date -u -d @1769846400`).
@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("2026-01-31T08:00Z", 1_769_846_400_000),
        ("2026-01-31T08:00:00.250Z", 1_769_846_400_250),
        ("2026-01-31T08:00", 1_769_846_400_000),
        ("2026-01-31 10:00+02:00", 1_769_846_400_000),
        ("2026-01-31", 1_769_817_600_000),
        ("1769846400000", 1_769_846_400_000),
    ],
)
def test_a_time_is_in_utc_unless_it_says_otherwise(text: str, millis: int) -> None:
    assert moment(text) == millis


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01", "12:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 2026-01-31T08:00Z"):
        moment(text)


def test_times_are_shown_in_utc() -> None:
    assert moment_text(1_769_846_400_999) == "2026-01-31 08:00:00 UTC"
    assert day_text(1_769_846_400_000) == "2026-01-31"


@pytest.mark.parametrize(
    ("millis", "text"),
    [
        (0, "0s"),
        (999, "0s"),
        (59_000, "59s"),
        (7_500_000, "2h 5m"),
        (604_800_000, "7d"),
        (90_061_000, "1d 1h"),
    ],
)
def test_a_length_of_time_is_shown_in_its_two_largest_units(millis: int, text: str) -> None:
    assert duration_text(millis) == text


@pytest.mark.parametrize("text", ["1e9", "NaN", "1,000", "", "0x10", "٣"])
def test_only_plain_decimals_are_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="is not a plain decimal number"):
        number(text)


def test_a_holding_is_an_asset_and_an_amount() -> None:
    assert holding("usdt=1000.50") == ("USDT", "1000.50")
    for text in ("USDT", "USDT=", "=5", "USDT=many"):
        with pytest.raises(ValueError, match="write it like USDT=1000"):
            holding(text)


def test_a_speed_is_positive_or_max() -> None:
    assert [speed(text) for text in ("1", "0.5", "60", "max")] == ["1", "0.5", "60", "max"]
    for text in ("0", "0.0", "-1", "fast", "inf"):
        with pytest.raises(ValueError, match="is not a positive number"):
            speed(text)


def test_a_symbol_tells_its_market() -> None:
    assert [market_of(symbol) for symbol in ("BTCUSDT", "BTCUSDT_260327", "BTCUSDC")] == ["usdm"] * 3
    assert [market_of(symbol) for symbol in ("BTCUSD_PERP", "ETHUSD_260327")] == ["coinm"] * 2


def test_a_field_of_a_coinm_symbol_is_explained_in_the_coinm_view() -> None:
    assert usual_view("positions.BTCUSD_PERP.maintMargin") == "dapi-v1-account"
    assert usual_view("positions.BTCUSDT.maintMargin") == "fapi-v2-account"
    assert usual_view("availableBalance") == "fapi-v2-account"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("serve", "--speed", "0"), "'0' is not a positive number"),
        (("serve", "--port", "70000"), "70000 is not in the range"),
        (("serve", "--limits", "maybe"), "'maybe' is not one of"),
        (("serve", "--memory", "--data", "x"), "exclude each other"),
        (("serve", "--ready-file", "/nonexistent/ready.json"), "no file can be written in /nonexistent"),
        (("clock", "advance", "5x"), "'5x' is no duration"),
        (("clock", "mode", "backwards"), "'backwards' is not one of"),
        (("accounts", "create", "a", "--usdm", "USDT"), "write it like USDT=1000"),
        (("transfer", "demo", "lots", "USDT"), "'lots' is not a plain decimal number"),
        (("price", "set", "BTCUSDT"), "Nothing to set"),
        (("price", "set", "BTCUSDT", "1e5"), "'1e5' is not a plain decimal number"),
        (("exchanges", "create", "t", "--feed", "nix"), "unknown feed 'nix'"),
        (("account", "--url", "localhost"), "is not the address of a server"),
        (("completion", "csh"), "'csh' is not one of"),
    ],
)
def test_bad_options_end_with_status_2_and_say_what_was_meant(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""
