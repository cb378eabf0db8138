"""The named results of an account report: what each is, where it is documented, how sure we are.

The arithmetic stands in the calculators; this table holds only the words around it.
"""

from margind.engine.model.traced import Formula

_INFO_V2 = "USDⓈ-M 'Account Information V2', response comments"
_WALLET_FAQ = "FAQ 'How to Check Futures Wallet Balance'"
_MULTI_FAQ = "FAQ 'How to Calculate Margin in Multi-Assets Mode'"
_BRACKET_FAQ = "FAQ 'Leverage and Margin of USDⓈ-M Futures'"
_LIQUIDATION_FAQ = "FAQ 'How to Calculate Liquidation Price' (USDⓈ-M and COIN-M)"

NOTIONAL = Formula(
    "notional",
    "signed value of the position at the mark price, cut at 8 decimals",
    "USDⓈ-M 'Position Information V3', example",
    "confirmed on 21 public rows",
)
UNREALIZED_PROFIT = Formula(
    "unrealizedProfit",
    "profit if closed at the mark price, cut at 8 decimals; the entry price enters cut to 8 decimals",
    "USDⓈ-M 'Position Information V3', example; COIN-M 'Position Information', example",
    "confirmed on 34 public rows",
)
INITIAL_MARGIN_RATE = Formula(
    "initialMarginRate",
    "one over leverage, rounded up at 8 decimals",
    "public position rows; ccxt's reading of the same field",
    "confirmed; one row (11x) decides for 'up'",
)
POSITION_INITIAL_MARGIN = Formula(
    "positionInitialMargin",
    "value of the position times the initial margin rate",
    _INFO_V2,
    "confirmed; rounding up since mid-2025 rests on one row (setting initialMarginRounding)",
)
EXACT_UNREALIZED_PROFIT = Formula(
    "exactUnrealizedProfit",
    "the position's profit before it is cut for printing",
    _LIQUIDATION_FAQ,
    "confirmed where totals of a multi-assets account are cut once",
)
EXACT_INITIAL_MARGIN = Formula(
    "exactPositionInitialMargin",
    "the position's initial margin before it is rounded for printing",
    _MULTI_FAQ,
    "confirmed where totals of a multi-assets account are cut once",
)
EXACT_MAINT_MARGIN = Formula(
    "exactMaintMargin",
    "the position's maintenance margin before it is cut for printing",
    _MULTI_FAQ,
    "confirmed where totals of a multi-assets account are cut once",
)
EXACT_OPEN_ORDER_INITIAL_MARGIN = Formula(
    "exactOpenOrderInitialMargin",
    "what resting orders bind, before it is rounded for printing",
    _MULTI_FAQ,
    "confirmed where totals of a multi-assets account are cut once",
)
OPEN_ORDER_INITIAL_MARGIN = Formula(
    "openOrderInitialMargin",
    "what resting orders could add to the position, times the initial margin rate",
    _WALLET_FAQ,
    "confirmed in one-way mode on 14 rows; hedge mode assumed",
)
INITIAL_MARGIN = Formula(
    "initialMargin", "position part plus order part", _INFO_V2, "confirmed on the V3 rows"
)
MAINT_MARGIN = Formula(
    "maintMargin",
    "value of the position times the bracket's rate, less the bracket's cum, cut at 8 decimals",
    _BRACKET_FAQ,
    "confirmed on 17 public rows",
)
BID_NOTIONAL = Formula(
    "bidNotional", "value of the resting buy orders that bind margin, at their prices", _INFO_V2, "confirmed"
)
ASK_NOTIONAL = Formula(
    "askNotional",
    "value of the resting sell orders that bind margin, at their prices",
    _INFO_V2,
    "assumed near the market: newer texts raise a sell to max(last·1.0015, mark, price)",
)
ISOLATED_MARGIN = Formula(
    "isolatedMargin", "isolated wallet plus unrealized profit", _WALLET_FAQ, "confirmed on 17 rows"
)
MAX_NOTIONAL = Formula(
    "maxNotional",
    "largest cap among brackets whose leverage is not below the one chosen",
    _BRACKET_FAQ,
    "confirmed on 11 rows",
)
LIQUIDATION_PRICE = Formula(
    "liquidationPrice",
    "the mark price at which the pool's balance equals its maintenance margin",
    _LIQUIDATION_FAQ,
    "confirmed for isolated positions (18 rows) and two published cross examples",
)

WALLET_BALANCE = Formula("walletBalance", "booked money, isolated wallets included", _INFO_V2, "confirmed")
CROSS_WALLET_BALANCE = Formula(
    "crossWalletBalance", "wallet less the isolated wallets", _WALLET_FAQ, "confirmed"
)
ASSET_UNREALIZED_PROFIT = Formula(
    "unrealizedProfit", "sum over all positions settled in the asset", _INFO_V2, "confirmed"
)
CROSS_UNREALIZED_PROFIT = Formula(
    "crossUnPnl", "sum over the cross positions settled in the asset", _INFO_V2, "confirmed"
)
CROSS_INITIAL_MARGIN = Formula(
    "crossInitialMargin", "sum over the cross positions and their orders", _WALLET_FAQ, "confirmed"
)
CROSS_MAINT_MARGIN = Formula(
    "crossMaintMargin", "sum over the cross positions settled in the asset", _WALLET_FAQ, "confirmed"
)
MARGIN_BALANCE = Formula("marginBalance", "wallet plus unrealized profit", _INFO_V2, "confirmed")
ASSET_MAINT_MARGIN = Formula(
    "maintMargin", "sum over all positions of the asset, isolated ones included", _INFO_V2, "confirmed"
)
ASSET_INITIAL_MARGIN = Formula(
    "initialMargin", "sum over all positions of the asset, isolated ones included", _INFO_V2, "confirmed"
)
ASSET_POSITION_INITIAL_MARGIN = Formula(
    "positionInitialMargin", "sum over all positions of the asset", _INFO_V2, "confirmed"
)
ASSET_OPEN_ORDER_INITIAL_MARGIN = Formula(
    "openOrderInitialMargin", "sum over all symbols of the asset", _INFO_V2, "confirmed"
)
AVAILABLE_BALANCE = Formula(
    "availableBalance",
    "cross wallet and cross profit, less cross initial margins and the order margins of isolated symbols",
    _WALLET_FAQ,
    "confirmed on four accounts; two others show 0.05 % and 0.7 % less, unexplained",
)
MAX_WITHDRAW_AMOUNT = Formula(
    "maxWithdrawAmount",
    "what can leave: profit lifts what may be ordered, never what may be taken out above the wallet",
    "Binance blog '10 Most Frequently Asked Questions About Binance Futures' (2022-08-08)",
    "confirmed on four accounts; one line of the published minimum could not be read",
)
MULTI_AVAILABLE_BALANCE = Formula(
    "availableBalance",
    "the joint availability in USD, expressed in this asset at its ask rate",
    _MULTI_FAQ,
    "confirmed on one account",
)
MULTI_MAX_WITHDRAW_AMOUNT = Formula(
    "maxWithdrawAmount",
    "the wallet, or the asset's availability if that is smaller",
    _MULTI_FAQ,
    "confirmed on two rows of one account",
)
BID_RATE = Formula(
    "bidRate",
    "USD that one unit counts for when it is owned",
    "USDⓈ-M 'Multi-Assets Mode Asset Index', example",
    "confirmed on 12 printed rates, four of them one unit off",
)
ASK_RATE = Formula(
    "askRate",
    "USD that one unit counts for when it is owed or required",
    "USDⓈ-M 'Multi-Assets Mode Asset Index', example",
    "confirmed on 12 printed rates, four of them one unit off",
)
CROSS_MARGIN_BALANCE = Formula(
    "crossMarginBalance",
    "cross wallet plus the profit of cross positions before it is cut for printing",
    _MULTI_FAQ,
    "confirmed on one account",
)
MULTI_INITIAL_MARGIN = Formula(
    "uniInitialMargin",
    "USD value of every asset's cross initial margins, at the ask rates",
    _MULTI_FAQ,
    "confirmed on one account",
)
MULTI_MAINT_MARGIN = Formula(
    "uniMaintMargin",
    "USD value of every asset's cross maintenance margins, at the ask rates",
    _MULTI_FAQ,
    "confirmed on one account",
)
ACCOUNT_EQUITY = Formula(
    "accountEquity",
    "USD value of every cross balance: at the bid rate when owned, at the ask rate when owed",
    _MULTI_FAQ,
    "confirmed on one account",
)
UNI_AVAILABLE = Formula(
    "uniAvailableForOrder", "account equity less initial margins, never negative", _MULTI_FAQ, "documented"
)
MARGIN_RATIO = Formula(
    "marginRatio",
    "maintenance margin over margin balance; liquidation at 100 %",
    "FAQ 'Binance Futures Liquidation Protocols'",
    "documented",
)


def total(name: str, multi_assets: bool) -> Formula:
    """The account total of an asset column, in either asset mode."""
    return _TOTALS[name, multi_assets]


_TOTAL_NAMES = (
    "totalInitialMargin",
    "totalMaintMargin",
    "totalWalletBalance",
    "totalUnrealizedProfit",
    "totalMarginBalance",
    "totalPositionInitialMargin",
    "totalOpenOrderInitialMargin",
    "totalCrossWalletBalance",
    "totalCrossUnPnl",
    "availableBalance",
    "maxWithdrawAmount",
)
_TOTALS = {
    (name, multi): Formula(
        name,
        "sum of the USD values over all assets, cut once" if multi else "the USDT row (single-asset mode)",
        "change log 2022-02-10; " + _INFO_V2,
        "confirmed on one account" if multi else "documented",
    )
    for name in _TOTAL_NAMES
    for multi in (False, True)
}
