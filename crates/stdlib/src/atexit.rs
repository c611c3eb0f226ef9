//! `atexit`: functions to be called when the program ends. `Vm::shut_down` calls them before it takes modules apart.

use exuvia_vm::import::Extension;
use exuvia_vm::table::{Method, MethodKind, Shape};
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Vm, function};

static FUNCTIONS: &[Method] = &[
    Method {
        name: "register",
        signature: "($module, func, /, *args, **kwargs)",
        shape: Shape::of("($module, func, /, *args, **kwargs)"),
        kind: MethodKind::Function,
        doc: "Has a function called with these arguments when the program ends; returns the function.\n\nThe function \
              registered last is called first.",
        call: |vm, args, _| register(vm, args),
    },
    function!(
        "unregister",
        "($module, func, /)",
        unregister,
        "Takes back each registration of a function that equals this one."
    ),
    function!(
        "_clear",
        "($module, /)",
        |vm: &mut Vm| drop(vm.extensions.get::<State>().calls.take()),
        "Takes back all registrations."
    ),
    function!(
        "_run_exitfuncs",
        "($module, /)",
        run_exit_functions,
        "Calls all registered functions now, and forgets them."
    ),
    function!(
        "_ncallbacks",
        "($module, /)",
        |vm: &mut Vm| calls(vm).map_or(0, |calls| calls.len(vm)),
        "How many calls are registered."
    ),
];

/// What is registered.
#[derive(Debug, Default)]
struct State {
    /// Tuples of function, arguments and keyword arguments, in the order of registration.
    calls: Option<Ref<PyList>>,
}

impl Extension for State {
    fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        self.calls.iter().for_each(|calls| visit(calls.as_any()));
    }
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)
}

fn calls(vm: &mut Vm) -> Option<Ref<PyList>> {
    vm.extensions.get::<State>().calls.clone()
}

fn register(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some((function, positionals)) = args.positionals().split_first() else {
        return Err(vm.type_error("register() takes at least 1 argument (0 given)"));
    };
    if !vm.callable(function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let keywords = vm.new_dict()?;
    for (name, value) in args.keywords() {
        keywords.set_item(vm, name, value.clone())?;
    }
    let positionals = vm.new_tuple(positionals)?.into_any();
    let call = vm.new_tuple(&[function.clone(), positionals, keywords.into_any()])?;
    let calls = match calls(vm) {
        Some(calls) => calls,
        None => {
            let calls = vm.new_list(Vec::new())?;
            vm.extensions.get::<State>().calls = Some(calls.clone());
            calls
        }
    };
    calls.push(vm, call.into_any())?;
    Ok(function.clone())
}

fn unregister(vm: &mut Vm, function: PyRef) -> PyResult<()> {
    let Some(calls) = calls(vm) else {
        return Ok(());
    };
    let mut index = calls.len(vm);
    while index > 0 {
        // A comparison may take registrations back itself.
        index = (index - 1).min(calls.len(vm));
        let Some(call) = calls.get(vm, index) else {
            continue;
        };
        let registered = call.downcast_ref::<PyTuple>().and_then(|call| call.first());
        if let Some(registered) = registered
            && vm.equal(registered, &function)?
            && calls.get(vm, index).is_some_and(|now| now.is(&call))
        {
            drop(calls.remove(vm, index));
        }
    }
    Ok(())
}

fn run_exit_functions(vm: &mut Vm) -> PyResult<()> {
    let registered = calls(vm).map_or_else(Vec::new, |calls| calls.to_vec(vm));
    for call in registered.iter().rev() {
        if let Some([function, args, keywords]) =
            call.downcast_ref::<PyTuple>().map(|call| call.as_slice())
            && let Err(error) = call_registered(vm, function, args, keywords)
        {
            let shown = vm.repr(function);
            let shown = shown.map_or_else(|_| String::new(), |text| text.to_text().into_owned());
            let message = format!("Exception ignored in atexit callback {shown}");
            vm.write_unraisable(error, Some(&message), None);
        }
    }
    drop(vm.extensions.get::<State>().calls.take());
    Ok(())
}

fn call_registered(vm: &mut Vm, function: &PyRef, args: &PyRef, keywords: &PyRef) -> PyResult {
    let mut values = vm.to_vec(args)?;
    let mut names = Vec::new();
    if let Some(keywords) = keywords.downcast_ref::<PyDict>() {
        for (name, value) in keywords.to_vec(vm) {
            names.push(name);
            values.push(value);
        }
    }
    vm.call(
        function,
        Args {
            values: &values,
            names: &names,
        },
    )
}
