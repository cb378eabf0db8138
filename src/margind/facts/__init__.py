"""What the exchange published on a day: dated data files and how they are read."""
