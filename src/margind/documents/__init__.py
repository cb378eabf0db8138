"""What people hand in as JSON: an account, prices, contracts, brackets. Read here, and nowhere else."""
