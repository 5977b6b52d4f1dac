"""Measuring the house against its peers, on one machine and in one run: `make bench`, written to docs/benchmarks.md."""
