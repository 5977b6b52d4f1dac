"""Fake vendors that speak the real wire, for tests and the demo. Nothing of the house is imported here."""
