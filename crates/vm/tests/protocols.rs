//! Slots and dunders, descriptors, attributes, operators, weak references and aliases, as scripts see them.

use exuvia_vm::table::Method;
use exuvia_vm::{PyRef, PyResult, Settings, Vm};
use rustpython_compiler::Mode;

/// A function for the scripts: `weak(object, callback=None)` and `proxy(object, callback=None)`.
static FUNCTIONS: [Method; 2] = [
    exuvia_vm::function!(
        "weak",
        "($module, object, callback=None, /)",
        weak,
        "A weak reference."
    ),
    exuvia_vm::function!(
        "proxy",
        "($module, object, callback=None, /)",
        proxy,
        "A weak proxy."
    ),
];

fn weak(vm: &mut Vm, object: PyRef, callback: Option<PyRef>) -> PyResult {
    Ok(vm.new_weakref(&object, callback)?.into_any())
}

fn proxy(vm: &mut Vm, object: PyRef, callback: Option<PyRef>) -> PyResult {
    Ok(vm.new_weak_proxy(&object, callback)?.into_any())
}

fn run(vm: &mut Vm, script: &str) -> PyResult {
    let code = vm.compile(script, "<test>", Mode::Exec)?;
    let globals = vm.new_dict()?;
    let name = vm.intern("__name__")?;
    let value = vm.new_str("test")?.into_any();
    globals.set_str(vm, &name, value)?;
    for method in &FUNCTIONS {
        let function = vm.new_builtin_function(method, None, None)?.into_any();
        let name = vm.intern(method.name)?;
        globals.set_str(vm, &name, function)?;
    }
    exuvia_vm::eval::call::run_code(vm, &code, &globals, None, None)?;
    let name = vm.intern("r")?;
    Ok(globals.get_str(vm, &name).unwrap_or_else(|| vm.none()))
}

/// Runs a script in a runtime of its own; what it leaves in `r`, or what it raises, as text. Audits the counts.
fn outcome(script: &str) -> String {
    let mut vm = Vm::new(Settings::default()).expect("a runtime starts");
    let result = run(&mut vm, script);
    let shown = match result {
        Ok(value) => vm.repr(&value),
        Err(error) => {
            let exception = error.into_exception(&vm).into_any();
            let kind = vm.type_name(&exception);
            vm.str(&exception)
                .and_then(|text| vm.new_str(&format!("{kind}: {}", text.to_text())))
        }
    };
    let shown = shown.map_or_else(|_| "no text".to_owned(), |text| text.to_text().into_owned());
    if let Err(mismatches) = vm.audit() {
        panic!(
            "D9: {} counts are wrong after {script}: {mismatches:?}",
            mismatches.len()
        );
    }
    shown
}

#[track_caller]
fn check(script: &str, expected: &str) {
    assert_eq!(outcome(script), expected, "{script}");
}

#[test]
fn a_wrapper_descriptor_checks_its_receiver_and_arguments() {
    check(
        "int.__add__()",
        "TypeError: descriptor '__add__' of 'int' object needs an argument",
    );
    check(
        "int.__add__('a', 1)",
        "TypeError: descriptor '__add__' requires a 'int' object but received a 'str'",
    );
    check("(1).__add__()", "TypeError: expected 1 argument, got 0");
    check(
        "(1).__add__(1, x=1)",
        "TypeError: wrapper __add__() takes no keyword arguments",
    );
    check(
        "object.__setattr__(int, 'a', 1)",
        "TypeError: can't apply this __setattr__ to type object",
    );
    check(
        "r = (1).__radd__(2), (2).__pow__(3, 5), [1].__mul__(2), 'ab'.__contains__('b')",
        "(3, 3, [1, 1], True)",
    );
}

#[test]
fn a_constructor_refuses_classes_of_another_layout() {
    check(
        "object.__new__(list)",
        "TypeError: object.__new__(list) is not safe, use list.__new__()",
    );
    check(
        "int.__new__(str)",
        "TypeError: int.__new__(str): str is not a subtype of int",
    );
    check("class C: pass\nC(1)", "TypeError: C() takes no arguments");
    check(
        "class C:\n def __new__(cls, *a): return object.__new__(cls, *a)\nC(1)",
        "TypeError: object.__new__() takes exactly one argument (the type to instantiate)",
    );
    check(
        "class T(tuple):\n def __new__(cls, *a): return tuple.__new__(cls, a)\nr = T(1, 2)",
        "(1, 2)",
    );
}

#[test]
fn a_dunder_set_on_a_class_reaches_its_subclasses() {
    check(
        "class A(list):\n def __len__(self): return 42\nclass B(A): pass\nb = B([1])\nr = [len(b)]\ndel A.__len__\n\
         r.append(len(b))\nA.__len__ = lambda self: 7\nr.append(len(b))\nB.__len__ = lambda self: 8\n\
         A.__len__ = lambda self: 9\nr.append(len(b))",
        "[42, 1, 7, 8]",
    );
    check(
        "class A: pass\na = A()\nA.__call__ = lambda self, x: x + 1\nr = a(1)\ndel A.__call__\na(1)",
        "TypeError: 'A' object is not callable",
    );
}

#[test]
fn reflected_operands_of_subclasses_come_first() {
    let classes = "class A:\n def __add__(self, o): return 'A+'\n def __radd__(self, o): return '+A'\n\
                   class B(A):\n def __radd__(self, o): return '+B'\nclass C(A): pass\n";
    check(
        &format!("{classes}r = A() + B(), A() + C(), 1 + A(), B() + A()"),
        "('+B', 'A+', '+A', 'A+')",
    );
    check(
        "class P(int):\n def __radd__(self, o): return 'r'\nr = 1 + P(1), P(1) + 1",
        "('r', 2)",
    );
    check(
        "1 + ''",
        "TypeError: unsupported operand type(s) for +: 'int' and 'str'",
    );
    check(
        "a = 1\na **= ''",
        "TypeError: unsupported operand type(s) for **=: 'int' and 'str'",
    );
    check(
        "[] * 's'",
        "TypeError: can't multiply sequence by non-int of type 'str'",
    );
    check(
        "class A:\n def __rpow__(s, a, m=None): return a, m\nr = pow(1, A(), 3)",
        "(1, 3)",
    );
}

#[test]
fn comparisons_ask_the_subclass_first_and_then_fall_back_to_identity() {
    check(
        "class A:\n def __lt__(s, o): return 'A<'\n def __gt__(s, o): return 'A>'\nclass B(A):\n \
         def __gt__(s, o): return 'B>'\nr = A() < B(), B() < A(), 1 < A()",
        "('B>', 'A<', 'A>')",
    );
    check(
        "1 < ''",
        "TypeError: '<' not supported between instances of 'int' and 'str'",
    );
    check(
        "class N:\n def __eq__(s, o): return True\nr = N() != 1\nhash(N())",
        "TypeError: unhashable type: 'N'",
    );
    check(
        "nan = float('nan')\nr = [nan] == [nan], nan == nan",
        "(True, False)",
    );
}

#[test]
fn attributes_go_through_hooks_and_descriptors() {
    check(
        "class G:\n def __getattr__(s, n): return 'hook ' + n\ng = G()\ng.x = 1\nr = g.x, g.y",
        "(1, 'hook y')",
    );
    check(
        "class H:\n def __getattribute__(s, n): raise AttributeError(n)\n def __getattr__(s, n): return n\nr = H().a",
        "'a'",
    );
    check(
        "class D:\n def __get__(s, i, o): return i is None\n def __set__(s, i, v): i.__dict__['got'] = v\n\
         class E: d = D()\ne = E()\ne.d = 5\nr = E.d, e.d, e.got",
        "(True, False, 5)",
    );
    check(
        "class S: __slots__ = ('a',)\ns = S()\ns.a = 1\ndel s.a\ns.a",
        "AttributeError: 'S' object has no attribute 'a'",
    );
    check(
        "int.real.__get__('a')",
        "TypeError: descriptor 'real' for 'int' objects doesn't apply to a 'str' object",
    );
    check(
        "class C:\n x = property()\nC().x",
        "AttributeError: property 'x' of 'C' object has no getter",
    );
    check(
        "class C:\n @staticmethod\n def f(): 'doc'\nr = sorted(C.__dict__['f'].__dict__)",
        "['__doc__', '__module__', '__name__', '__qualname__']",
    );
}

#[test]
fn super_finds_what_comes_after_a_class() {
    check(
        "class A:\n def f(s): return ['A']\nclass B(A):\n def f(s): return ['B'] + super().f()\nclass C(A):\n \
         def f(s): return ['C'] + super().f()\nclass D(B, C):\n def f(s): return ['D'] + super().f()\nr = D().f()",
        "['D', 'B', 'C', 'A']",
    );
    check(
        "class B: pass\nsuper(B, 1)",
        "TypeError: super(type, obj): obj (instance of int) is not an instance or subtype of type (B).",
    );
    check("super()", "RuntimeError: super(): no arguments");
}

#[test]
fn a_class_can_be_changed_to_one_of_the_same_layout() {
    check(
        "class A: pass\nclass B: pass\na = A()\na.x = 1\na.__class__ = B\na.y = 2\nb = B()\nb.y = 3\n\
         r = type(a) is B, a.x, a.y, b.__dict__",
        "(True, 1, 2, {'y': 3})",
    );
    check(
        "class A: pass\nclass S: __slots__ = ('a',)\nA().__class__ = S",
        "TypeError: __class__ assignment: 'S' object layout differs from 'A'",
    );
}

#[test]
fn a_weak_reference_is_shared_and_dies_with_its_object() {
    let start = "class C: pass\nc = C()\n";
    check(
        &format!(
            "{start}w = weak(c)\nr = w is weak(c), w() is c, w == weak(c, len)\ndel c\nr += (w(),)"
        ),
        "(True, True, True, None)",
    );
    check(
        &format!(
            "{start}r = []\nw = weak(c, lambda w: r.append(1))\nx = weak(c, lambda w: r.append(2))\ndel c"
        ),
        "[2, 1]",
    );
    check(
        &format!("{start}w = weak(c)\ndel c\nhash(w)"),
        "TypeError: weak object has gone away",
    );
    check(
        &format!("{start}p = proxy(c)\nc.x = 3\nr = p.x, p == c, p is proxy(c)\n"),
        "(3, True, True)",
    );
    check(
        &format!("{start}p = proxy(c)\ndel c\np.x"),
        "ReferenceError: weakly-referenced object no longer exists",
    );
    check(
        "weak(1)",
        "TypeError: cannot create weak reference to 'int' object",
    );
    check(
        "class S: __slots__ = ()\nweak(S())",
        "TypeError: cannot create weak reference to 'S' object",
    );
    check(
        "r = []\nclass D:\n def __del__(s): r.append(w() is s)\nd = D()\nw = weak(d, lambda w: r.append(w()))\ndel d",
        "[True, None]",
    );
}

#[test]
fn unions_and_aliases() {
    check(
        "r = int | str | None, (int | str) == (str | int), int | int",
        "(int | str | None, True, <class 'int'>)",
    );
    check(
        "int | 1",
        "TypeError: unsupported operand type(s) for |: 'type' and 'int'",
    );
    check(
        "r = isinstance(None, int | None), isinstance('', int | None)",
        "(True, False)",
    );
    check(
        "r = list[int], dict[str, list[int]], tuple[int, ...], next(iter(tuple[int])), list[int]([1])",
        "(list[int], dict[str, list[int]], tuple[int, ...], *tuple[int], [1])",
    );
    check(
        "isinstance([], list[int])",
        "TypeError: isinstance() argument 2 cannot be a parameterized generic",
    );
    check(
        "list[int][str]",
        "TypeError: list[int] is not a generic class",
    );
    check(
        "class T:\n def __typing_subst__(s, a): return a\nt = T()\nr = dict[t, list[t]][int], (list[t] | int)[str]",
        "(dict[int, list[int]], list[str] | int)",
    );
}

#[test]
fn native_functions_say_what_is_wrong_with_their_arguments() {
    check(
        "len()",
        "TypeError: len() takes exactly one argument (0 given)",
    );
    check("len(x=1)", "TypeError: len() takes no keyword arguments");
    check(
        "[].append(1, 2)",
        "TypeError: list.append() takes exactly one argument (2 given)",
    );
    check(
        "list.append(1, 2)",
        "TypeError: descriptor 'append' for 'list' objects doesn't apply to a 'int' object",
    );
    check(
        "list.append()",
        "TypeError: unbound method list.append() needs an argument",
    );
    check(
        "[].insert(1)",
        "TypeError: insert expected 2 arguments, got 1",
    );
    check(
        "[].sort(1)",
        "TypeError: sort() takes no positional arguments",
    );
    check(
        "sum()",
        "TypeError: sum() takes at least 1 positional argument (0 given)",
    );
    check(
        "sum([], 1, 2)",
        "TypeError: sum() takes at most 2 arguments (3 given)",
    );
    check(
        "enumerate()",
        "TypeError: enumerate() missing required argument 'iterable'",
    );
    check(
        "property(1, 2, 3, 4, 5)",
        "TypeError: property() takes at most 4 arguments (5 given)",
    );
}

#[test]
fn classes_of_a_metaclass_have_their_own_namespace() {
    check(
        "class M(type): pass\nclass C(metaclass=M): v = 1\nr = '__dict__' in M.__dict__, C.__dict__['v'], vars(C) == C.__dict__",
        "(False, 1, True)",
    );
}

/// Native recursion ends in an exception, however deep the structure and however high the limit.
#[test]
fn deep_nesting_raises_instead_of_overflowing_the_stack() {
    let nest = |start: &str, step: &str, end: &str| {
        format!(
            "x = {start}\nfor i in range(50000): x = {step}\ntry: {end}\nexcept RecursionError: pass\ndel x\nr = 1"
        )
    };
    check(&nest("[]", "[x]", "repr(x)"), "1");
    check(&nest("()", "(x,)", "hash(x)"), "1");
    check(&nest("()", "(x,)", "isinstance(1, x)"), "1");
    check(&nest("iter([1])", "map(int, x)", "next(x)"), "1");
    check(&nest("list", "list[x]", "repr(x)"), "1");
    check(
        &nest(
            "len",
            "type(''.join)(x) if 0 else type((lambda: 0).__get__(1))(x, 1)",
            "x()",
        ),
        "1",
    );
    check(
        "x = []\ny = []\nfor i in range(50000): x = [x]; y = [y]\ntry: x == y\nexcept RecursionError: pass\ndel x, y\nr = 1",
        "1",
    );
    check(
        "class A:\n def __eq__(s, o): return s == o\ntry: A() == 1\nexcept RecursionError: r = 1",
        "1",
    );
    check(
        "class A:\n def __repr__(s): return repr([s])\ntry: repr(A())\nexcept RecursionError: r = 1",
        "1",
    );
}
