//! The corpus under modes that make mistakes show, and programs whose allocations fail one after the other.

use crate::capture::Written;
use crate::generate;
use crate::script::{self, run_source};
use crate::{compare, for_each_script};
use exuvia_heap::{Config, FailAt, Zeal};
use exuvia_vm::{Settings, Vm};

/// Fills, fences and checks: whoever uses a block after it was freed, before it was written, or beyond its end is found,
/// and so is who releases another size than was asked for.
fn poison() -> Config {
    Config {
        zeal: Zeal {
            poison: true,
            fences: true,
            ..Zeal::default()
        },
        ..Config::default()
    }
}

/// Scripts whose output depends on when collections happen, or that take too long when every safepoint collects.
const NOT_ALWAYS: [&str; 4] = ["gc_module", "collect_returns", "deep", "recursion_paths"];

#[test]
fn scripts_do_the_same_when_every_safepoint_collects_and_blocks_are_poisoned() {
    for_each_script(|script| {
        if NOT_ALWAYS.iter().any(|part| script.name.contains(part)) {
            return Ok(());
        }
        let settings = Settings {
            heap: poison(),
            collect_always: true,
            ..Settings::default()
        };
        compare(script, settings)
    });
}

#[test]
fn generated_programs_do_the_same_when_every_safepoint_collects() {
    for seed in 0..generate::PROGRAMS {
        let source = generate::program(seed);
        let name = format!("generated-{seed}.py");
        let run = |settings| {
            run_source(&source, &name, settings)
                .unwrap_or_else(|failure| panic!("{failure}\n{source}"))
        };
        let plain = run(Settings::default());
        assert_eq!(plain.status, 0, "{}\n{source}", plain.err);
        let stressed = run(Settings {
            heap: poison(),
            collect_always: true,
            ..Settings::default()
        });
        assert_eq!(plain, stressed, "{source}");
    }
}

/// Small programs that go through most of what allocates.
const SWEPT: [(&str, &str); 6] = [
    (
        "classes",
        "class A:\n    def __init__(self, x): self.x = x\n    def __repr__(self): return f'A({self.x})'\n\
         class B(A):\n    __slots__ = ('y',)\n    @property\n    def z(self): return self.x, super().__repr__()\n\
         b = B([1])\nb.y = {b.x[0]: b}\nb.w = b.z\nassert str(b) == 'A([1])', b\n\
         del b.y\nassert getattr(b, 'nothing', 5) == 5\ntry:\n    b.nothing\nexcept AttributeError:\n    pass\n",
    ),
    (
        "functions",
        "def f(a, *b, c=1, **d):\n    def g():\n        nonlocal a\n        a += 1\n        return a, b, c, d\n    return g\n\
         assert f(1, 2, c=3, e=4)() == (2, (2,), 3, {'e': 4})\n\
         assert sorted([3, 1, 2], key=lambda x: -x) == [3, 2, 1]\n\
         assert list(map(lambda x, y: x + y, 'ab', 'cd')) == ['ac', 'bd']\n\
         try:\n    f()\nexcept TypeError as e:\n    assert 'missing' in str(e)\n",
    ),
    (
        "generators",
        "def g(n):\n    try:\n        for i in range(n):\n            got = yield i * 1000\n    finally:\n        done.append(n)\n\
         def h():\n    yield from g(3)\n    return 7\n\
         done = []\nassert [*h()] == [0, 1000, 2000] and done == [3]\n\
         it = h()\nnext(it)\nit.close()\nit = g(2)\nnext(it)\n\
         try:\n    it.throw(KeyError('k'))\nexcept KeyError:\n    pass\n\
         async def c(): return await a()\nasync def a(): return 5\n\
         try:\n    c().send(None)\nexcept StopIteration as s:\n    assert s.value == 5\n",
    ),
    (
        "containers",
        "d = {i: str(i) for i in range(300, 330)}\nd.update(x=1)\ns = set(d) | {5}\nl = [*d, *s]\nl.sort(key=str)\n\
         t = tuple(l)\nassert len(l[::2] + l[1::2]) == len(t)\nassert len({**d, 'y': l}) == 32\n\
         b = bytearray(b'abc')\nb.extend(b'x' * 100)\nb[5:7] = b''\nassert len(bytes(b)) == 101\n\
         assert 'ab'.join(['x'] * 20).upper().replace('AB', '-').split('-') == ['X'] * 20\n\
         assert f'{10 ** 30:,} {1.5:>10.3f} {l[:2]!r}'\nassert '%s %d' % ('é', 2 ** 70)\n\
         assert (2 ** 200 // 3 * 7) % 1000003 and int(str(2 ** 200)) == 2 ** 200\n",
    ),
    (
        "exceptions",
        "class E(Exception): pass\nclass W:\n    def __enter__(self): return self\n    def __exit__(self, *a): return a[0] is E\n\
         with W():\n    raise E('x')\n\
         try:\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n        raise ValueError('v') from e\n\
         except ValueError as e:\n    e.add_note('n')\n    assert e.__cause__\n\
         try:\n    raise ExceptionGroup('g', [ValueError(1), KeyError(2)])\nexcept* ValueError as g:\n    assert len(g.exceptions) == 1\n\
         except* KeyError:\n    pass\n\
         def r(n): return r(n + 1) if n < 20 else [][0]\ntry:\n    r(0)\nexcept IndexError:\n    pass\n\
         match {'a': [1, (2, 3)], 'b': 4}:\n    case {'a': [x, (y, z)], **rest}: assert (x, y, z, rest) == (1, 2, 3, {'b': 4})\n",
    ),
    (
        "finalizers",
        "import gc, _weakref\nclass D:\n    def __del__(self): log.append([id(self)])\nlog = []\n\
         d = D()\nr = _weakref.ref(d, log.append)\nd = None\nx, y = D(), D()\nx.o, y.o = y, x\nx.c = lambda: x\nx = y = None\n\
         gc.collect()\nlog.clear()\n",
    ),
];

/// At most so many runs of one program in one mode; `EXUVIA_SWEEP_RUNS` asks for another number.
fn runs() -> u64 {
    let asked = std::env::var("EXUVIA_SWEEP_RUNS");
    asked.ok().and_then(|runs| runs.parse().ok()).unwrap_or(250)
}

#[test]
fn programs_survive_that_memory_is_refused_to_any_allocation() {
    let mut vm = script::start(Settings::default()).expect("there is memory");
    for (name, source) in SWEPT {
        // Once to fill the caches, once to count.
        run(&mut vm, name, source, None).expect("succeeds with memory");
        run(&mut vm, name, source, None).expect("succeeds with memory");
        let attempts = vm.heap().allocation_attempts();
        let step = attempts.div_ceil(runs()).max(1);
        for n in (0..attempts).step_by(usize::try_from(step).expect("small")) {
            for fail_at in [FailAt::Once(n), FailAt::From(n)] {
                if let Err(report) = run(&mut vm, name, source, Some(fail_at)) {
                    let is_expected = report.contains("MemoryError");
                    assert!(is_expected, "{name}, {fail_at:?}: {report}");
                }
            }
            if (n / step).is_multiple_of(16) {
                script::check(&vm, name).unwrap_or_else(|failure| panic!("before {n}: {failure}"));
            }
        }
        run(&mut vm, name, source, None).expect("succeeds again with memory");
        script::check(&vm, name).unwrap_or_else(|failure| panic!("{failure}"));
    }
    vm.shut_down();
    script::check(&vm, "at the end").unwrap_or_else(|failure| panic!("{failure}"));
    script::end(vm).unwrap_or_else(|failure| panic!("{failure}"));
}

/// Runs a program while an allocation fails, or only counts them; then there is memory again.
fn run(vm: &mut Vm, name: &str, source: &str, fail_at: Option<FailAt>) -> Result<(), String> {
    vm.heap().fail_allocations(fail_at);
    let result = script::execute(vm, source, name);
    if fail_at.is_some() {
        vm.heap().fail_allocations(None);
    }
    let result = result.map_err(|error| script::report_of(vm, error));
    *vm.extensions.get::<Written>() = Written::default();
    result
}

#[test]
fn a_runtime_that_has_no_memory_to_start_leaves_nothing() {
    let attempt = |fail_at| {
        let zeal = Zeal {
            fail_at,
            ..Zeal::default()
        };
        Settings {
            heap: Config {
                zeal,
                ..Config::default()
            },
            ..Settings::default()
        }
    };
    let vm = Vm::new(attempt(Some(FailAt::Once(u64::MAX)))).expect("there is memory");
    let attempts = vm.heap().allocation_attempts();
    drop(vm);
    for n in (0..200).chain((200..attempts).step_by(397)) {
        assert!(
            Vm::new(attempt(Some(FailAt::Once(n)))).is_err(),
            "allocation {n} of {attempts}"
        );
        assert!(
            Vm::new(attempt(Some(FailAt::From(n)))).is_err(),
            "allocation {n} of {attempts}"
        );
    }
    for n in (0..8).map(|part| attempts + part * 5000) {
        // Further on the library starts, which may do without what it did not get.
        let _ = script::start(attempt(Some(FailAt::From(n)))).map(script::end);
        let _ = script::start(attempt(Some(FailAt::Once(n)))).map(script::end);
    }
}
