-- One exchange's journal; history.sql has what is projected from it. The version stands in user_version (database.py).

-- 'exchange': whose journal it is. 'history': the last entry that the tables of history have followed.
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
