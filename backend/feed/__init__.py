"""What readers get: live articles."""
