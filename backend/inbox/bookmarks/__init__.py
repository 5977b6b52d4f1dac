"""Bookmarks 收藏: what people keep to read again."""
