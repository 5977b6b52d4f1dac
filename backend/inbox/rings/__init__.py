"""What became of each bell for each of those it is for, and how handing it over fared."""
