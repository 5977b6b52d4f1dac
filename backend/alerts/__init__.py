"""Warnings to the public 预警 in the Common Alerting Protocol (OASIS CAP 1.2)."""
