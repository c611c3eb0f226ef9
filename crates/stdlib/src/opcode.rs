//! `_opcode`: facts about the opcodes that code strings consist of, for `opcode.py` and `dis.py`.
//!
//! Differs from CPython: a code string never holds specialized or pseudo instructions, so their numbers are not valid
//! here, and nothing is recorded about specialization.

use exuvia_vm::code::{Op, Operand};
use exuvia_vm::table::Method;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

/// `CACHE`, `RESERVED`, `NOT_TAKEN` and `EXTENDED_ARG`: in code strings, but not instructions that are executed.
const NOT_EXECUTED: [i64; 4] = [0, 17, 28, EXTENDED_ARG];
const EXTENDED_ARG: i64 = 69;

/// What the operands of `BINARY_OP` mean.
const BINARY_OPERATORS: &[(&str, &str)] = &[
    ("NB_ADD", "+"),
    ("NB_AND", "&"),
    ("NB_FLOOR_DIVIDE", "//"),
    ("NB_LSHIFT", "<<"),
    ("NB_MATRIX_MULTIPLY", "@"),
    ("NB_MULTIPLY", "*"),
    ("NB_REMAINDER", "%"),
    ("NB_OR", "|"),
    ("NB_POWER", "**"),
    ("NB_RSHIFT", ">>"),
    ("NB_SUBTRACT", "-"),
    ("NB_TRUE_DIVIDE", "/"),
    ("NB_XOR", "^"),
    ("NB_INPLACE_ADD", "+="),
    ("NB_INPLACE_AND", "&="),
    ("NB_INPLACE_FLOOR_DIVIDE", "//="),
    ("NB_INPLACE_LSHIFT", "<<="),
    ("NB_INPLACE_MATRIX_MULTIPLY", "@="),
    ("NB_INPLACE_MULTIPLY", "*="),
    ("NB_INPLACE_REMAINDER", "%="),
    ("NB_INPLACE_OR", "|="),
    ("NB_INPLACE_POWER", "**="),
    ("NB_INPLACE_RSHIFT", ">>="),
    ("NB_INPLACE_SUBTRACT", "-="),
    ("NB_INPLACE_TRUE_DIVIDE", "/="),
    ("NB_INPLACE_XOR", "^="),
    ("NB_SUBSCR", "[]"),
];

/// What the operands of `CALL_INTRINSIC_1` mean.
const UNARY_INTRINSICS: &[&str] = &[
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];

/// What the operands of `CALL_INTRINSIC_2` mean.
const BINARY_INTRINSICS: &[&str] = &[
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];

/// What the operands of `LOAD_SPECIAL` mean.
const SPECIAL_METHODS: &[&str] = &["__enter__", "__exit__", "__aenter__", "__aexit__"];

static FUNCTIONS: &[Method] = &[
    function!(
        "stack_effect",
        "($module, opcode, oparg=None, /, *, jump=None)",
        stack_effect,
        "By how much an instruction changes the depth of the stack."
    ),
    function!(
        "is_valid",
        "($module, /, opcode)",
        |_: &mut Vm, opcode: i64| is_valid(opcode),
        "Whether code strings may contain this opcode."
    ),
    function!(
        "has_arg",
        "($module, /, opcode)",
        |_: &mut Vm, opcode: i64| { opcode == EXTENDED_ARG || operand(opcode) != Operand::None },
        "Whether the instruction uses its argument."
    ),
    function!(
        "has_const",
        "($module, /, opcode)",
        |_: &mut Vm, opcode: i64| operand(opcode) == Operand::Const,
        "Whether the argument is the index of a constant."
    ),
    function!(
        "has_name",
        "($module, /, opcode)",
        |_: &mut Vm, opcode: i64| operand(opcode) == Operand::Name,
        "Whether the argument is the index of a name."
    ),
    function!(
        "has_jump",
        "($module, /, opcode)",
        |_: &mut Vm, opcode: i64| operand(opcode) == Operand::Target,
        "Whether the argument says where to jump."
    ),
    function!(
        "has_free",
        "($module, /, opcode)",
        |_: &mut Vm, opcode: i64| is_cell(opcode),
        "Whether the argument is the index of a variable that lies in a cell."
    ),
    function!(
        "has_local",
        "($module, /, opcode)",
        |_: &mut Vm, opcode: i64| operand(opcode) == Operand::Local && !is_cell(opcode),
        "Whether the argument is the index of a local variable."
    ),
    function!(
        "has_exc",
        "($module, /, opcode)",
        |_: &mut Vm, _opcode: i64| false,
        "Whether the instruction sets a handler: none does, handlers are in tables."
    ),
    function!(
        "get_specialization_stats",
        "($module, /)",
        |_: &mut Vm| {},
        "None: nothing is recorded about specialization."
    ),
    function!(
        "get_executor",
        "($module, /, code, offset)",
        |vm: &mut Vm, _code: PyRef, _offset: i64| -> PyResult {
            Err(vm.value_error("no executor at given byte offset"))
        },
        "Refuses: nothing is compiled to machine code."
    ),
    function!(
        "get_nb_ops",
        "($module, /)",
        binary_operators,
        "Name and symbol of each operator of BINARY_OP."
    ),
    function!(
        "get_intrinsic1_descs",
        "($module, /)",
        |vm: &mut Vm| strings(vm, UNARY_INTRINSICS),
        "The names of the functions of CALL_INTRINSIC_1."
    ),
    function!(
        "get_intrinsic2_descs",
        "($module, /)",
        |vm: &mut Vm| strings(vm, BINARY_INTRINSICS),
        "The names of the functions of CALL_INTRINSIC_2."
    ),
    function!(
        "get_special_method_names",
        "($module, /)",
        |vm: &mut Vm| strings(vm, SPECIAL_METHODS),
        "The names of the methods of LOAD_SPECIAL."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    for (name, value) in [
        ("ENABLE_SPECIALIZATION", true),
        ("ENABLE_SPECIALIZATION_FT", false),
    ] {
        let value = vm.new_bool(value);
        vm.add_attribute(module, name, value)?;
    }
    Ok(())
}

fn op(opcode: i64) -> Option<Op> {
    u8::try_from(opcode).ok().and_then(Op::from_code)
}

fn is_valid(opcode: i64) -> bool {
    op(opcode).is_some() || NOT_EXECUTED.contains(&opcode)
}

fn operand(opcode: i64) -> Operand {
    op(opcode).map_or(Operand::None, Op::operand)
}

fn is_cell(opcode: i64) -> bool {
    matches!(
        op(opcode),
        Some(Op::DeleteDeref | Op::LoadFromDictOrDeref | Op::MakeCell | Op::StoreDeref)
    )
}

fn stack_effect(
    vm: &mut Vm,
    opcode: i64,
    oparg: Option<PyRef>,
    jump: Option<PyRef>,
) -> PyResult<i64> {
    // The stack is equally deep whether a jump is taken or not: what a loop's end leaves, an instruction there takes.
    let is_choice = |value: &PyRef| {
        vm.is_none(value) || value.is(&vm.new_bool(true)) || value.is(&vm.new_bool(false))
    };
    if !jump.as_ref().is_none_or(is_choice) {
        return Err(vm.value_error("stack_effect: jump must be False, True or None"));
    }
    let arg = match oparg.filter(|arg| !vm.is_none(arg)) {
        Some(arg) => vm.index_i64(&arg)?,
        None => 0,
    };
    let invalid = |vm: &Vm| vm.value_error("invalid opcode or oparg");
    let arg = u32::try_from(arg).map_err(|_| invalid(vm))?;
    match op(opcode) {
        // What is returned is counted, too: the caller has it.
        Some(Op::ReturnValue) => Ok(0),
        Some(op) => {
            let effect = op.effect(arg);
            Ok(i64::from(effect.pushes) - i64::from(effect.pops))
        }
        None if is_valid(opcode) => Ok(0),
        None => Err(invalid(vm)),
    }
}

fn binary_operators(vm: &mut Vm) -> PyResult {
    let mut pairs = Vec::with_capacity(BINARY_OPERATORS.len());
    for (name, symbol) in BINARY_OPERATORS {
        let pair = [vm.new_str(name)?.into_any(), vm.new_str(symbol)?.into_any()];
        pairs.push(vm.new_tuple(&pair)?.into_any());
    }
    Ok(vm.new_list(pairs)?.into_any())
}

fn strings(vm: &mut Vm, texts: &[&str]) -> PyResult {
    let texts: PyResult<Vec<PyRef>> = texts
        .iter()
        .map(|text| Ok(vm.new_str(text)?.into_any()))
        .collect();
    Ok(vm.new_list(texts?)?.into_any())
}
