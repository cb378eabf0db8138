"""What commands print of a running server, and what they change there. Prices of this server stand still."""

import hmac
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner, Result

from margind.cli.commands import margind
from margind.cli.snippets import SNIPPETS, Snippet
from tests.cli.conftest import Run, Server

At = Callable[..., Result]


@pytest.fixture
def at(run: Run, server: Server) -> At:
    """Runs a command against the server."""
    return lambda *arguments, **more: run(*arguments, url=server.url, **more)


@pytest.fixture
def exchange(at: At, request: pytest.FixtureRequest) -> str:
    """An exchange for one test alone, whose time stands at 2026-01-31 08:00 UTC."""
    name = request.node.name[:40].replace("[", "-").replace("]", "-")
    made = at("exchanges", "create", name, "--clock", "manual", "--now", "2026-01-31T08:00Z")
    assert made.exit_code == 0, made.output
    return str(name)


def signed(server: Server, path: str) -> Any:
    """The reply to a signed GET of the demo account."""
    demo = server.ready["accounts"][0]
    query = f"timestamp={time.time_ns() // 1_000_000}"
    signature = hmac.new(demo["secret_key"].encode(), query.encode(), "sha256").hexdigest()
    url = f"{server.url}{path}?{query}&signature={signature}"
    with urlopen(Request(url, headers={"X-MBX-APIKEY": demo["api_key"]})) as reply:  # noqa: S310 - our own server
        return json.load(reply)


def lines(result: Result) -> list[list[str]]:
    """The words of each line."""
    assert result.exit_code == 0, result.output
    return [line.split() for line in result.stdout.splitlines()]


def row(result: Result, *names: str) -> list[str]:
    """The words of the line that begins with some words."""
    return next(words for words in lines(result) if words[: len(names)] == list(names))


# What is shown


def test_the_account_shows_wallets_positions_and_orders_of_both_markets(at: At) -> None:
    text = at("account").stdout
    for words in (
        "demo on main, one-way mode",
        "USDⓈ-M  single-asset mode",
        "COIN-M  fee tier 0\n",
        " Asset ",
        " Position ",
        " Open order ",
        "cross 20x",
        "isolated 10x",
        "demo-bid",
    ):
        assert words in text


def test_the_numbers_of_the_account_are_those_its_clients_read(at: At, server: Server) -> None:
    report = json.loads(at("account", "--json").stdout)
    account = signed(server, "/fapi/v2/account")
    clients_rows = {asset["asset"]: asset for asset in account["assets"]}
    assert {asset["asset"] for asset in report["usdm"]["assets"]} == {"USDT", "USDC", "BNB", "BTC"}
    for asset in report["usdm"]["assets"]:
        for field in ("walletBalance", "marginBalance", "maintMargin", "initialMargin", "availableBalance"):
            assert asset[field] == clients_rows[asset["asset"]][field]
    risks = {risk["symbol"]: risk for risk in signed(server, "/fapi/v3/positionRisk")}
    assert {position["symbol"] for position in report["usdm"]["positions"]} == {"BTCUSDT", "ETHUSDT"}
    for position in report["usdm"]["positions"]:
        for field in ("positionAmt", "entryPrice", "breakEvenPrice", "markPrice", "liquidationPrice"):
            assert position[field] == risks[position["symbol"]][field]
    (position,) = report["coinm"]["positions"]
    clients_position = next(
        risk for risk in signed(server, "/dapi/v1/positionRisk") if risk["symbol"] == "BTCUSD_PERP"
    )
    assert position["liquidationPrice"] == clients_position["liquidationPrice"]


def test_a_margin_ratio_is_maintenance_margin_over_the_balance_of_its_pool(at: At) -> None:
    report = json.loads(at("account", "--json").stdout)
    (isolated,) = [row for row in report["usdm"]["positions"] if row["marginType"] == "ISOLATED"]
    balance = float(isolated["isolatedWallet"]) + float(isolated["unrealizedProfit"])
    assert float(isolated["marginRatio"]) == pytest.approx(float(isolated["maintMargin"]) / balance, abs=2e-8)
    (cross,) = [row for row in report["usdm"]["positions"] if row["marginType"] == "CROSSED"]
    assert cross["marginRatio"] is None
    assert [row["marginRatio"] for row in report["usdm"]["assets"] if row["asset"] != "USDT"] == [None] * 3


def test_an_account_without_anything_says_so(at: At, exchange: str) -> None:
    at("accounts", "create", "empty", "--exchange", exchange)
    assert (
        at("account", "empty", "--exchange", exchange).stdout.count("no money, no positions, no orders") == 2
    )


def test_multi_assets_mode_has_one_total_in_usd(at: At, exchange: str, tmp_path: Path) -> None:
    document = tmp_path / "multi.json"
    document.write_text(
        json.dumps({"usdm": {"multiAssetsMargin": True, "wallets": {"USDT": {"walletBalance": "7"}}}})
    )
    at("accounts", "create", "multi", "--exchange", exchange)
    loaded = at("accounts", "load", "multi", str(document), "--exchange", exchange)
    assert loaded.exit_code == 0, loaded.output
    shown = at("account", "multi", "--exchange", exchange)
    assert "multi-assets mode" in shown.stdout
    assert row(shown, "USDT")[1] == "7.00"
    assert row(shown, "all,", "in", "USD")[3].startswith(("6.9", "7.0"))


def test_the_list_of_accounts_has_their_keys_and_no_secrets(at: At, server: Server) -> None:
    demo = server.ready["accounts"][0]
    text = at("accounts").stdout
    assert demo["api_key"] in text
    assert demo["secret_key"] not in text


def test_prices_are_shown_by_name_and_unmoved_ones_only_then(at: At, exchange: str) -> None:
    assert "No price has moved yet" in at("price", "--exchange", exchange).stdout
    assert row(at("price", "solusdt", "--exchange", exchange), "SOLUSDT")[-2:] == ["as", "shipped"]
    assert len(lines(at("price", "--all", "--exchange", exchange))) > 600


def test_a_number_is_explained_and_the_result_is_the_printed_digit(at: At, server: Server) -> None:
    text = at("explain", "availableBalance").stdout
    assert text.startswith(f"availableBalance = {signed(server, '/fapi/v2/account')['availableBalance']}\n")
    assert "source:" in text
    assert "BTCUSD_PERP.maintMargin" in at("explain", "positions.BTCUSD_PERP.maintMargin").stdout


def test_the_audit_balances_and_says_so(at: At) -> None:
    result = at("audit")
    assert "✓ balanced: every total is zero" in result.stdout
    assert json.loads(at("audit", "--json").stdout)["balanced"] is True


def test_the_hash_is_the_one_the_server_tells(at: At) -> None:
    reply = json.loads(at("hash", "--json").stdout)
    assert at("hash").stdout == f"{reply['state_hash']}  after {reply['sequence']:,} events\n"


def test_json_is_one_line_that_holds_the_whole_reply(at: At) -> None:
    for command in ("account", "accounts", "price", "clock", "exchanges", "audit", "hash"):
        result = at(command, "--json")
        assert result.stdout.count("\n") == 1
        assert json.loads(result.stdout)


# What is changed


def test_a_price_that_is_set_shows_and_the_rest_keeps_its_value(at: At, exchange: str) -> None:
    before = row(at("price", "BTCUSDT", "--exchange", exchange), "BTCUSDT")
    done = at("price", "set", "btcusdt", "50000", "--last", "50001.5", "--exchange", exchange)
    assert done.stdout == "✓ BTCUSDT: markPrice 50000, lastPrice 50001.5\n"
    after = row(at("price", "--exchange", exchange), "BTCUSDT")
    assert after[1:4] == ["50,000.00", before[2], "50,001.50"]


def test_a_coinm_price_is_set_on_its_market(at: At, exchange: str) -> None:
    at("price", "set", "BTCUSD_PERP", "60000", "--exchange", exchange)
    prices = json.loads(at("price", "BTCUSD_PERP", "--exchange", exchange, "--json").stdout)
    assert prices["coinm"]["BTCUSD_PERP"]["markPrice"] == "60000"


def test_a_manual_clock_is_moved_by_durations_and_times(at: At, exchange: str) -> None:
    assert at("clock", "--exchange", exchange).stdout.startswith("2026-01-31 08:00:00 UTC  manual")
    moved = at("clock", "advance", "1d12h", "--exchange", exchange)
    assert moved.stdout.startswith("2026-02-01 20:00:00 UTC  manual")
    at("clock", "set", "2026-03-01", "--exchange", exchange)
    assert at("clock", "--exchange", exchange).stdout.startswith("2026-03-01 00:00:00 UTC  manual")
    changed = at("clock", "mode", "accelerated", "--speed", "60", "--exchange", exchange)
    assert "accelerated: 60 times real time" in changed.stdout


def test_a_clock_that_runs_by_itself_is_not_moved_and_says_how_it_could_be(at: At) -> None:
    result = at("clock", "advance", "8h")
    assert result.exit_code == 1
    assert "stop it with `margind clock mode manual` first" in result.stderr


def test_an_account_is_opened_with_money_and_a_key(at: At, exchange: str) -> None:
    made = at(
        *("accounts", "create", "alice", "--usdm", "USDT=1000", "--usdm", "BNB=2", "--coinm", "btc=0.5"),
        *("--permission", "user_data", "--ip", "10.0.0.1", "--exchange", exchange),
    )
    key = row(made, "API", "key")[2]
    assert row(at("accounts", "--exchange", exchange), "alice") == [
        "alice",
        key,
        "hmac",
        "USER_DATA",
        "10.0.0.1",
    ]
    shown = at("account", "alice", "--exchange", exchange)
    assert row(shown, "USDT")[1] == "1,000.00"
    assert row(shown, "BTC")[1] == "0.500000"


def test_a_further_key_is_made_and_taken_away(at: At, exchange: str) -> None:
    at("accounts", "create", "bob", "--exchange", exchange)
    made = at("key", "create", "bob", "--exchange", exchange, "--json")
    api_key = json.loads(made.stdout)["api_key"]
    assert api_key in at("accounts", "--exchange", exchange).stdout
    at("key", "delete", "bob", api_key, "--exchange", exchange)
    assert api_key not in at("accounts", "--exchange", exchange).stdout


def test_money_comes_in_and_goes_out_and_no_more_than_is_free(at: At, exchange: str) -> None:
    at("accounts", "create", "carol", "--exchange", exchange)
    given = at("transfer", "carol", "500", "usdt", "--exchange", exchange)
    assert given.stdout == "✓ 500 USDT to carol on usdm\n"
    taken = at("transfer", "carol", "-0.5", "USDT", "--exchange", exchange)
    assert taken.stdout == "✓ 0.5 USDT from carol on usdm\n"
    assert row(at("account", "carol", "--exchange", exchange), "USDT")[1] == "499.50"
    refused = at("transfer", "carol", "-500", "USDT", "--exchange", exchange)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("margind: ")
    assert "499.5" in refused.stderr


def test_an_account_that_was_saved_is_loaded_again(at: At, exchange: str, tmp_path: Path) -> None:
    file = str(tmp_path / "demo.json")
    assert at("accounts", "save", "demo", file).exit_code == 0
    at("accounts", "create", "copy", "--exchange", exchange)
    loaded = at("accounts", "load", "copy", file, "--exchange", exchange)
    assert loaded.stdout == f"✓ copy is what {file} says\n"
    original, copy = at("accounts", "save", "demo"), at("accounts", "save", "copy", "--exchange", exchange)
    assert copy.stdout == original.stdout


def test_a_file_that_is_no_document_is_refused(at: At, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text("{")
    result = at("accounts", "load", "demo", str(file))
    assert result.exit_code == 1
    assert "is no JSON document" in result.stderr


def test_exchanges_are_listed_reset_and_deleted(at: At, exchange: str) -> None:
    listed = row(at("exchanges"), exchange)
    assert listed[1:6] == ["2026-01-31", "08:00:00", "UTC", "manual", "manual"]
    at("accounts", "create", "dave", "--exchange", exchange)
    assert "dave" in " ".join(row(at("exchanges"), exchange))
    asked = at("exchanges", "reset", exchange, stdin="n\n")
    assert asked.exit_code == 1
    assert "dave" in " ".join(row(at("exchanges"), exchange))
    assert at("exchanges", "reset", exchange, "--yes").stdout == f"✓ {exchange} is empty again\n"
    assert "dave" not in " ".join(row(at("exchanges"), exchange))
    assert at("exchanges", "delete", exchange, stdin="y\n").exit_code == 0
    assert exchange not in at("exchanges").stdout


def test_a_synthetic_exchange_takes_its_seed(at: At, exchange: str) -> None:
    name = f"{exchange}-7"
    made = at("exchanges", "create", name, "--seed", "7", "--initial-margin-rounding", "cut", "--json")
    reply = json.loads(made.stdout)
    assert reply["feed"] == {"kind": "synthetic", "seed": "7"}
    assert reply["settings"]["initialMarginRounding"] == "cut"
    assert reply["settings"]["conditionalOrders"] == "algo"


def test_an_exchange_can_be_made_to_take_stop_orders_at_the_order_endpoint(at: At, exchange: str) -> None:
    made = at("exchanges", "create", f"{exchange}-stops", "--conditional-orders", "order", "--json")
    assert json.loads(made.stdout)["settings"]["conditionalOrders"] == "order"


def test_a_symbol_can_be_funded_on_other_terms(at: At, exchange: str) -> None:
    asked = ("funding", "ethusdt", "--every", "1", "--exchange", exchange)
    told = at(*asked, "--cap", "0.003", "--floor", "-0.003")
    assert "ETHUSDT is funded every hour, at rates from -0.003 to 0.003." in told.stdout
    terms = json.loads(at(*asked, "--json").stdout)["usdm"]["ETHUSDT"]
    assert terms["fundingIntervalHours"] == 1
    assert terms["nextFundingTime"] % 3_600_000 == 0


@pytest.mark.parametrize("arguments", [("BTCUSDT",), ("BTCUSDT", "0.001", "--every", "4")])
def test_funding_is_settled_or_its_terms_change_and_not_both(at: At, arguments: tuple[str, ...]) -> None:
    result = at("funding", *arguments)
    assert result.exit_code == 2
    assert "give a RATE to settle now, or --every" in result.stderr


# What is refused


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("account", "nobody"), "there is no account named 'nobody'; there are: demo"),
        (("account", "--exchange", "nowhere"), "there is no exchange named 'nowhere'"),
        (("price", "BTCUSTD"), "BTCUSTD is not listed on either market; near it: BTCUSDT"),
        (("price", "set", "BTCUSTD", "1"), "BTCUSTD is not listed on usdm; near it: BTCUSDT"),
        (("funding", "BTCUSTD", "0.001"), "BTCUSTD is not listed on usdm; near it: BTCUSDT"),
        (("deliver", "BTCUSTD"), "BTCUSTD is not listed on usdm; near it: BTCUSDT"),
        (("transfer", "demo", "5", "USTD"), "USTD cannot be held on usdm; near it: USDT"),
        (("explain", "nonsense"), "has no field 'nonsense'"),
        (("accounts", "create", "demo"), "there is an account named 'demo' already"),
        (("exchanges", "create", "main"), "there is an exchange named 'main' already"),
    ],
)
def test_a_refusal_is_the_servers_sentence(at: At, arguments: tuple[str, ...], words: str) -> None:
    result = at(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("margind: ")
    assert words in result.stderr


def test_contracts_that_have_ended_are_shown_when_asked_for(at: At, exchange: str) -> None:
    there = ("--exchange", exchange)
    at("price", "set", "BTCUSDT", "50000", *there)
    at("deliver", "BTCUSDT_260327", *there)
    ended = at("price", "set", "BTCUSDT_260327", "51000", *there)
    assert ended.exit_code == 0, ended.output
    assert "BTCUSDT_260327" not in at("price", *there).stdout
    assert "BTCUSDT_260327" in at("price", "--all", *there).stdout
    assert "BTCUSDT_260327" in at("price", "BTCUSDT_260327", *there).stdout


# The tab key


def completions(server: Server, *words: str) -> set[str]:
    typed = {
        "_MARGIND_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("margind", *words)),
        "MARGIND_URL": server.url,
    }
    result = CliRunner().invoke(margind, prog_name="margind", env={**typed, "COMP_CWORD": str(len(words))})
    return {line.partition(",")[2] for line in result.output.splitlines() if line}


def test_the_tab_key_completes_commands_accounts_symbols_and_exchanges(server: Server) -> None:
    assert completions(server, "acc") == {"account", "accounts"}
    assert completions(server, "account", "de") == {"demo"}
    assert completions(server, "price", "show", "btcusd_p") == {"BTCUSD_PERP"}
    assert "main" in completions(server, "account", "--exchange", "ma")


def test_the_tab_key_completes_what_can_be_explained(server: Server) -> None:
    field = "positions.BTCUSDT.maintMarg"
    assert completions(server, "explain", field) == {f"{field}in"}
    assert completions(server, "explain", "field", "totalMaint") == {"totalMaintMargin"}
    assert completions(server, "explain", "positions.BTCUSD_PERP.leve") == {"positions.BTCUSD_PERP.leverage"}
    # The account holds nothing of it.
    assert completions(server, "explain", "positions.SOLUSDT.") == set()
    assert completions(server, "explain", "--view", "fapi-v2-b") == {"fapi-v2-balance"}
    of_balance = completions(server, "explain", "--view", "fapi-v2-balance", "USDT.cross")
    assert of_balance == {"USDT.crossWalletBalance", "USDT.crossUnPnl"}
    assert completions(server, "explain", "--view", "nope", "USDT.") == set()


def test_the_tab_key_offers_commands_beside_what_the_usual_one_takes(server: Server) -> None:
    assert completions(server, "explain", "la") == {"last"}
    assert completions(server, "price", "se") == {"set", "SEIUSDT"}
    assert completions(server, "price", "btcusd_p") == {"BTCUSD_PERP"}
    assert completions(server, "price", "--al") == {"--all"}
    assert {"show", "set"} <= completions(server, "price", "")


# What is printed to be pasted


@pytest.mark.parametrize(
    ("snippet", "wallet"),
    list(zip(SNIPPETS, ("10000", "0.25", "10000", "10000", "0.25"), strict=True)),
    ids=[snippet.client for snippet in SNIPPETS],
)
def test_a_snippet_runs_as_it_stands_and_shows_the_demo_account(
    server: Server, snippet: Snippet, wallet: str
) -> None:
    demo = server.ready["accounts"][0]
    program = snippet.filled(server.url, demo["api_key"], demo["secret_key"])
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert wallet in done.stdout


def test_a_contract_is_delivered_and_the_next_one_listed(at: At, exchange: str) -> None:
    told = at("deliver", "btcusdt_260327", "--price", "61000.5", "--exchange", exchange)
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines() == [
        "BTCUSDT_260327 was delivered at 61000.5.",
        "BTCUSDT_260925 is listed now.",
    ]
    again = at("deliver", "BTCUSDT_260327", "--exchange", exchange)
    assert again.exit_code != 0
    assert "DELIVERED" in again.stderr
