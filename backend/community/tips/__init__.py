"""Tips 报料: what a citizen saw and thinks worth reporting, and what the newsroom made of it."""
