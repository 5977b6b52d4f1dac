"""Personal data: what is held, how it is sealed, how long it stays."""
