"""The exchange: pure and deterministic; no I/O, no clock, no randomness, no floats."""
