-- What the history endpoints read: projections, which follow the entries that caused them; meta says how far.
-- They can be made anew from the entries, which is what an upgrade does. Amounts are exact decimal text.

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

-- The payload is the whole order as JSON; the columns beside it are those that queries look at.
CREATE TABLE orders (
    order_id        INTEGER PRIMARY KEY,
    account         TEXT    NOT NULL,
    market          TEXT    NOT NULL,
    symbol          TEXT    NOT NULL,
    client_order_id TEXT    NOT NULL,
    time            INTEGER NOT NULL,
    update_time     INTEGER NOT NULL,
    status          TEXT    NOT NULL,
    had_fill        INTEGER NOT NULL,
    auto_close      TEXT    NOT NULL,
    payload         BLOB    NOT NULL
);
-- Few orders are the exchange's own, so these stay out of the indexes of users' orders.
CREATE INDEX orders_auto_closed ON orders (account, market, time) WHERE auto_close <> '';
CREATE INDEX orders_by_time ON orders (account, market, symbol, time);
CREATE INDEX orders_by_client_id ON orders (account, client_order_id);

CREATE TABLE trades (
    account          TEXT    NOT NULL,
    market           TEXT    NOT NULL,
    symbol           TEXT    NOT NULL,
    trade_id         INTEGER NOT NULL,
    order_id         INTEGER NOT NULL,
    side             TEXT    NOT NULL,
    position_side    TEXT    NOT NULL,
    price            TEXT    NOT NULL,
    quantity         TEXT    NOT NULL,
    value            TEXT    NOT NULL,
    realized_profit  TEXT    NOT NULL,
    margin_asset     TEXT    NOT NULL,
    commission       TEXT    NOT NULL,
    commission_asset TEXT    NOT NULL,
    is_maker         INTEGER NOT NULL,
    time             INTEGER NOT NULL
);
CREATE INDEX trades_by_time ON trades (account, market, symbol, time);
CREATE INDEX trades_by_id ON trades (account, market, symbol, trade_id);
CREATE INDEX trades_by_order ON trades (order_id);

CREATE TABLE amendments (
    account         TEXT    NOT NULL,
    market          TEXT    NOT NULL,
    symbol          TEXT    NOT NULL,
    amendment_id    INTEGER NOT NULL,
    order_id        INTEGER NOT NULL,
    client_order_id TEXT    NOT NULL,
    price_before    TEXT    NOT NULL,
    price           TEXT    NOT NULL,
    orig_qty_before TEXT    NOT NULL,
    orig_qty        TEXT    NOT NULL,
    count           INTEGER NOT NULL,
    modify_id       INTEGER,
    time            INTEGER NOT NULL
);
CREATE INDEX amendments_by_order ON amendments (order_id);
CREATE INDEX amendments_by_client_id ON amendments (account, client_order_id);

CREATE TABLE algo_orders (
    algo_id        INTEGER PRIMARY KEY,
    account        TEXT    NOT NULL,
    market         TEXT    NOT NULL,
    symbol         TEXT    NOT NULL,
    client_algo_id TEXT    NOT NULL,
    time           INTEGER NOT NULL,
    update_time    INTEGER NOT NULL,
    status         TEXT    NOT NULL,
    payload        BLOB    NOT NULL
);
CREATE INDEX algo_orders_by_time ON algo_orders (account, market, symbol, time);
CREATE INDEX algo_orders_by_client_id ON algo_orders (account, client_algo_id);

-- Of the exchange and no account: the terms on which symbols were funded, where anybody paid or a hand did it.
CREATE TABLE fundings (
    market       TEXT    NOT NULL,
    symbol       TEXT    NOT NULL,
    funding_time INTEGER NOT NULL,
    funding_rate TEXT    NOT NULL,
    mark_price   TEXT    NOT NULL
);
CREATE INDEX fundings_by_time ON fundings (market, funding_time);
