-- One exchange's journal and the history projected from it. The version stands in user_version (database.py).

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The truth: what happened, in order. Rows are only ever added.
CREATE TABLE entry (
    sequence INTEGER PRIMARY KEY,
    time     INTEGER NOT NULL,
    payload  BLOB    NOT NULL,
    checksum INTEGER NOT NULL
);

-- The state after an entry, so that a restart need not replay everything. Holds the latest one.
CREATE TABLE snapshot (
    sequence INTEGER PRIMARY KEY,
    payload  BLOB    NOT NULL,
    checksum INTEGER NOT NULL
);

-- Projections: written in the transaction of the entries that caused them. Amounts are exact decimal text.
CREATE TABLE income (
    account     TEXT    NOT NULL,
    market      TEXT    NOT NULL,
    symbol      TEXT    NOT NULL,
    income_type TEXT    NOT NULL,
    income      TEXT    NOT NULL,
    asset       TEXT    NOT NULL,
    info        TEXT    NOT NULL,
    time        INTEGER NOT NULL,
    tran_id     INTEGER NOT NULL,
    trade_id    TEXT    NOT NULL
);
CREATE INDEX income_by_time ON income (account, market, time);

CREATE TABLE position_margin (
    account       TEXT    NOT NULL,
    market        TEXT    NOT NULL,
    symbol        TEXT    NOT NULL,
    position_side TEXT    NOT NULL,
    type          INTEGER NOT NULL,
    delta_type    TEXT    NOT NULL,
    amount        TEXT    NOT NULL,
    asset         TEXT    NOT NULL,
    time          INTEGER NOT NULL
);
CREATE INDEX position_margin_by_time ON position_margin (account, market, symbol, time);
