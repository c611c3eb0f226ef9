# Five million live objects, and steady churn beside them, with a cycle for every fourth object: how long collections that
# begin by themselves hold the program up, the longest of them and in all.
import gc
import time

LIVE = 5_000_000
CHURN = 4_000_000
pauses = []
start = 0


def note(phase, info):
    global start
    if phase == "start":
        start = time.process_time_ns()
    else:
        pauses.append(time.process_time_ns() - start)


def live():
    chain = None
    heads = []
    for number in range(LIVE):
        chain = [chain, number]
        if number % 100 == 99:
            heads.append(chain)
            chain = None
    return heads


def churn(heads):
    for number in range(CHURN):
        item = [number, None]
        if number % 4 == 0:
            item[1] = item
        elif number % 4 == 1:
            heads[number % len(heads)][1] = item


gc.callbacks.append(note)
heads = live()
churn(heads)
gc.callbacks.remove(note)
pauses.sort()
print("longest_ms", pauses[-1] / 1e6)
print("total_ms", sum(pauses) / 1e6)
