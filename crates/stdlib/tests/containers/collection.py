import gc, weakref, functools, itertools, collections, operator, array, contextvars

gc.disable()


class Node:
    pass


def through(make):
    """A cycle from a node through what `make` returns back to the node: is it freed?"""
    gc.collect()
    node = Node()
    ref = weakref.ref(node)
    node.held = make(node)
    del node
    alive = ref() is not None
    gc.collect()
    return alive, ref() is None


def cached(node):
    @functools.lru_cache(maxsize=4)
    def function(argument):
        return argument
    function(node)
    return function


def cached_without_limit(node):
    cache = functools.cache(lambda argument: [argument])
    cache(node)
    return cache


def variable(node):
    var = contextvars.ContextVar("var", default=node)
    context = contextvars.Context()
    context.run(var.set, node)
    return context, var


def half_way(make):
    def run(node):
        iterator = make(node)
        next(iterator)
        return iterator
    return run


makers = {
    "deque": lambda node: collections.deque([node]),
    "deque iterator": lambda node: iter(collections.deque([node, node])),
    "defaultdict value": lambda node: collections.defaultdict(int, key=node),
    "defaultdict factory": lambda node: collections.defaultdict(lambda: node),
    "partial": lambda node: functools.partial(print, node, key=node),
    "key": lambda node: functools.cmp_to_key(lambda a, b: 0)(node),
    "lru_cache": cached,
    "cache": cached_without_limit,
    "itemgetter": lambda node: operator.itemgetter(node, 1),
    "methodcaller": lambda node: operator.methodcaller("name", node),
    "context": variable,
    "array subclass": lambda node: setattr(held := type("S", (array.array,), {})("i"), "node", node) or held,
    "abstract base class": lambda node: collections.abc.Sized.__class__("T", (), {"node": node}),
    "count": lambda node: setattr(held := type("C", (itertools.count,), {})(), "node", node) or held,
    "repeat": itertools.repeat,
    "cycle": half_way(lambda node: itertools.cycle([node, node])),
    "chain": half_way(lambda node: itertools.chain([1, node], [node])),
    "zip_longest": lambda node: itertools.zip_longest([node], fillvalue=node),
    "pairwise": half_way(lambda node: itertools.pairwise([node] * 3)),
    "batched": lambda node: itertools.batched([node], 1),
    "starmap": lambda node: itertools.starmap(lambda: node, [(node,)]),
    "accumulate": half_way(lambda node: itertools.accumulate([node], lambda a, b: a, initial=node)),
    "compress": lambda node: itertools.compress([node], [node]),
    "takewhile": lambda node: itertools.takewhile(lambda x: node, [node]),
    "islice": lambda node: itertools.islice([node], 1),
    "groupby": lambda node: next(itertools.groupby([node], lambda x: x)),
    "tee": lambda node: half_way(lambda node: itertools.tee([node, node])[0])(node),
    "product": lambda node: itertools.product([node], repeat=2),
    "combinations": lambda node: itertools.combinations([node, node], 1),
    "permutations": lambda node: itertools.permutations([node, node], 1),
}
for name, make in makers.items():
    show(name, through(make))

# A long chain through deques dies without recursion.
chain = None
for _ in range(200_000):
    chain = collections.deque([chain])
del chain
head, tail = itertools.tee(iter(range(300_000)))
show(sum(tail))
del head, tail
show(gc.collect() >= 0)
