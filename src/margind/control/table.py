"""All calls of the control API, in the order in which its reference page lists them."""

from margind.control import (
    account_calls,
    account_summary,
    delivery_calls,
    exchange_calls,
    explain,
    funding_calls,
    market_calls,
    price_summary,
    refusals,
)
from margind.control.exchange_documents import ClockChange, NewExchange
from margind.control.routes import Route
from margind.documents.account_document import AccountDocument
from margind.documents.market_documents import BracketsDocument, ContractsDocument
from margind.documents.price_documents import PricesDocument

PREFIX = "/margind/v1"
_EXCHANGES = f"{PREFIX}/exchanges"
_X = f"{_EXCHANGES}/{{x}}"
_A = f"{_X}/accounts/{{a}}"

ROUTES = (
    Route("GET", f"{PREFIX}/status", exchange_calls.status, "The server and its exchanges."),
    Route(
        "POST", _EXCHANGES, exchange_calls.create_exchange, "Make an exchange, without accounts.", NewExchange
    ),
    Route("GET", _X, exchange_calls.read_exchange, "An exchange as it stands."),
    Route("DELETE", _X, exchange_calls.delete_exchange, "End an exchange and forget it."),
    Route("POST", f"{_X}/reset", exchange_calls.reset_exchange, "Empty again, with the same settings."),
    Route("GET", f"{_X}/hash", exchange_calls.read_hash, "One number for the state: equal when it is equal."),
    Route("GET", f"{_X}/audit", exchange_calls.read_audit, "Where the money is; its sum is zero."),
    Route(
        "POST",
        f"{_X}/accounts",
        account_calls.open_account,
        "Open an account with balances and a key.",
        account_calls.NewAccount,
    ),
    Route("GET", f"{_X}/accounts", account_calls.list_accounts, "All accounts, without secrets."),
    Route(
        "POST", f"{_A}/keys", account_calls.create_key, "Give an account a further key.", account_calls.NewKey
    ),
    Route("DELETE", f"{_A}/keys/{{api_key}}", account_calls.revoke_key, "Take a key away."),
    Route(
        "POST",
        f"{_A}/transfers",
        account_calls.transfer,
        "Move an amount from the outside world or, negative, to it.",
        account_calls.NewTransfer,
    ),
    Route("GET", f"{_A}/report", account_summary.read_report, "The account at a glance, with all margins."),
    Route("GET", f"{_A}/state", account_calls.read_state, "The account as a document."),
    Route(
        "PUT",
        f"{_A}/state",
        account_calls.load_state,
        "Make the account exactly what a document says.",
        AccountDocument,
    ),
    Route("GET", f"{_A}/explain", explain.read_explanation, "How a field of an account view came to be."),
    Route(
        "GET", f"{_A}/refusals", refusals.read_refusals, "What was refused to the account lately, and why."
    ),
    Route("GET", f"{_X}/refusals", refusals.read_all_refusals, "The same of all, and of unknown keys."),
    Route("GET", f"{_X}/prices", price_summary.read_prices, "The present prices, of all symbols or some."),
    Route(
        "POST",
        f"{_X}/funding",
        funding_calls.settle_funding,
        "Settle funding of a symbol now.",
        funding_calls.NewFunding,
    ),
    Route(
        "PUT",
        f"{_X}/funding",
        funding_calls.set_funding_terms,
        "Replace how often symbols are funded, and between which rates.",
        funding_calls.FundingTermsDocument,
    ),
    Route(
        "POST",
        f"{_X}/delivery",
        delivery_calls.deliver_contract,
        "Deliver a dated contract now.",
        delivery_calls.NewDelivery,
    ),
    Route("PUT", f"{_X}/prices", market_calls.set_prices, "Set prices, all at one instant.", PricesDocument),
    Route(
        "PUT",
        f"{_X}/contracts",
        market_calls.list_contracts,
        "Add or replace contracts.",
        ContractsDocument,
    ),
    Route(
        "PUT",
        f"{_X}/brackets",
        market_calls.set_brackets,
        "Replace the brackets of symbols.",
        BracketsDocument,
    ),
    Route(
        "POST",
        f"{_X}/clock",
        exchange_calls.change_clock,
        "Move time, or change how it passes.",
        ClockChange,
    ),
)
