"""The words of USDⓈ-M (`/fapi`)."""
