# After a peak of two million strings one in a thousand stays: how much memory is kept for those.
import gc


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


def peak():
    strings = ["string number " + str(number) for number in range(2_000_000)]
    return strings[::1000]


before = resident()
kept = peak()
gc.collect()
print("kept_mib", (resident() - before) / 2**20)
