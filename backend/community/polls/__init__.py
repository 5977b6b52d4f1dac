"""Polls 投票: a question put to the district, answered once a person and in secret."""
