"""Account endpoints of USDⓈ-M: account, balance, configuration, brackets, income."""

from margind.api import history
from margind.api.common_parameters import END_TIME, OPTIONAL_SYMBOL, START_TIME, SYMBOL, limit
from margind.api.endpoints import Call, Endpoint, Security, by_symbol
from margind.api.lookup import listed, named
from margind.api.parameters import Kind, Parameter
from margind.api.settings_calls import position_mode, symbol_config
from margind.api.views import account_view, listing_view
from margind.engine.commands import ChangeFeeBurn
from margind.engine.model.terms import IncomeType, Market
from margind.wire.configuration import PositionMode, SymbolConfig
from margind.wire.replies import SUCCESS, Answer, encode
from margind.wire.usdm import account, balance, brackets, configuration
from margind.wire.usdm import history as history_views

_BALANCE = account_view("fapi-balance", balance.balance)


def _account_config(call: Call) -> bytes:
    return encode(configuration.account_config(call.owner))


def _asset_mode(call: Call) -> bytes:
    return encode(configuration.asset_mode(call.owner.usdm))


def _fee_burn(call: Call) -> bytes:
    return encode(configuration.fee_burn(call.owner.usdm))


async def _change_fee_burn(call: Call) -> bytes:
    await call.runtime.execute(ChangeFeeBurn(call.owner.name, call.parameters["feeBurn"]))
    return encode(SUCCESS)


def _commission_rate(call: Call) -> bytes:
    tier = call.market_state.fee_tiers[call.owner.usdm.fee_tier]
    return encode(configuration.commission_rate(named(call), tier))


def _leverage_bracket(call: Call) -> bytes:
    symbol = listed(call)
    if symbol is None:
        return encode(brackets.leverage_brackets(call.market_state))
    return encode(brackets.leverage_bracket(call.market_state, symbol))


def _order_rate_limits(call: Call) -> bytes:
    return encode(configuration.order_rate_limits(call.market_state))


def _api_trading_status(call: Call) -> bytes:
    listed(call)
    return encode(configuration.api_trading_status(call.now))


async def _income(call: Call) -> bytes:
    return encode(history_views.income(await history.income(call)))


ENDPOINTS = (
    Endpoint(
        Market.USDM,
        "Account Information V2",
        Security.USER_DATA,
        listing_view("fapi-v2-account", account.encode_account_v2),
        method="GET",
        path="/fapi/v2/account",
        ws_method="account.status",
        ws_handler=listing_view("ws-fapi-account.status", account.encode_account_status),
        is_legacy_account=True,
        reply=account.AccountV2,
    ),
    Endpoint(
        Market.USDM,
        "Account Information V3",
        Security.USER_DATA,
        account_view("fapi-v3-account", account.account_v3),
        weight=5,
        method="GET",
        path="/fapi/v3/account",
        ws_method="v2/account.status",
        ws_handler=account_view("ws-fapi-v2-account.status", account.account_status_v2),
        reply=account.AccountV3,
    ),
    Endpoint(
        Market.USDM,
        "Futures Account Balance V2",
        Security.USER_DATA,
        _BALANCE,
        method="GET",
        path="/fapi/v2/balance",
        ws_method="account.balance",
        is_legacy_account=True,
        reply=balance.Balance,
    ),
    Endpoint(
        Market.USDM,
        "Futures Account Balance V3",
        Security.USER_DATA,
        _BALANCE,
        weight=5,
        method="GET",
        path="/fapi/v3/balance",
        ws_method="v2/account.balance",
        reply=balance.Balance,
    ),
    Endpoint(
        Market.USDM,
        "Futures Account Configuration",
        Security.USER_DATA,
        _account_config,
        weight=5,
        method="GET",
        path="/fapi/v1/accountConfig",
        reply=configuration.AccountConfig,
    ),
    Endpoint(
        Market.USDM,
        "Symbol Configuration",
        Security.USER_DATA,
        symbol_config,
        weight=5,
        method="GET",
        path="/fapi/v1/symbolConfig",
        parameters=(OPTIONAL_SYMBOL,),
        reply=SymbolConfig,
    ),
    Endpoint(
        Market.USDM,
        "Get Current Multi-Assets Mode",
        Security.USER_DATA,
        _asset_mode,
        weight=30,
        method="GET",
        path="/fapi/v1/multiAssetsMargin",
        reply=configuration.AssetMode,
    ),
    Endpoint(
        Market.USDM,
        "Get Current Position Mode",
        Security.USER_DATA,
        position_mode,
        weight=30,
        method="GET",
        path="/fapi/v1/positionSide/dual",
        reply=PositionMode,
    ),
    Endpoint(
        Market.USDM,
        "Get BNB Burn Status",
        Security.USER_DATA,
        _fee_burn,
        weight=30,
        method="GET",
        path="/fapi/v1/feeBurn",
        reply=configuration.FeeBurn,
    ),
    Endpoint(
        Market.USDM,
        "Toggle BNB Burn On Futures Trade",
        Security.TRADE,
        _change_fee_burn,
        method="POST",
        path="/fapi/v1/feeBurn",
        parameters=(Parameter("feeBurn", Kind.BOOLEAN, required=True),),
        reply=Answer,
    ),
    Endpoint(
        Market.USDM,
        "User Commission Rate",
        Security.USER_DATA,
        _commission_rate,
        weight=20,
        method="GET",
        path="/fapi/v1/commissionRate",
        parameters=(SYMBOL,),
        reply=configuration.CommissionRate,
    ),
    Endpoint(
        Market.USDM,
        "Notional and Leverage Brackets",
        Security.USER_DATA,
        _leverage_bracket,
        method="GET",
        path="/fapi/v1/leverageBracket",
        parameters=(OPTIONAL_SYMBOL,),
    ),
    Endpoint(
        Market.USDM,
        "Query User Rate Limit",
        Security.USER_DATA,
        _order_rate_limits,
        method="GET",
        path="/fapi/v1/rateLimit/order",
        reply=configuration.OrderRateLimit,
    ),
    Endpoint(
        Market.USDM,
        "Futures Trading Quantitative Rules Indicators",
        Security.USER_DATA,
        _api_trading_status,
        weight=by_symbol(1, without=10),
        method="GET",
        path="/fapi/v1/apiTradingStatus",
        parameters=(OPTIONAL_SYMBOL,),
        reply=configuration.ApiTradingStatus,
    ),
    Endpoint(
        Market.USDM,
        "Get Income History",
        Security.USER_DATA,
        _income,
        weight=30,
        method="GET",
        path="/fapi/v1/income",
        parameters=(
            OPTIONAL_SYMBOL,
            Parameter("incomeType", Kind.ENUM, choices=tuple(IncomeType)),
            START_TIME,
            END_TIME,
            Parameter("page", Kind.INTEGER, default=1, minimum=1, maximum=1_000_000),
            limit(100, 1000),
        ),
        reply=history_views.Income,
    ),
)
