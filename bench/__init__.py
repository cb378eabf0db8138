"""What the server costs: ratios within one run against a bare server that answers the same bytes."""
