"""Uploaded files: what they really are, freed of what nobody meant to publish, stored once by their hash."""
