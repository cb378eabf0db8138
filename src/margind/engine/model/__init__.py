"""What there is: contracts, prices, wallets, positions, orders, accounts."""
