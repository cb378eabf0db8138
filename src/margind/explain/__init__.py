"""Why a field of an account view shows what it shows."""
