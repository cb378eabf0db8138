"""margind: a futures exchange on your own machine."""

__version__ = "0.1.0"
