"""Signed receipts 回执: what was done with a case, in the citizen's hands and checkable without the centre."""
