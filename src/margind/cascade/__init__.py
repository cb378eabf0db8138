"""What a crash does to a crowd: recorded minutes run over seeded accounts, as fast as the machine can."""
