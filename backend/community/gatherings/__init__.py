"""Gatherings 活动: what people may sign up for, with so many places and a line of those who wait."""
