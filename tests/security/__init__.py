"""Attacks that are tried, each a test; docs/security.md says which threat each of them answers."""
