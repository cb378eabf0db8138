"""What the fields that no formula computes are, and why a number that nothing enters is zero."""

import msgspec

from margind.engine.margin.report import AccountReport
from margind.engine.model.account import PositionKey

_ACCOUNT_PAGE = "USDⓈ-M 'Account Information V2'; COIN-M 'Account Information'"
_CONFIG_PAGE = "USDⓈ-M 'Account Configuration'"
_BALANCE_PAGE = "USDⓈ-M 'Futures Account Balance V3'"
_RISK_PAGE = "USDⓈ-M 'Position Information V3'; COIN-M 'Position Information'"


class Words(msgspec.Struct, frozen=True):
    """One field in words."""

    meaning: str
    source: str


ACCOUNT_WORDS = {
    "feeTier": Words(
        "the account's fee tier, as its document was loaded; it chooses the fee rates", _ACCOUNT_PAGE
    ),
    "feeBurn": Words(
        "whether fees are paid in BNB at a discount: POST /fapi/v1/feeBurn sets it", _ACCOUNT_PAGE
    ),
    "canTrade": Words("whether the account may trade; a setting of the account document", _ACCOUNT_PAGE),
    "canDeposit": Words("whether money may come in; a setting of the account document", _ACCOUNT_PAGE),
    "canWithdraw": Words("whether money may leave; a setting of the account document", _ACCOUNT_PAGE),
    "updateTime": Words("reserved: always 0 on the account itself, rows have their own", _ACCOUNT_PAGE),
    "multiAssetsMargin": Words(
        "whether all assets are joint collateral: POST /fapi/v1/multiAssetsMargin sets it", _ACCOUNT_PAGE
    ),
    "tradeGroupId": Words("the group that self-trade prevention looks at; -1 is none", _ACCOUNT_PAGE),
}
ROW_WORDS = {
    "accountAlias": Words("a short code of the account, the same in every row and for ever", _BALANCE_PAGE),
    "asset": Words("the asset the row is about, one of those that the market has as margin", _ACCOUNT_PAGE),
    "marginAvailable": Words("whether the asset counts as collateral in multi-assets mode", _ACCOUNT_PAGE),
    "updateTime": Words(
        "when the row last changed, in milliseconds of exchange time; 0 is never", _ACCOUNT_PAGE
    ),
    "symbol": Words("the contract the row is about", _ACCOUNT_PAGE),
    "positionSide": Words("BOTH in one-way mode, LONG and SHORT are the legs of hedge mode", _ACCOUNT_PAGE),
    "isolated": Words(
        "whether the symbol's positions have a wallet of their own: POST marginType sets it", _ACCOUNT_PAGE
    ),
    "marginType": Words(
        "cross shares the wallet, isolated has one of its own: POST marginType sets it", _RISK_PAGE
    ),
    "isAutoAddMargin": Words(
        "whether an isolated position takes margin by itself; a setting of the symbol", _RISK_PAGE
    ),
    "marginAsset": Words("the asset that the contract is settled in, from exchangeInfo", _RISK_PAGE),
    "adl": Words(
        "place in the queue for auto-deleveraging, 0 last to 4 first, ranked by profit over wallet, "
        "times margin ratio",
        _RISK_PAGE,
    ),
}

PRINTING = {
    "markPrice": "printed with 8 decimals, the rest cut",
    "entryPrice": "printed with at most 13 digits, the rest cut",
    "breakEvenPrice": "printed with at most 13 digits, rounded half up",
}
"""Where the printed digits are fewer than the number has."""

_NO_CAP = "no bracket of this leverage has a cap: the largest 64-bit integer stands for that"
_ORDER_FIELDS = frozenset({"openOrderInitialMargin", "bidNotional", "askNotional"})
_ASSET_BALANCES = frozenset({"walletBalance", "balance"})


def why_nothing(report: AccountReport, key: PositionKey, field: str) -> str:
    """Why a number of a position row is what it is although no input enters it."""
    row = report.positions.get(key)
    if field in ("maxNotional", "maxNotionalValue", "maxQty"):
        return _NO_CAP
    if row is None:
        return "no position and no order"
    if field in _ORDER_FIELDS:
        return (
            "no order rests here that binds margin"
            if row.position_amt
            else "no order of this kind rests here"
        )
    if not row.position_amt:
        return "no position, only orders"
    if field == "isolatedMargin":
        return "the position is cross: it shares the wallet"
    assert field == "liquidationPrice", f"{field} of a position always has inputs"
    return "there is no price above zero at which the balance would fall to the maintenance margin"


def why_no_amount(report: AccountReport, asset: str, field: str) -> str:
    """The same for the row of an asset."""
    row = report.assets[asset]
    if field in _ASSET_BALANCES:
        return f"the account holds no {asset}"
    if field == "availableBalance" and report.multi_assets is not None:
        return f"{asset} is no collateral in multi-assets mode: orders cannot use it"
    if row.wallet_balance:
        return f"no position and no order is settled in {asset}"
    return f"the account holds no {asset}, and nothing is settled in it"
