//! Programs made by chance: classes, containers, cycles, finalizers, closures, generators and exceptions in no order.
//!
//! The same seed gives the same program. What it prints does not depend on when cycles are collected.

/// How many programs the tests run.
pub const PROGRAMS: u64 = 24;
const STATEMENTS: usize = 120;
const VARIABLES: u64 = 8;

/// A small generator of numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) % end
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

const PRELUDE: &str = "\
import gc, _weakref
class Node:
    def __init__(self, *parts): self.parts = parts; self.more = {}
    def __eq__(self, other): return self is other
    def __hash__(self): return 7
    def method(self, *args): return self, args
class Loud(Node):
    def __del__(self): keep.append(len(keep)); keep.append(kind(getattr(self, 'parts', 0)))
class Lazarus(Node):
    def __del__(self):
        if saved is not None: saved.append(self)
class Slots:
    __slots__ = ('a', 'b', '__weakref__')
class Sub(Slots, ): __slots__ = ('c',)
class Meta(type):
    def __call__(cls, *a): return super().__call__(*a)
class Made(metaclass=Meta):
    def __init__(self, *a): self.a = a
class Listy(list): pass
class Dicty(dict): pass
class Manager:
    def __init__(self, v): self.v = v
    def __enter__(self): return self.v
    def __exit__(self, *e): self.e = e; return True
def walk(*parts):
    try:
        for part in parts:
            got = yield part
            if got: parts = parts + (got,)
    finally:
        local = parts
def deep(n, v): return (deep(n - 1, v), v) if n else [v]
def fail(*v):
    local = v
    raise ValueError(*v)
def kind(v): return type(v).__name__
def put(c, x):
    if isinstance(c, list): c.append(x)
    elif isinstance(c, dict): c[len(c)] = x
    elif isinstance(c, Slots): c.b = x
    elif hasattr(c, '__dict__'): setattr(c, f'p{len(c.__dict__) % 40}', x)
    else: raise TypeError
def get(c):
    if isinstance(c, (list, tuple)): return c[-1]
    if isinstance(c, dict): return c.popitem()[1]
    if isinstance(c, Slots): return c.b
    return next(iter(c.__dict__.values()))
def each(c): return list(c) if isinstance(c, (list, tuple, dict)) else [c]
keep, saved, refs, notes = [], [], [], []
";

/// The program of a seed.
pub fn program(seed: u64) -> String {
    let mut random = Random(seed);
    let mut text = String::from(PRELUDE);
    for index in 0..VARIABLES {
        text.push_str(&format!("v{index} = [{index}]\n"));
    }
    for _ in 0..STATEMENTS {
        let indented = statement(&mut random).replace('\n', "\n    ");
        text.push_str(&format!(
            "try:\n    {indented}\nexcept Exception as error: notes.append(type(error).__name__); v{} = error\n",
            random.below(VARIABLES)
        ));
    }
    text.push_str("print(*map(kind, (v0, v1, v2, v3, v4, v5, v6, v7)))\nprint(*notes)\n");
    text.push_str(
        "v0 = v1 = v2 = v3 = v4 = v5 = v6 = v7 = error = None\nsaved = None\ngc.collect()\n",
    );
    text.push_str("print(sum(r() is None for r in refs), len(refs))\n");
    text
}

/// One statement; `#` stands for a variable, and each is another one.
fn statement(random: &mut Random) -> String {
    let template = random.pick(&[
        "# = [#, #, #]",
        "# = (#, #)",
        "# = {'a': #, 1: #, (2,): #}",
        "# = {1, 'x', kind(#)}",
        "# = Node(#, #)",
        "# = Loud(#)",
        "# = Lazarus(#)",
        "# = Made(#, #)",
        "# = Slots(); #.a = #; #.b = #",
        "# = Sub(); #.c = #; #.a = #",
        "# = Listy([#, #]); #.x = #",
        "# = Dicty(a=#); #['self'] = #",
        "put(#, #)",
        "put(#, #); put(#, #)",
        "put(#, #); put(#, #); # = get(#)",
        "# = get(#); put(#, #)",
        "# = Node(#, #); put(#, #)",
        "# = Loud(#); put(#, #)",
        "# = []; put(#, #); put(#, #)",
        "# = {}; put(#, #); put(#, #)",
        "# = Node; # = Node(#)",
        "#.more[kind(#)] = #",
        "#.x = #; #.y = #; del #.x",
        "#['k'] = #",
        "#[0] = #",
        "#[1:2] = [#, #]",
        "del #[0]",
        "#.pop()",
        "#.clear()",
        "# = #.method",
        "# = #(#)",
        "# = #[0]",
        "# = #[::-1]",
        "# = # + #",
        "# = # * 2",
        "# = list(each(#))",
        "# = dict(zip('abc', each(#)))",
        "# = [*each(#), *each(#)]",
        "# = {**#, 'm': #}",
        "# = lambda a=#: (a, #)",
        "# = (lambda p: lambda: (p, #))(#)",
        "w = walk(#, #, #); next(w); # = w; w = None",
        "# = next(iter(each(#)))",
        "# = #.send(#)",
        "#.close()",
        "#.throw(KeyError(1))",
        "# = [x for x in each(#) if x is not #]",
        "# = {kind(x): x for x in each(#)}",
        "# = (y for y in [#, #])",
        "# = deep(30, #)",
        "fail(#, #)",
        "with Manager(#) as m: fail(m)",
        "with Manager(#) as m: # = m",
        "try: fail(#)\nexcept ValueError as e: # = e.__traceback__.tb_frame",
        "try: fail(#)\nexcept ValueError as e: # = e",
        "try: fail(#)\nexcept ValueError as e: raise KeyError(#) from e",
        "try: raise ExceptionGroup('g', [ValueError(#), TypeError(#)])\nexcept* ValueError as e: # = e",
        "# = Node(#); refs.append(_weakref.ref(#))",
        "# = Loud(#); refs.append(_weakref.ref(#, lambda r: keep.append(0)))",
        "# = type('T', (Node,), {'c': #, '__repr__': lambda s: 'T'})",
        "# = #.__class__(#)",
        "# = type(#)",
        "#.__class__ = Node",
        "# = #.__dict__",
        "#.__dict__ = {'z': #}",
        "# = map(lambda v: (v, #), each(#))",
        "# = enumerate(each(#))",
        "# = sorted(each(#), key=kind)",
        "# = f'{kind(#)} {len(each(#))}'",
        "# = [#] * 3; #.append(#); #.insert(0, #)",
        "a, *b = each(#); # = b",
        "#, # = #, #",
        "for x in each(#): # = x",
        "match #:\n    case [x, *y]: # = y\n    case {'a': x}: # = x\n    case Node(parts=p): # = p",
        "def f(*a, k=#, **d):\n    def g(): return a, k, d, #\n    return g\n# = f(#, z=#)",
        "class C(Node):\n    held = #\n    def m(self): return __class__\n# = C(#)",
        "late = #; # = late; late = None",
        "# = None",
        "# = 10 ** 25; # = str(#)",
        "gc.collect(0)",
    ]);
    let mut text = String::new();
    for character in template.chars() {
        match character {
            '#' => text.push_str(&format!("v{}", random.below(VARIABLES))),
            _ => text.push(character),
        }
    }
    text
}
