//! `sys.monitoring` and `sys._jit`: what programs ask about before they use it. Nothing is monitored or compiled.

use exuvia_vm::table::Method;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::namespace;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

/// Numbers of tools that have a name.
const TOOLS: &[(&str, i64)] = &[
    ("DEBUGGER_ID", 0),
    ("COVERAGE_ID", 1),
    ("PROFILER_ID", 2),
    ("OPTIMIZER_ID", 5),
];

/// Events in the order of their bits (PEP 669).
const EVENTS: &[&str] = &[
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];

static MONITORING: &[Method] = &[
    function!(
        "use_tool_id",
        "($module, tool_id, name, /)",
        |vm: &mut Vm, _id: i64, _name: PyRef| unsupported(vm),
        "Refuses: there are no events."
    ),
    function!(
        "clear_tool_id",
        "($module, tool_id, /)",
        |vm: &mut Vm, _id: i64| unsupported(vm),
        "Refuses: there are no events."
    ),
    function!(
        "free_tool_id",
        "($module, tool_id, /)",
        |vm: &mut Vm, _id: i64| unsupported(vm),
        "Refuses: there are no events."
    ),
    function!(
        "get_tool",
        "($module, tool_id, /)",
        |_: &mut Vm, _id: i64| {},
        "None: no tool is in use."
    ),
    function!(
        "get_events",
        "($module, tool_id, /)",
        |_: &mut Vm, _id: i64| 0_i64,
        "0: no event is on."
    ),
    function!(
        "get_local_events",
        "($module, tool_id, code, /)",
        |_: &mut Vm, _id: i64, _code: PyRef| 0_i64,
        "0: no event is on."
    ),
    function!(
        "set_events",
        "($module, tool_id, event_set, /)",
        |vm: &mut Vm, _id: i64, _events: i64| unsupported(vm),
        "Refuses: there are no events."
    ),
    function!(
        "set_local_events",
        "($module, tool_id, code, event_set, /)",
        |vm: &mut Vm, _id: i64, _code: PyRef, _events: i64| unsupported(vm),
        "Refuses: there are no events."
    ),
    function!(
        "register_callback",
        "($module, tool_id, event, func, /)",
        |vm: &mut Vm, _id: i64, _event: i64, _func: PyRef| unsupported(vm),
        "Refuses: there are no events."
    ),
    function!(
        "restart_events",
        "($module, /)",
        |_: &mut Vm| {},
        "Does nothing: no event was turned off."
    ),
];

static JIT: &[Method] = &[
    function!(
        "is_available",
        "($module, /)",
        |_: &mut Vm| false,
        "False: nothing is compiled to machine code."
    ),
    function!(
        "is_enabled",
        "($module, /)",
        |_: &mut Vm| false,
        "False: nothing is compiled to machine code."
    ),
    function!(
        "is_active",
        "($module, /)",
        |_: &mut Vm| false,
        "False: nothing is compiled to machine code."
    ),
];

/// Adds both modules to `sys`.
///
/// # Errors
/// `OutOfMemory`.
pub fn add(vm: &mut Vm, sys: &Ref<PyModule>) -> PyResult<()> {
    let jit = vm.new_module("sys._jit")?;
    vm.add_functions(&jit, JIT)?;
    vm.add_attribute(sys, "_jit", jit.into_any())?;
    let monitoring = vm.new_module("sys.monitoring")?;
    vm.add_functions(&monitoring, MONITORING)?;
    for &(name, number) in TOOLS {
        let number = vm.new_int(number)?;
        vm.add_attribute(&monitoring, name, number)?;
    }
    let mut events = Vec::with_capacity(EVENTS.len() + 1);
    for (bit, name) in EVENTS.iter().enumerate() {
        events.push((*name, vm.new_int(1 << bit)?));
    }
    events.push(("NO_EVENTS", vm.new_int(0)?));
    let events = namespace::make(vm, &events)?;
    vm.add_attribute(&monitoring, "events", events)?;
    vm.add_attribute(sys, "monitoring", monitoring.into_any())
}

fn unsupported(vm: &mut Vm) -> PyResult<()> {
    Err(vm.not_implemented_error("monitoring events (PEP 669) are not supported"))
}
