"""People and their rights: citizens, staff, sessions, rosters."""
