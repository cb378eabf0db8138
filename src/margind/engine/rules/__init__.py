"""What may happen: each rule refuses first, then yields events."""
