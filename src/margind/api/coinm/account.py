"""Account endpoints of COIN-M: account, balance, brackets, commission, income."""

from margind.api import history
from margind.api.common_parameters import END_TIME, OPTIONAL_SYMBOL, PAIR, START_TIME, SYMBOL, limit
from margind.api.endpoints import Call, Endpoint, Security, by_symbol
from margind.api.lookup import listed, named
from margind.api.parameters import Kind, Parameter
from margind.api.settings_calls import position_mode, symbol_config
from margind.api.views import account_view, listing_view
from margind.engine.model.terms import IncomeType, Market
from margind.wire.coinm import account, balance, brackets, configuration
from margind.wire.coinm import history as history_views
from margind.wire.configuration import PositionMode, SymbolConfig
from margind.wire.replies import encode

_INCOME_TYPES = (
    IncomeType.TRANSFER,
    IncomeType.WELCOME_BONUS,
    IncomeType.FUNDING_FEE,
    IncomeType.REALIZED_PNL,
    IncomeType.COMMISSION,
    IncomeType.INSURANCE_CLEAR,
    IncomeType.DELIVERED_SETTELMENT,
)


def _commission_rate(call: Call) -> bytes:
    tier = call.market_state.fee_tiers[call.owner.coinm.fee_tier]
    return encode(configuration.commission_rate(named(call), tier))


def _leverage_bracket(call: Call) -> bytes:
    return encode(brackets.leverage_brackets(call.market_state, listed(call)))


def _pair_leverage_bracket(call: Call) -> bytes:
    return encode(brackets.pair_leverage_brackets(call.market_state, call.parameters["pair"]))


async def _income(call: Call) -> bytes:
    return encode(history_views.income(await history.income(call)))


ENDPOINTS = (
    Endpoint(
        Market.COINM,
        "Account Information",
        Security.USER_DATA,
        listing_view("dapi-v1-account", account.encode_account),
        weight=5,
        method="GET",
        path="/dapi/v1/account",
        ws_method="account.status",
        ws_handler=listing_view("ws-dapi-account.status", account.encode_account_status),
        reply=account.Account,
    ),
    Endpoint(
        Market.COINM,
        "Futures Account Balance",
        Security.USER_DATA,
        account_view("dapi-v1-balance", balance.balance),
        method="GET",
        path="/dapi/v1/balance",
        ws_method="account.balance",
        ws_weight=5,
        reply=balance.Balance,
    ),
    Endpoint(
        Market.COINM,
        "Symbol Configuration (undocumented)",
        Security.USER_DATA,
        symbol_config,
        weight=5,
        method="GET",
        path="/dapi/v1/symbolConfig",
        parameters=(OPTIONAL_SYMBOL,),
        reply=SymbolConfig,
    ),
    Endpoint(
        Market.COINM,
        "Get Current Position Mode",
        Security.USER_DATA,
        position_mode,
        weight=30,
        method="GET",
        path="/dapi/v1/positionSide/dual",
        reply=PositionMode,
    ),
    Endpoint(
        Market.COINM,
        "User Commission Rate",
        Security.USER_DATA,
        _commission_rate,
        weight=20,
        method="GET",
        path="/dapi/v1/commissionRate",
        parameters=(SYMBOL,),
        reply=configuration.CommissionRate,
    ),
    Endpoint(
        Market.COINM,
        "Notional Bracket for Pair",
        Security.USER_DATA,
        _pair_leverage_bracket,
        method="GET",
        path="/dapi/v1/leverageBracket",
        parameters=(PAIR,),
    ),
    Endpoint(
        Market.COINM,
        "Notional Bracket for Symbol",
        Security.USER_DATA,
        _leverage_bracket,
        weight=by_symbol(1, without=2),
        method="GET",
        path="/dapi/v2/leverageBracket",
        parameters=(OPTIONAL_SYMBOL,),
    ),
    Endpoint(
        Market.COINM,
        "Get Income History",
        Security.USER_DATA,
        _income,
        weight=20,
        method="GET",
        path="/dapi/v1/income",
        parameters=(
            OPTIONAL_SYMBOL,
            Parameter("incomeType", Kind.ENUM, choices=_INCOME_TYPES),
            START_TIME,
            END_TIME,
            Parameter("page", Kind.INTEGER, default=1, minimum=1, maximum=1_000_000),
            limit(100, 1000),
        ),
        reply=history_views.Income,
    ),
)
