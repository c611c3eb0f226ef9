# A full collection over two million live objects in a random graph: lists of two, each of which refers to two others.
import gc
import time

COUNT = 2_000_000


def graph():
    gc.disable()
    nodes = [[None, None] for _ in range(COUNT)]
    seed = 1
    for node in nodes:
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        node[0] = nodes[seed % COUNT]
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        node[1] = nodes[seed % COUNT]
    return nodes


nodes = graph()
gc.collect()
times = []
for _ in range(3):
    start = time.process_time_ns()
    gc.collect()
    times.append(time.process_time_ns() - start)
times.sort()
print("full_ms", times[1] / 1e6)
