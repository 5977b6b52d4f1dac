"""What Prometheus is told of the realtime side."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PHONES = Gauge("realtime_phones", "Phones that have said hello and are here", multiprocess_mode="livesum")
HELLOS = Counter("realtime_hellos_total", "Phones that came, by what became of them", ["outcome"])
CUT = Counter("realtime_cut_total", "Phones that were cut off since too much was waiting for them")
RATE = Gauge("realtime_hello_rate", "Phones a second that are let in at present", multiprocess_mode="livesum")
PASS_SECONDS = Histogram(
    "realtime_pass_seconds",
    "Time to write new rows to all phones that hold their streams",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
