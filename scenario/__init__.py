"""Real clients of the house, and the stories they act out: `make scenario`. The tests use the same clients."""
