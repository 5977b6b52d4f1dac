"""Specials 专题: articles that belong together, in groups, under one title."""
