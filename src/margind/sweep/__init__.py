"""The sweep: a NumPy screen over all accounts that picks whom the exact engine examines after a price."""
