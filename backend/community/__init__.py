"""What citizens say and do together: comments, likes, tips, polls and gatherings."""
