"""The words of COIN-M (`/dapi`)."""
