import tracemalloc as t
traces = [
    (0, 10, (("a.py", 1), ("m.py", 9)), 2),
    (0, 300, (("a.py", 1), ("m.py", 9)), 2),
    (0, 5000, (("a.py", 2), ("b.py", 4)), 5),
    (1, 123456789, (("b.py", 4),), 1),
]
s = t.Snapshot(traces, 2)
for key in "lineno", "filename", "traceback":
    for x in s.statistics(key): print(x)
for key in "lineno", "filename":
    for x in s.statistics(key, cumulative=True): print(x)
print(repr(s.statistics("traceback")[0]), list(s.traces)[2], repr(s.traces[0]))
old = t.Snapshot(traces[1:3] + [(0, 7, (("z.py", 3),), 1)], 2)
for x in s.compare_to(old, "lineno"): print(x, repr(x) == str(x))
print(len(s.filter_traces([t.Filter(True, "a.*")]).traces), len(s.filter_traces([t.Filter(False, "a.py", 1)]).traces),
      len(s.filter_traces((t.Filter(True, "m.py", all_frames=True), t.DomainFilter(False, 1))).traces),
      len(s.filter_traces([t.DomainFilter(True, 1)]).traces), len(s.filter_traces([]).traces))
tb = s.traces[2].traceback
print(tb, repr(tb), tb.total_nframe, tb[-1] > tb[0], tb[:1], tb[0] in tb)
print(tb.format(), tb.format(1), tb.format(-1), tb.format(most_recent_first=True))
for bad in (lambda: s.statistics("x"), lambda: s.statistics("traceback", True), lambda: s.filter_traces(t.Filter(True, "x")), t.take_snapshot):
    try: bad()
    except Exception as e: print(type(e).__name__, e)
