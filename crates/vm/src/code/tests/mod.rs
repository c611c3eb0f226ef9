//! Translation as a whole: programs, refusals, and machine-made code.

mod machine;

use rustpython_compiler::{CompileOpts, Mode};
use rustpython_compiler_core::bytecode::{CodeObject, ConstantData};

use super::*;
use machine::{Machine, Random};

/// A code object's parts, owned.
#[derive(Clone)]
struct Parts {
    name: String,
    code: Vec<u8>,
    exception_table: Vec<u8>,
    const_count: u32,
    name_count: u32,
    local_count: u32,
    free_count: u32,
    stack_size: u32,
    is_generator: bool,
}

impl Parts {
    fn source(&self) -> CodeSource<'_> {
        CodeSource {
            code: &self.code,
            exception_table: &self.exception_table,
            const_count: self.const_count,
            name_count: self.name_count,
            local_count: self.local_count,
            free_count: self.free_count,
            stack_size: self.stack_size,
            is_generator: self.is_generator,
        }
    }

    fn translate(&self) -> Executable {
        translate(&self.source()).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// All code objects of a program, the outermost first.
fn compile(source: &str) -> Vec<Parts> {
    let code = compile_source(source, Mode::Exec, "test", CompileOpts::default())
        .unwrap_or_else(|error| panic!("{error:?}\n{source}"));
    let mut all = Vec::new();
    collect(&code.code, &mut all);
    all
}

fn collect(code: &CodeObject, all: &mut Vec<Parts>) {
    const GENERATORS: u32 = 0x20 | 0x80 | 0x200;
    let count = |length: usize| u32::try_from(length).expect("small");
    all.push(Parts {
        name: code.qualname.clone(),
        code: code
            .instructions
            .iter()
            .flat_map(|unit| [u8::from(unit.op), u8::from(unit.arg)])
            .collect(),
        exception_table: code.exceptiontable.to_vec(),
        const_count: count(code.constants.len()),
        name_count: count(code.names.len()),
        local_count: count(code.localspluskinds.len()),
        free_count: count(code.freevars.len()),
        stack_size: code.max_stackdepth,
        is_generator: code.flags.bits() & GENERATORS != 0,
    });
    for constant in code.constants.iter() {
        if let ConstantData::Code { code } = constant {
            collect(code, all);
        }
    }
}

/// The executable of the last code object of a program: its innermost function.
fn last(source: &str) -> Executable {
    compile(source)
        .last()
        .expect("a module at least")
        .translate()
}

fn ops(executable: &Executable) -> Vec<Op> {
    executable.instrs.iter().map(|instr| instr.op).collect()
}

const PROGRAMS: &[&str] = &[
    "def f(a, b=1, *c, d=2, **e):\n return a + b if c else [d, *c, {**e}]",
    "class C[T](B, metaclass=M):\n x: int = 1\n def m(self): return super().m(), __class__, self.__y",
    "def f(x):\n for i, (j, *k) in x:\n  if i: continue\n  while j < k < i: j += 1\n  else: break\n else: del x[i], x.y",
    "def f():\n try:\n  a\n except A as e: return b\n except (B, C): raise\n else: c\n finally:\n  d = [i for i in e if i]",
    "def f():\n try: a\n except* E as e: b\n finally: c",
    "def f(a):\n with a as b, a.c: return b\n with a:\n  for i in a:\n   with i: continue\n  raise a",
    "async def f(x):\n async with x as y, y: await y\n async for i in x: yield i, [j async for j in i if await j]\n return",
    "def f(x):\n y = yield x\n return (yield from y)",
    "def f(m):\n match m:\n  case [1, a, *_] | {'k': a}: return a\n  case {'k': a, **r}: return r\n  case P(x, y=None) as p if p: return x\n  case -1 | 'a' | b.c: pass\n  case _: return m",
    "def f(x, y):\n x, y = y, x\n g(x, x := y, *x, **y)\n return f'{x!r:>{y}}{y}' + t'{x}'.s, x[1:y], x[::2]",
    "def f(x):\n def g():\n  nonlocal x\n  x = [(lambda: (x, i)) for i in x]\n  return {i: {j for j in i} for i in x}, any(i for i in x)\n return g",
    "from a.b import c as d, e\nimport f.g as h\nx: int\nif x: y: str = 1\nglobal z\ntype A[K: int, *L, **M = [str]] = dict[K, L]\nassert x, y\nprint(-1, 2**70, 1j, not x, ~x, x is not y, x not in y)",
    "def f():\n while True:\n  try: g()\n  except E: pass\n  finally:\n   if x: break",
];

#[test]
fn translates_what_the_compiler_makes() {
    for source in PROGRAMS {
        for parts in compile(source) {
            let executable = parts.translate();
            assert!(
                executable.stack_size <= parts.stack_size + 1,
                "{}",
                parts.name
            );
        }
    }
}

#[test]
fn indexes_and_units_correspond() {
    for parts in PROGRAMS.iter().flat_map(|source| compile(source)) {
        let executable = parts.translate();
        let mut last = None;
        for (index, instr) in (0..).zip(&executable.instrs) {
            let Some(unit) = unit_of_index(&parts.code, index) else {
                // What `group_cleanup` adds behind the program has no place in it, and raises nothing of its own.
                assert!(matches!(instr.op, Op::Copy | Op::PopExcept | Op::Reraise));
                continue;
            };
            assert!(last < Some(unit));
            last = Some(unit);
            assert_eq!(index_of_unit(&parts.code, unit), Some(index));
            let op = Op::from_code(parts.code[2 * unit as usize]).expect("translated");
            let last_cache = unit + op.cache_units() as u32;
            assert_eq!(index_of_unit(&parts.code, last_cache), Some(index));
        }
        assert_eq!(
            unit_of_index(&parts.code, executable.instrs.len() as u32),
            None
        );
    }
}

#[test]
fn an_exhausted_loop_skips_its_end_marker() {
    let executable = last("def f(x):\n for i in x: pass");
    let loops: Vec<_> = executable
        .instrs
        .iter()
        .filter(|instr| instr.op == Op::ForIter)
        .map(|instr| executable.instrs[instr.arg as usize].op)
        .collect();
    assert_eq!(loops, [Op::PopIter]);
}

#[test]
fn small_tuples_are_not_built_to_be_unpacked() {
    let swap = [Op::Nop, Op::Swap, Op::StoreFastStoreFast];
    for source in [
        "def f(x, y): x, y = y, x",
        "def f(x, y, z): x, y, z = y, z, x",
    ] {
        let ops = ops(&last(source));
        assert!(ops.windows(3).any(|window| window == swap), "{ops:?}");
    }
    assert!(ops(&last("def f(x): a, b, c, d = x, x, x, x")).contains(&Op::UnpackSequence));
}

#[test]
fn caches_are_numbered_densely() {
    let executable = last("def f(x): return x.a + g(x)");
    let caches: Vec<_> = executable
        .instrs
        .iter()
        .filter(|instr| instr.op.has_cache())
        .map(|instr| instr.cache)
        .collect();
    assert_eq!(caches, [0, 1, 2, 3]);
    assert_eq!(executable.cache_count, 4);
    let others = executable
        .instrs
        .iter()
        .filter(|instr| !instr.op.has_cache());
    assert!(
        others
            .into_iter()
            .all(|instr| instr.cache == Instr::NO_CACHE)
    );
}

#[test]
fn loops_are_interruptible() {
    let executable = last("def f():\n while True:\n  try: g()\n  except E: pass");
    assert!(!ops(&executable).contains(&Op::JumpBackwardNoInterrupt));
    let executable = last("def f(x): yield from x");
    assert!(ops(&executable).contains(&Op::JumpBackwardNoInterrupt));
}

#[test]
fn an_asynchronous_comprehension_starts_as_a_coroutine() {
    let parts = compile("async def f(x): return [i async for i in x]");
    let comprehension = parts.last().expect("the comprehension");
    let executable = comprehension.translate();
    assert!(executable.is_generator);
    assert_eq!(executable.instrs[0].op, Op::ReturnGenerator);
}

#[test]
fn knows_which_code_uses_a_namespace() {
    assert!(compile("x = 1")[0].translate().uses_namespace);
    assert!(compile("from a import *")[0].translate().uses_namespace);
    assert!(!last("def f(x): return x + y").uses_namespace);
}

// Borrowed loads

fn loads(source: &str) -> Vec<Op> {
    let mut ops = ops(&last(source));
    ops.retain(|op| {
        matches!(
            op,
            Op::LoadFast
                | Op::LoadFastBorrow
                | Op::LoadFastLoadFast
                | Op::LoadFastBorrowLoadFastBorrow
        )
    });
    ops
}

#[test]
fn borrows_what_is_used_up_at_once() {
    assert_eq!(loads("def f(x): return x"), [Op::LoadFastBorrow]);
    assert_eq!(
        loads("def f(x, y): x.a = y"),
        [Op::LoadFastBorrowLoadFastBorrow]
    );
    assert_eq!(loads("def f(x): x.a(1)"), [Op::LoadFastBorrow]);
}

#[test]
fn counts_what_outlives_its_local() {
    // The first store changes the local that the other value is borrowed from.
    assert_eq!(loads("def f(x, y): x, y = y, x"), [Op::LoadFastLoadFast]);
    assert_eq!(loads("def f(x): g(x, x := 1)"), [Op::LoadFast]);
    assert_eq!(loads("def f(x): return x, [x for x in y]")[0], Op::LoadFast);
}

#[test]
fn counts_what_outlives_its_block_or_a_suspension() {
    assert_eq!(loads("def f(x): g(x, 1 if a else 2)"), [Op::LoadFast]);
    assert_eq!(loads("def f(x): g(x, (yield))"), [Op::LoadFast]);
    assert_eq!(loads("def f(x): yield x"), [Op::LoadFastBorrow]);
    assert_eq!(loads("def f(x): x += yield"), [Op::LoadFast]);
}

#[test]
fn the_self_of_a_method_call_is_still_borrowed() {
    assert_eq!(
        loads("def f(x): x.a(x := 1)"),
        [Op::LoadFast],
        "the method's self outlives the local"
    );
}

// Repaired exception tables

fn handled(executable: &Executable, op: Op) -> Vec<Option<Op>> {
    (0..)
        .zip(&executable.instrs)
        .filter(|(_, instr)| instr.op == op)
        .map(|(index, _)| {
            let handler = executable.handler(index)?;
            Some(executable.instrs[handler.target as usize].op)
        })
        .collect()
}

#[test]
fn what_follows_a_suppressed_exception_is_not_under_the_handler_of_exit() {
    let executable = last("def f():\n with a: raise b\n x()");
    // a(), __enter__(), __exit__(None, None, None), x() on both ways.
    assert!(
        handled(&executable, Op::Call)
            .iter()
            .all(|&handler| handler.is_none())
    );
}

#[test]
fn what_follows_a_try_around_a_with_is_not_under_its_handlers() {
    let executable = last("def f():\n try:\n  with a: return b()\n except E: pass\n x.y");
    let attributes = handled(&executable, Op::LoadAttr);
    assert!(!attributes.is_empty());
    assert!(
        attributes.iter().all(|&handler| handler.is_none()),
        "{attributes:?}"
    );
}

#[test]
fn the_handler_of_a_comprehension_finds_the_saved_variables() {
    let executable = last("def f(x): return [g(x) for x in x]");
    let handler = executable.handlers.first().expect("one handler");
    // The saved variable and the list; the iterator is dropped.
    assert_eq!(handler.depth, 2);
}

// Order of scopes

#[test]
fn scopes_are_found_in_any_order() {
    let names = |source| -> Vec<String> {
        compile(source)
            .into_iter()
            .map(|parts| parts.name)
            .collect()
    };
    for source in [
        "@d(lambda s: s)\nclass A:\n def f(self, t): return t",
        "x[max(k for k in z)] = [lambda j: j]",
        "x = [[c for c in row] for row in rows if any(k for k in row)]",
        "x = {(lambda: q): [q for _ in q] for q in r for w in [x + 1 for x in q]}",
        "def f(y):\n for i in y:\n  try:\n   if i: continue\n   return [k for k in i]\n  finally:\n   g = lambda z: {i for i in z}",
        "try: pass\nexcept* A, B: pass",
    ] {
        assert!(!names(source).is_empty());
    }
}

#[test]
fn deep_source_is_refused_or_compiled_but_never_fatal() {
    let compile = |source: String| {
        compile_source(&source, Mode::Exec, "test", CompileOpts::default()).map(|_| ())
    };
    assert!(compile("[".repeat(1000) + &"]".repeat(1000)).is_ok());
    for (open, close) in [("(", ")"), ("not ", ""), ("f(", ")"), ("-", "")] {
        let source = open.repeat(50_000) + "a" + &close.repeat(50_000);
        assert!(
            matches!(compile(source), Err(SourceError::TooNested)),
            "{open}"
        );
    }
}

// Refusals

/// Units for a function of no arguments with one constant, one name, two locals.
fn refused(units: &[(Op, u8)]) -> CodeError {
    try_units(units, &[]).expect_err("must be refused")
}

fn try_units(units: &[(Op, u8)], exception_table: &[u8]) -> Result<Executable, CodeError> {
    let mut code = Vec::new();
    for &(op, arg) in units {
        code.extend([op.code(), arg]);
        code.extend(std::iter::repeat_n(0, 2 * op.cache_units()));
    }
    try_bytes(&code, exception_table)
}

fn try_bytes(code: &[u8], exception_table: &[u8]) -> Result<Executable, CodeError> {
    translate(&CodeSource {
        code,
        exception_table,
        const_count: 1,
        name_count: 1,
        local_count: 2,
        free_count: 0,
        stack_size: 3,
        is_generator: false,
    })
}

const NONE: (Op, u8) = (Op::LoadConst, 0);
const RETURN: (Op, u8) = (Op::ReturnValue, 0);

#[test]
fn refuses_malformed_units() {
    let malformed =
        |code: &[u8], at| assert_eq!(try_bytes(code, &[]), Err(CodeError::Malformed { at }));
    malformed(&[82], 0);
    malformed(&[82, 0, 35], 1);
    // A prefix without an instruction; too many prefixes; a missing and a wrong cache unit.
    malformed(&[69, 1], 0);
    malformed(&[69, 1, 69, 1, 69, 1, 69, 1, 82, 0], 0);
    malformed(&[39, 0, 0, 0], 0);
    malformed(&[39, 0, 0, 0, 0, 0, 35, 0], 0);
    assert_eq!(
        try_bytes(&[0, 0], &[]),
        Err(CodeError::UnknownOpcode { at: 0, code: 0 })
    );
    assert_eq!(try_bytes(&[], &[]), Err(CodeError::FallsOffEnd { at: 0 }));
}

#[test]
fn refuses_arguments_out_of_range() {
    for (op, arg) in [
        (Op::LoadConst, 1),
        (Op::LoadName, 1),
        (Op::LoadAttr, 2),
        (Op::LoadSuperAttr, 4),
        (Op::LoadFast, 2),
        (Op::LoadFastLoadFast, 0x12),
        (Op::LoadFastLoadFast, 0x20),
        (Op::LoadDeref, 2),
        (Op::BinaryOp, 27),
        (Op::CompareOp, 6 << 5),
        (Op::CallIntrinsic1, 0),
        (Op::CallIntrinsic2, 6),
        (Op::SetFunctionAttribute, 3),
        (Op::CopyFreeVars, 1),
        (Op::Copy, 0),
        (Op::ListAppend, 0),
        (Op::RaiseVarargs, 3),
    ] {
        let error = refused(&[NONE, (op, arg), NONE, RETURN]);
        let arg = arg.into();
        assert_eq!(error, CodeError::BadArgument { at: 1, op, arg });
    }
}

#[test]
fn refuses_jumps_into_nowhere() {
    assert_eq!(
        refused(&[(Op::JumpForward, 9), NONE, RETURN]),
        CodeError::BadJump { at: 0 }
    );
    assert_eq!(
        refused(&[(Op::JumpBackward, 3), NONE, RETURN]),
        CodeError::BadJump { at: 0 }
    );
    // Into the cache of an instruction.
    let error = refused(&[(Op::JumpForward, 1), (Op::ToBool, 0), NONE, RETURN]);
    assert_eq!(error, CodeError::BadJump { at: 0 });
    // To something that is not the end of a loop.
    let error = refused(&[NONE, (Op::ForIter, 0), NONE, RETURN]);
    assert_eq!(error, CodeError::BadJump { at: 1 });
}

#[test]
fn refuses_wrong_stacks() {
    assert_eq!(refused(&[NONE]), CodeError::FallsOffEnd { at: 0 });
    assert_eq!(refused(&[RETURN]), CodeError::StackUnderflow { at: 0 });
    assert_eq!(
        refused(&[NONE, (Op::BinaryOp, 0), RETURN]),
        CodeError::StackUnderflow { at: 1 }
    );
    assert_eq!(
        refused(&[NONE, NONE, NONE, NONE, RETURN]),
        CodeError::StackTooDeep { at: 3, declared: 3 }
    );
    // A loop that pushes.
    assert_eq!(
        refused(&[NONE, (Op::JumpBackward, 3), RETURN]),
        CodeError::UnevenStack { at: 0 }
    );
}

#[test]
fn refuses_null_operands() {
    const NULL: (Op, u8) = (Op::PushNull, 0);
    assert_eq!(refused(&[NULL, RETURN]), CodeError::NullOperand { at: 1 });
    assert_eq!(
        refused(&[NULL, NONE, (Op::Call, 0), RETURN]),
        CodeError::NullOperand { at: 2 }
    );
    assert!(try_units(&[NONE, NULL, (Op::Call, 0), RETURN], &[]).is_ok());
    assert_eq!(
        refused(&[NULL, NONE, (Op::Swap, 2), RETURN]),
        CodeError::NullOperand { at: 3 }
    );
    // Null on one of two ways.
    let error = refused(&[
        NONE,
        (Op::PopJumpIfNone, 2),
        NONE,
        (Op::JumpForward, 1),
        NULL,
        RETURN,
    ]);
    assert_eq!(error, CodeError::NullOperand { at: 5 });
}

#[test]
fn refuses_misplaced_suspensions() {
    assert_eq!(
        refused(&[NONE, (Op::YieldValue, 0), RETURN]),
        CodeError::NoGenerator { at: 1 }
    );
    assert_eq!(
        refused(&[NONE, (Op::ReturnGenerator, 0), RETURN]),
        CodeError::NoGenerator { at: 1 }
    );
}

#[test]
fn refuses_wrong_exception_tables() {
    let code = [NONE, (Op::PopTop, 0), NONE, RETURN];
    for table in [
        &[0x80, 9, 0, 0][..],            // ends outside
        &[0x80, 1, 9, 0],                // leads outside
        &[0x81, 1, 0, 0, 0x80, 1, 0, 0], // not sorted
        &[0x80, 2, 0, 0, 0x81, 1, 0, 0], // overlapping
        &[0x80, 1, 0],                   // incomplete
    ] {
        assert_eq!(
            try_units(&code, table),
            Err(CodeError::BadExceptionTable),
            "{table:?}"
        );
    }
    // A handler that leaves more on the stack than it found.
    assert_eq!(
        try_units(&[NONE, (Op::PopTop, 0), NONE, RETURN], &[0x80, 1, 0, 0]),
        Err(CodeError::UnevenStack { at: 0 })
    );
}

// Machine-made code

#[test]
fn random_bytes_are_refused_or_safe() {
    let mut random = Random::new(0x5eed);
    let mut accepted = 0;
    for _ in 0..20_000 {
        let mut parts = Parts {
            name: "random".to_owned(),
            code: random.code(1..24),
            exception_table: random.exception_table(),
            const_count: 4,
            name_count: 4,
            local_count: 20,
            free_count: 2,
            stack_size: 40,
            is_generator: random.below(2) == 0,
        };
        if random.below(8) == 0 {
            parts.code = (0..random.below(64)).map(|_| random.byte()).collect();
        }
        accepted += usize::from(run_if_accepted(&parts, &mut random));
    }
    assert!(accepted > 100, "only {accepted} programs to look at");
}

#[test]
fn mutated_programs_are_refused_or_safe() {
    let mut random = Random::new(0xacc1_dead);
    let mut accepted = 0;
    for original in PROGRAMS.iter().flat_map(|source| compile(source)) {
        for _ in 0..200 {
            let mut parts = original.clone();
            random.mutate(&mut parts.code);
            if random.below(4) == 0 {
                random.mutate(&mut parts.exception_table);
            }
            accepted += usize::from(run_if_accepted(&parts, &mut random));
        }
    }
    assert!(accepted > 1000, "only {accepted} programs to look at");
}

#[test]
fn programs_keep_the_promises_on_any_path() {
    let mut random = Random::new(1);
    for parts in PROGRAMS.iter().flat_map(|source| compile(source)) {
        let executable = parts.translate();
        for _ in 0..200 {
            Machine::new(&executable, &parts.name, parts.local_count).run(&mut random);
        }
    }
}

fn run_if_accepted(parts: &Parts, random: &mut Random) -> bool {
    let Ok(executable) = translate(&parts.source()) else {
        return false;
    };
    for _ in 0..4 {
        Machine::new(&executable, &parts.name, parts.local_count).run(random);
    }
    true
}
