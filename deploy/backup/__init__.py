"""Backups: everything that a district would miss, in one file that can be proved whole, and back from there."""
