"""Articles for whoever takes them over: what is read once, and written in each format of the trade."""
