import dataclasses
@dataclasses.dataclass(slots=True, frozen=True)
class A:
    x:int; y:int=2
print(A(1), A.__slots__, hash(A(1))==hash(A(1)))
@dataclasses.dataclass(slots=True, weakref_slot=True)
class B(object):
    z:int
import weakref
b=B(1); print(weakref.ref(b)() is b)
