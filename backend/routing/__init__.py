"""The routing aid 智能派单辅助: what a request is about, whose it is, and whether it was told before. People decide."""
