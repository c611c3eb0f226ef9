# What tracemalloc costs: the same allocations with tracing off, on, and with 25 frames for each.
import time


def work(depth):
    if depth:
        return work(depth - 1)
    kept = []
    for number in range(200_000):
        kept.append([number, (number, number + 1), {"number": number}])
    return kept


def timed():
    times = []
    for _ in range(3):
        start = time.process_time_ns()
        work(30)
        times.append(time.process_time_ns() - start)
    return sorted(times)[1]


def traced(frames):
    import tracemalloc

    tracemalloc.start(frames)
    try:
        return timed()
    finally:
        tracemalloc.stop()


off = timed()
on = traced(1)
print("traced_ms", on / 1e6)
print("traced_ratio", on / off)
print("traced_25_ratio", traced(25) / off)
