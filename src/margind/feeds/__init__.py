"""Prices over time: recorded, synthetic, or set by hand."""
