"""`margind margin`: an account from a file or from a pipe, priced, tried, explained; no server."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from margind.cli import numbers
from margind.cli.commands import margind
from margind.cli.terminal import Cell, Tone
from margind.margin import example_document
from tests.cli.conftest import Run, Server

PRICES = ("--price", "BTCUSDT=95000", "--price", "ETHUSDT=3300", "--price", "btcusd_perp=95000")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "account.json"
    path.write_text(example_document())
    return str(path)


def test_the_example_is_an_account_that_can_be_read_from_a_pipe(run: Run) -> None:
    example = run("margin", "--example").stdout
    result = run("margin", "-", *PRICES, stdin=example)
    assert result.exit_code == 0
    # By hand: (5000 - 1500 - 0.3 · 96200) / (0.3 · -0.996).
    assert "84,872.82" in result.stdout
    assert "Reference prices" not in result.stdout


def test_a_position_stands_with_its_pool_and_what_could_be_added(run: Run, file: str) -> None:
    lines = run("margin", file, *PRICES).stdout.splitlines()
    assert " ETHUSDT  isolated  1,900.00        52.80      2.77 %  ░░░░░░░░░░░░░░░░░░░░" in lines
    (bought,) = (line for line in lines if line.startswith(" BTCUSDT      BUY") and "-2019" in line)
    assert bought.split()[:5] == ["BTCUSDT", "BUY", "0.262", "0", "0.562"]


def test_prices_that_were_not_given_are_named(run: Run, file: str) -> None:
    text = run("margin", file, "--price", "BTCUSDT=95000", "--price", "BTCUSD_PERP=95000").stdout
    assert text.splitlines()[-1].startswith("Reference prices, as shipped: ETHUSDT 3,")
    assert text.splitlines()[-1].endswith("Give others with --price.")


def test_in_multi_assets_mode_indexes_that_were_not_given_are_named(run: Run) -> None:
    wallets = {asset: {"walletBalance": "1"} for asset in ("USDT", "BTC")}
    document = json.dumps({"usdm": {"multiAssetsMargin": True, "wallets": wallets}})
    text = run("margin", "-", "--price", "BTCUSD=100000", stdin=document).stdout
    assert text.splitlines()[-1].startswith("Reference prices, as shipped: USDTUSD ")
    assert "BTCUSD" not in text.splitlines()[-1].replace("USDTUSD", "")
    # Bids of 95 % of 100000 and of what USDT is worth.
    assert " all, in USD  95,000.99 " in text


def test_an_order_stands_with_before_and_after_and_what_comes_when_it_is_filled(run: Run, file: str) -> None:
    text = run("margin", file, *PRICES, "--order", "BUY 0.1 BTCUSDT @ 94000").stdout
    assert " BUY 0.1 BTCUSDT @ 94000  rests\n" in text
    rows = {" ".join(line.split()[:2]): line.split()[2:] for line in text.splitlines()}
    assert rows["BTCUSDT position"] == ["0.300", "0.300", "0.400"]
    # The fill costs 0.02 % of 9400 and nothing else; (3498.12 - 0.4 · 95650) / (0.4 · -0.996) then.
    assert rows["USDT wallet"] == ["5,000.00", "5,000.00", "4,998.12"]
    assert rows["BTCUSDT liquidation"] == ["84,872.82", "84,872.82", "87,253.71"]
    assert "ETHUSDT position" not in rows


def test_a_refused_order_has_its_code_and_what_would_have_passed(run: Run, file: str) -> None:
    text = run("margin", file, *PRICES, "--order", "BUY 3 BTCUSDT").stdout
    assert "refused: -2019 MARGIN_NOT_SUFFICIEN: Margin is insufficient." in text
    assert "a quantity of 0.262 BTC is the largest that passes" in text
    assert "After" not in text


@pytest.mark.parametrize(
    ("order", "fate"),
    [
        ("SELL 0.1 BTCUSDT", "0.1 filled at 95000, fee 4.75000000 USDT"),
        ("BUY 0.1 BTCUSDT @ 94000 IOC", "expires: nothing to trade with"),
    ],
)
def test_the_fate_of_an_order_is_told(run: Run, file: str, order: str, fate: str) -> None:
    assert fate in run("margin", file, *PRICES, "--order", order).stdout


def test_an_explanation_stands_alone_and_is_of_the_account_after_the_orders(run: Run, file: str) -> None:
    field = "BTCUSDT.liquidationPrice"
    assert run("margin", file, *PRICES, "--explain", field).stdout.startswith(f"{field} = 84872.82463186\n")
    after = run("margin", file, *PRICES, "--order", "SELL 0.3 BTCUSDT", "--explain", field)
    assert after.stdout.startswith(f"{field} = 0\n")
    named = run("margin", file, "--explain", "USDT.balance", "--view", "fapi-v3-balance")
    assert named.stdout.startswith("USDT.balance = 5000.00000000\n")


def test_everything_is_there_as_json(run: Run, file: str) -> None:
    options = (
        "--order",
        "BUY 0.1 BTCUSDT @ 94000",
        "--order",
        "BUY 3 BTCUSDT",
        "--explain",
        "availableBalance",
    )
    reply = json.loads(run("margin", file, *PRICES, *options, "--json").stdout)
    assert reply["before"]["usdm"]["positions"][0]["liquidationPrice"] == "84872.82463186"
    assert reply["filled"]["usdm"]["positions"][0]["positionAmt"] == "0.400"
    assert [row["status"] for row in reply["orders"]] == ["NEW", None]
    assert reply["orders"][1]["refusal"]["code"] == -2019
    assert reply["orders"][1]["refusal"]["because"]["remedy_value"]["quantity"] == "0.164"
    assert reply["largest"][0]["order"]["quantity"] == "0.262"
    assert reply["prices"]["BTCUSDT"] == {"price": "95000.00000000", "given": True}
    assert reply["explanation"]["value"] == reply["after"]["usdm"]["assets"][0]["availableBalance"]
    assert {pool["name"]: pool["marginRatio"] for pool in reply["before"]["pools"]}["USDT"] == "0.03630573"


def test_brackets_and_contracts_of_ones_own(run: Run, tmp_path: Path, file: str) -> None:
    rows = [
        {
            "bracket": 1,
            "initialLeverage": 125,
            "notionalFloor": 0,
            "notionalCap": 10**9,
            "maintMarginRatio": "0.1",
            "cum": 0,
        }
    ]
    (tmp_path / "brackets.json").write_text(json.dumps({"usdm": {"BTCUSDT": rows}}))
    (tmp_path / "contracts.json").write_text("{}")
    options = ("--brackets", str(tmp_path / "brackets.json"), "--contracts", str(tmp_path / "contracts.json"))
    reply = json.loads(run("margin", file, *PRICES, *options, "--json").stdout)
    assert reply["before"]["usdm"]["positions"][0]["maintMargin"] == "2850.00000000"
    (tmp_path / "brackets.json").write_text('{"usdm": {"BTCUSDT": [{}]}}')
    fault = run("margin", file, *options).stderr
    assert fault.startswith(f"margind: {tmp_path / 'brackets.json'}: BTCUSDT: ")
    dated = json.loads(run("margin", file, *PRICES, "--brackets", "2025-10-31", "--json").stdout)
    assert dated["before"]["usdm"]["positions"][0]["maintMargin"] == "114.00000000"


def test_an_account_that_holds_nothing_says_so(run: Run) -> None:
    assert run("margin", "-", stdin="{}").stdout == "one-way mode\nThe account holds nothing.\n"


@pytest.mark.parametrize(
    ("arguments", "document", "fault"),
    [
        ((), "{}}", "standard input: line 1, column 4: no JSON, trailing characters"),
        ((), '{"usdm": {"walets": {}}}', "standard input: usdm: object contains unknown field `walets`"),
        (("--price", "BTCUSDT"), "{}", "--price BTCUSDT: write it like BTCUSDT=95000"),
        (("--price", "BTCUSTD=1"), "{}", "BTCUSTD is not listed on either market; near it: BTCUSDT"),
        (("--price", "BTCUSDT=lots"), "{}", "BTCUSDT: 'LOTS' is no price"),
        (("--order", "BUY 1 BTCUSTD"), "{}", "BTCUSTD is not listed on either market; near it: BTCUSDT"),
        (("--order", "BUY 1"), "{}", "order 'BUY 1': an order has a side, a quantity and a symbol"),
        (("--explain", "availableBalanc"), "{}", "has no field 'availableBalanc'; near it: availableBalance"),
        (("--view", "nope", "--explain", "x"), "{}", "there is no view 'nope'"),
        (("--brackets", "2020-01-01"), "{}", "--brackets 2020-01-01: neither a file nor a shipped day"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    run: Run, arguments: tuple[str, ...], document: str, fault: str
) -> None:
    result = run("margin", "-", *arguments, stdin=document)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert fault.lower() in result.stderr.lower()
    assert result.stderr.count("\n") == 1


def test_without_a_file_the_example_is_pointed_at(run: Run) -> None:
    result = run("margin")
    assert result.exit_code == 2
    assert "Name a file with an account document; --example prints one." in result.stderr
    assert "File 'nowhere.json' does not exist." in run("margin", "nowhere.json").stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("margin --price BTCUSD_P", ["BTCUSD_PERP="]),
        ("margin --brackets 2026", ["2026-09-29"]),
        ("margin account.json --explain totalMaint", ["totalMaintMargin"]),
        ("margin account.json --view fapi-v3-p", ["fapi-v3-positionRisk"]),
        ("margin account.json --view fapi-v2-balance --explain USDT.cross", []),
        ("margin account.json --view nope --explain tot", []),
    ],
)
def test_the_tab_key_completes_symbols_days_and_fields(words: str, offered: list[str]) -> None:
    environment = {
        "_MARGIND_COMPLETE": "bash_complete",
        "COMP_WORDS": f"margind {words}",
        "COMP_CWORD": str(len(words.split())),
    }
    result = CliRunner().invoke(margind, prog_name="margind", env=environment)
    assert [row.partition(",")[2] for row in result.output.split()] == offered


def test_the_same_document_on_a_server_is_worth_the_same(run: Run, server: Server, file: str) -> None:
    run("exchanges", "create", "oracle", "--feed", "manual", url=server.url)
    there = ("--exchange", "oracle")
    run("accounts", "create", "ada", *there, url=server.url)
    for symbol, price in (("BTCUSDT", "95000"), ("ETHUSDT", "3300"), ("BTCUSD_PERP", "95000")):
        run("price", "set", symbol, price, *there, url=server.url)
    assert run("accounts", "load", "ada", file, *there, url=server.url).exit_code == 0
    served = json.loads(run("account", "ada", "--json", *there, url=server.url).stdout)
    here = json.loads(run("margin", file, *PRICES, "--json").stdout)["before"]
    for market in ("usdm", "coinm"):
        for half in (served[market], here[market]):
            for row in (*half["positions"], *half["openOrders"]):
                row.pop("updateTime", None), row.pop("time", None)
        assert here[market] == served[market]


def test_a_bar_is_full_at_liquidation() -> None:
    assert numbers.ratio_bar("0.25", 4) == Cell("█░░░", Tone.GOOD)
    assert numbers.ratio_bar("1.50000000", 4) == Cell("████", Tone.BAD)
    assert numbers.ratio_bar(None, 4) == Cell("")
