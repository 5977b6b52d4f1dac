"""What the offices make public 政务公开: drafted by one clerk, approved by another, citable, withdrawable."""
