# Instances keep their attributes whatever names they have, and however many.
import gc, sys

class Named: pass
objects = []
for i in range(1000):
    o = Named()
    setattr(o, f"own{i}", i)
    objects.append(o)
print(sum(getattr(o, f"own{i}") for i, o in enumerate(objects)))
print("a class is not burdened by the names of its instances:", sys.getsizeof(Named) < 50_000)

class Late: pass
empty = [Late() for i in range(20)]
for o in empty: o.x, o.y = 1, 2
print(sum(o.x + o.y for o in empty), vars(empty[19]))

class Point:
    def __init__(self, x, y): self.x, self.y = x, y
points = [Point(i, -i) for i in range(20)]
points[19].label = "from outside"
print(vars(points[19]), vars(points[0]))
gc.collect()
points[18].me = points[18]
points.clear()
print(gc.collect())

class Wide:
    def __init__(self, n):
        for i in range(n): setattr(self, f"a{i}", i)
for n in (1, 30, 31, 40, 3): print(len(vars(Wide(n))), sum(vars(Wide(n)).values()))

class Base:
    def __init__(self): self.a = self.b = 1
class Derived(Base):
    def __init__(self):
        super().__init__()
        self.c = self.a = 2
for i in range(10): d = Derived()
print(vars(d))
