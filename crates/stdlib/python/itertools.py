"""Iterators made of iterators."""

_MISSING = object()


class count:
    """Numbers, one after the other without end."""

    __slots__ = ("_next", "_step")

    def __init__(self, start=0, step=1):
        if not hasattr(start, "__add__"):
            raise TypeError("a number is required")
        self._next, self._step = start, step

    def __iter__(self):
        return self

    def __next__(self):
        number = self._next
        self._next = number + self._step
        return number

    def __repr__(self):
        step = "" if self._step == 1 else f", {self._step!r}"
        return f"count({self._next!r}{step})"


class repeat:
    """The same object again and again."""

    __slots__ = ("_object", "_times")

    def __init__(self, object, times=None):
        self._object = object
        self._times = None if times is None else max(0, times.__index__())

    def __iter__(self):
        return self

    def __next__(self):
        if self._times is not None:
            if not self._times:
                raise StopIteration
            self._times -= 1
        return self._object

    def __length_hint__(self):
        if self._times is None:
            raise TypeError("len() of unsized object")
        return self._times

    def __repr__(self):
        times = "" if self._times is None else f", {self._times}"
        return f"repeat({self._object!r}{times})"


class _Generated:
    """An iterator that a generator feeds."""

    __slots__ = ("_items",)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._items)


class cycle(_Generated):
    """The items of an iterable, over and over."""

    __slots__ = ()

    def __init__(self, iterable, /):
        self._items = self._generate(iter(iterable))

    @staticmethod
    def _generate(iterator):
        saved = []
        for item in iterator:
            saved.append(item)
            yield item
        while saved:
            yield from saved


class chain(_Generated):
    """The items of several iterables, one iterable after the other."""

    __slots__ = ()

    def __init__(self, *iterables):
        self._items = self._generate(iter(iterables))

    @staticmethod
    def _generate(iterables):
        for iterable in iterables:
            yield from iterable

    @classmethod
    def from_iterable(cls, iterable, /):
        self = cls()
        self._items = cls._generate(iter(iterable))
        return self

    def __class_getitem__(cls, item):
        import types
        return types.GenericAlias(cls, item)


class accumulate(_Generated):
    """Sums so far."""

    __slots__ = ()

    def __init__(self, iterable, func=None, *, initial=None):
        self._items = self._generate(iter(iterable), func, initial)

    @staticmethod
    def _generate(iterator, func, initial):
        total = initial
        if total is None:
            total = next(iterator, _MISSING)
            if total is _MISSING:
                return
        yield total
        for item in iterator:
            total = total + item if func is None else func(total, item)
            yield total


class batched(_Generated):
    """Tuples of so many items."""

    __slots__ = ()

    def __init__(self, iterable, n, *, strict=False):
        if n < 1:
            raise ValueError("n must be at least one")
        self._items = self._generate(iter(iterable), n, strict)

    @staticmethod
    def _generate(iterator, n, strict):
        while batch := tuple(islice(iterator, n)):
            if strict and len(batch) != n:
                raise ValueError("batched(): incomplete batch")
            yield batch


class compress(_Generated):
    """The items whose selectors are true."""

    __slots__ = ()

    def __init__(self, data, selectors):
        self._items = (item for item, selector in zip(data, selectors) if selector)


class dropwhile(_Generated):
    """The items from the first on for which a predicate is false."""

    __slots__ = ()

    def __init__(self, predicate, iterable, /):
        self._items = self._generate(predicate, iter(iterable))

    @staticmethod
    def _generate(predicate, iterator):
        for item in iterator:
            if not predicate(item):
                yield item
                break
        yield from iterator


class takewhile(_Generated):
    """The items before the first for which a predicate is false."""

    __slots__ = ()

    def __init__(self, predicate, iterable, /):
        self._items = self._generate(predicate, iter(iterable))

    @staticmethod
    def _generate(predicate, iterator):
        for item in iterator:
            if not predicate(item):
                return
            yield item


class filterfalse(_Generated):
    """The items for which a predicate is false."""

    __slots__ = ()

    def __init__(self, function, iterable, /):
        test = bool if function is None else function
        self._items = (item for item in iter(iterable) if not test(item))


class starmap(_Generated):
    """A function's results for tuples of arguments."""

    __slots__ = ()

    def __init__(self, function, iterable, /):
        self._items = (function(*args) for args in iter(iterable))


class pairwise(_Generated):
    """Each item with the next."""

    __slots__ = ()

    def __init__(self, iterable, /):
        self._items = self._generate(iter(iterable))

    @staticmethod
    def _generate(iterator):
        before = next(iterator, _MISSING)
        for item in iterator:
            yield before, item
            before = item


class islice(_Generated):
    """Some of the items, by their places."""

    __slots__ = ()

    def __init__(self, iterable, *bounds):
        if not 1 <= len(bounds) <= 3:
            raise TypeError(f"islice expected at least 2 arguments, got {len(bounds) + 1}")
        bounds = slice(*bounds)
        start, stop, step = bounds.start, bounds.stop, bounds.step
        what = "Stop argument" if start is None and step is None else "Indices"
        for bound in (start, stop):
            if bound is not None and (not hasattr(bound, "__index__") or bound.__index__() < 0):
                raise ValueError(f"{what} for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
        if step is not None and (not hasattr(step, "__index__") or step.__index__() < 1):
            raise ValueError("Step for islice() must be a positive integer or None.")
        start, step = (start or 0).__index__(), 1 if step is None else step.__index__()
        self._items = self._generate(iter(iterable), start, None if stop is None else stop.__index__(), step)

    @staticmethod
    def _generate(iterator, start, stop, step):
        index = 0
        wanted = start
        while stop is None or wanted < stop:
            item = next(iterator, _MISSING)
            if item is _MISSING:
                return
            index += 1
            if index > wanted:
                wanted += step
                yield item
        # The items up to the end are taken, though nobody gets them.
        for _ in range(max(start, stop) - index):
            next(iterator, None)


class zip_longest(_Generated):
    """Tuples of items side by side, to the end of the longest iterable."""

    __slots__ = ()

    def __init__(self, *iterables, fillvalue=None):
        self._items = self._generate([iter(iterable) for iterable in iterables], fillvalue)

    @staticmethod
    def _generate(iterators, fillvalue):
        active = len(iterators)
        while active:
            items = []
            for index, iterator in enumerate(iterators):
                item = fillvalue if iterator is None else next(iterator, _MISSING)
                if item is _MISSING:
                    iterators[index] = None
                    active -= 1
                    item = fillvalue
                items.append(item)
            if active:
                yield tuple(items)


class groupby:
    """Runs of items with the same key."""

    __slots__ = ("_iterator", "_key", "_item", "_current", "_target", "_group")

    def __init__(self, iterable, key=None):
        self._iterator, self._key = iter(iterable), key
        self._current = self._target = self._item = _MISSING
        self._group = None

    def __iter__(self):
        return self

    def _advance(self):
        self._item = next(self._iterator)
        self._current = self._item if self._key is None else self._key(self._item)

    def __next__(self):
        self._group = group = object()
        while self._current is self._target or self._current == self._target:
            self._advance()
        self._target = self._current
        return self._current, self._run(self._target, group)

    def _run(self, target, group):
        while self._group is group and self._current == target:
            yield self._item
            try:
                self._advance()
            except StopIteration:
                self._current = _MISSING
                self._target = _MISSING
                return


class product(_Generated):
    """All ways to choose one item from each of several iterables."""

    __slots__ = ()

    def __init__(self, *iterables, repeat=1):
        if repeat < 0:
            raise ValueError("repeat argument cannot be negative")
        self._items = self._generate([tuple(iterable) for iterable in iterables] * repeat)

    @staticmethod
    def _generate(pools):
        indices = [0] * len(pools)
        if not all(pools):
            return
        while True:
            yield tuple([pool[index] for pool, index in zip(pools, indices)])
            for place in reversed(range(len(pools))):
                indices[place] += 1
                if indices[place] < len(pools[place]):
                    break
                indices[place] = 0
            else:
                return


class permutations(_Generated):
    """All orders of so many of the items."""

    __slots__ = ()

    def __init__(self, iterable, r=None):
        pool = tuple(iterable)
        r = len(pool) if r is None else r
        if r < 0:
            raise ValueError("r must be non-negative")
        self._items = self._generate(pool, r, ())

    @staticmethod
    def _generate(pool, r, chosen):
        if len(chosen) == r:
            yield tuple([pool[index] for index in chosen])
            return
        for index in range(len(pool)):
            if index not in chosen:
                yield from permutations._generate(pool, r, (*chosen, index))


class combinations(_Generated):
    """All ways to choose so many of the items."""

    __slots__ = ()
    _again = 1

    def __init__(self, iterable, r):
        if r < 0:
            raise ValueError("r must be non-negative")
        self._items = self._generate(tuple(iterable), r, 0, (), self._again)

    @staticmethod
    def _generate(pool, r, start, chosen, step):
        if len(chosen) == r:
            yield chosen
            return
        for index in range(start, len(pool)):
            yield from combinations._generate(pool, r, index + step, (*chosen, pool[index]), step)


class combinations_with_replacement(combinations):
    """All ways to choose so many items, each as often as one likes."""

    __slots__ = ()
    _again = 0


class _Link:
    __slots__ = ("item", "next")


class _tee:
    """One of several iterators over the same items."""

    __slots__ = ("_iterator", "_link", "__weakref__")

    def __init__(self, iterator, link):
        self._iterator, self._link = iterator, link

    def __iter__(self):
        return self

    def __next__(self):
        link = self._link
        if link.next is None:
            link.item = next(self._iterator)
            link.next = _Link()
            link.next.next = None
        self._link = link.next
        return link.item

    def __copy__(self):
        return _tee(self._iterator, self._link)


def tee(iterable, n=2, /):
    """Several iterators over the same items."""
    if n < 0:
        raise ValueError("n must be >= 0")
    if isinstance(iterable, _tee):
        first = iterable.__copy__()
    else:
        link = _Link()
        link.next = None
        first = _tee(iter(iterable), link)
    return tuple(first.__copy__() if index else first for index in range(n))
