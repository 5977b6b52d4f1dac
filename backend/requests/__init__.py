"""Service requests 诉求, the 12345 way: filed by a citizen, dispatched, handled by an office, rated by the citizen."""
