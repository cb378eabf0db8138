"""The words of the real API: engine values to and from its exact JSON."""
