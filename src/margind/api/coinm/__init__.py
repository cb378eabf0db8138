"""The COIN-M calls, grouped as the exchange's pages are."""
