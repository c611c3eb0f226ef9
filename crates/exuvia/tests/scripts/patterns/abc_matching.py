class Seq:
    def __len__(self): return 2
    def __getitem__(self, i): return i
import collections.abc
class RealSeq(collections.abc.Sequence):
    def __len__(self): return 2
    def __getitem__(self, i):
        if i > 1: raise IndexError
        return i * 10
class RealMap(collections.abc.Mapping):
    def __len__(self): return 1
    def __iter__(self): return iter(["k"])
    def __getitem__(self, k):
        if k != "k": raise KeyError
        return "v"
for v in (Seq(), RealSeq(), RealMap()):
    match v:
        case [a, b]: print("seq", a, b)
        case {"k": v}: print("map", v)
        case _: print("neither")
