"""Times work and prints it as lines of a table: medians and 95th percentiles, in milliseconds."""

import statistics
import time
from collections.abc import Callable

MANY = 60


def timed(work: Callable[[], object], many: int = MANY) -> list[float]:
    """Milliseconds of each of so many runs, after two to warm up."""
    work()
    work()
    times = []
    for _ in range(many):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return times


def row(name: str, times: list[float]) -> None:
    """One line of the table."""
    p95 = sorted(times)[int(len(times) * 0.95) - 1]
    print(f"{name:<46} {statistics.median(times):>9.1f} {p95:>9.1f} {len(times):>6}")


def head(title: str) -> None:
    """The table's head."""
    print(f"\n{title:<46} {'median ms':>9} {'p95 ms':>9} {'runs':>6}")
