"""Working days: which days count, what an hour of the office is, and when something is due. Knows no domain."""
