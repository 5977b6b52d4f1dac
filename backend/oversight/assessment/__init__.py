"""Assessment 考核: what each person's work is worth, computed from the event log alone (NEWSROOM.md section 6)."""
