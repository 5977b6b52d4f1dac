"""Ringing phones: who is told of what (planner), and how it is handed over (sender, targets)."""
