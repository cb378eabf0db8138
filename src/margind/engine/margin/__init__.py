"""What it is worth: stateless functions from an account and prices to frozen results."""
