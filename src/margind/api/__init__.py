"""The doors: HTTP and WebSocket as the exchange opens them."""
