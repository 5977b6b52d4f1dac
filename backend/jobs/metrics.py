"""What Prometheus is told of the jobs."""

from __future__ import annotations

from prometheus_client import Histogram

SECONDS = Histogram(
    "job_seconds",
    "Time of one attempt at a job, by how it ended",
    ["kind", "outcome"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60),
)
