"""An explanation on a terminal: short, side by side, and in one screen."""

from margind.engine.margin.derivation import Derivation, Given
from margind.explain.explanation import Explanation
from margind.explain.text import explanation_text
from tests.explain.test_asking import asked

SCREEN = 50


def explained(account: str, view: str, field: str) -> str:
    return explanation_text(asked(account, view, field))


def test_a_maintenance_margin_reads_like_the_page_it_comes_from() -> None:
    # Bracket 2 of BTCUSDT: 0.5 %, cum 300; |6.5 · 60321.123456789| · 0.005 − 300 = 1660.436512345...
    assert explained("cross", "fapi-v2-account", "BTCUSDT.maintMargin") == (
        "positions.BTCUSDT.maintMargin = 1660.43651234\n"
        "  value of the position times the bracket's rate, less the bracket's cum, cut at 8 decimals\n"
        "\n"
        "BTCUSDT.maintMargin = |positionAmt × markPrice| × maintMarginRatio − cum, cut to 8 decimals\n"
        "    = |6.5 × 60321.123456789| × 0.005 − 300 = 1660.43651234\n"
        "\n"
        "given\n"
        "  BTCUSDT: maintMarginRatio 0.005, cum 300 (bracket 2 of BTCUSDT (floor 300000, cap 800000), table\n"
        "      of 2026-09-29)\n"
        "  BTCUSDT: markPrice 60321.123456789 (feed x at noon)\n"
        "  BTCUSDT: positionAmt 6.5 (position of the account)\n"
        "\n"
        "source: FAQ 'Leverage and Margin of USDⓈ-M Futures'\n"
        "sureness: confirmed on 17 public rows\n"
    )


def test_the_available_balance_of_three_positions_fits_one_screen() -> None:
    for account in ("isolated", "hedge"):
        text = explained(account, "fapi-v2-account", "availableBalance")
        assert len(text.splitlines()) <= SCREEN, text


def test_rows_with_one_formula_stand_side_by_side() -> None:
    text = explained("isolated", "fapi-v2-account", "USDT.unrealizedProfit")
    assert (
        "unrealizedProfit = positionAmt × (markPrice − entryPrice), cut to 8 decimals\n"
        "    ADAUSDT  -300 × (0.4104759 − 0.385) = -7.64277000\n"
        "    BTCUSDT  0.2 × (60321.123456789 − 59800.1) = 104.20469135\n"
        "    ETHUSDT  2 × (2510.07 − 2500) = 20.14000000\n"
    ) in text


def test_what_is_given_needs_one_line() -> None:
    assert explained("cross", "fapi-v2-positionRisk", "ETHUSDT.markPrice") == (
        "ETHUSDT.markPrice = 2510.07000000\n  markPrice 2510.07 (set by hand at noon)\n"
    )


def test_flags_and_words_are_printed_as_json_has_them() -> None:
    assert explained("isolated", "fapi-v2-account", "BTCUSDT.isolated").startswith(
        "positions.BTCUSDT.isolated = true\n"
    )
    assert explained("isolated", "fapi-v2-positionRisk", "BTCUSDT.marginType").startswith(
        "BTCUSDT.marginType = isolated\n"
    )


def test_what_rests_on_an_assumption_is_said() -> None:
    text = explained("hedge", "fapi-v2-account", "BTCUSDT.LONG.openOrderInitialMargin")
    assert "\nless sure\n  openOrderInitialMargin: confirmed in one-way mode" in text


def test_numbers_of_many_decimals_are_shown_shorter() -> None:
    long = "0.12345678901234567890"
    step = Derivation(
        "x", "", long, "a quotient", "a / b", f"({long}) / 1", "", "", "", (Given("a", "", "1", "x"),)
    )
    text = explanation_text(Explanation("v", "x", long, step, "", "", "", ""))
    assert "= (0.12345678901234…) / 1 = 0.12345678901234…\n" in text
