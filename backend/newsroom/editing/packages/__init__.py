"""Packages 产品包: one story in the form of each channel, and whether it says more than its story does."""
