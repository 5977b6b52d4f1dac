"""History: who did what, when, to which version. Permanent and hash-chained."""
