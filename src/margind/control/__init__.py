"""Our own door: exchanges, accounts, prices and time, under `/margind/v1`."""
