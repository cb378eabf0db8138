"""Streams: who hears what, and what is pushed when accounts and prices change."""
