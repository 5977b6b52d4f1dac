"""Searching what anybody may read: articles, notices, services, and whatever else is placed before the public."""
