//! `gc`: the cycle collector's face.

use exuvia_collector::{Debug, Generation, Thresholds, is_finalized, is_tracked};
use exuvia_vm::table::{Method, MethodKind, Rest, Shape};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

static FUNCTIONS: &[Method] = &[
    function!(
        "enable",
        "($module, /)",
        enable,
        "Turns automatic collections on."
    ),
    function!(
        "disable",
        "($module, /)",
        disable,
        "Turns automatic collections off."
    ),
    function!(
        "isenabled",
        "($module, /)",
        isenabled,
        "Whether automatic collections are on."
    ),
    function!(
        "collect",
        "($module, /, generation=2)",
        collect,
        "Collects a generation and those younger; returns how many unreachable objects were found."
    ),
    function!(
        "get_debug",
        "($module, /)",
        get_debug,
        "The debugging flags."
    ),
    function!(
        "set_debug",
        "($module, flags, /)",
        set_debug,
        "Sets the debugging flags."
    ),
    function!(
        "get_count",
        "($module, /)",
        get_count,
        "What the thresholds are compared with."
    ),
    function!(
        "get_threshold",
        "($module, /)",
        get_threshold,
        "The thresholds."
    ),
    Method {
        name: "set_threshold",
        signature: "($module, threshold0, threshold1=<unrepresentable>, threshold2=<unrepresentable>, /)",
        shape: Shape::of("($module, /, *args)"),
        kind: MethodKind::Function,
        doc: "Sets after how much each generation is collected; 0 turns automatic collections off.",
        call: |vm, args, _| set_threshold(vm, args.values),
    },
    function!(
        "get_stats",
        "($module, /)",
        get_stats,
        "What collections of each generation have done."
    ),
    function!(
        "get_objects",
        "($module, /, generation=None)",
        get_objects,
        "The objects that the collector looks at, all or those of a generation."
    ),
    function!(
        "get_referrers",
        "($module, /, *objs)",
        get_referrers,
        "The objects that refer to any of these."
    ),
    function!(
        "get_referents",
        "($module, /, *objs)",
        get_referents,
        "The objects that these refer to."
    ),
    function!(
        "is_tracked",
        "($module, obj, /)",
        |_: &mut Vm, object: PyRef| is_tracked(&object),
        "Whether the collector looks at an object."
    ),
    function!(
        "is_finalized",
        "($module, obj, /)",
        |_: &mut Vm, object: PyRef| is_finalized(&object),
        "Whether an object's finalizer has run."
    ),
    function!(
        "freeze",
        "($module, /)",
        freeze,
        "Moves all objects to the permanent generation."
    ),
    function!(
        "unfreeze",
        "($module, /)",
        unfreeze,
        "Moves the permanent generation to the oldest."
    ),
    function!(
        "get_freeze_count",
        "($module, /)",
        get_freeze_count,
        "How many objects are in the permanent generation."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    let flags = [
        ("DEBUG_STATS", 1),
        ("DEBUG_COLLECTABLE", 2),
        ("DEBUG_UNCOLLECTABLE", 4),
        ("DEBUG_SAVEALL", 32),
        ("DEBUG_LEAK", 38),
    ];
    for (name, value) in flags {
        let value = vm.new_int(value)?;
        vm.add_attribute(module, name, value)?;
    }
    let garbage = vm.gc_garbage()?.into_any();
    vm.add_attribute(module, "garbage", garbage)?;
    let callbacks = vm.gc_callbacks()?.into_any();
    vm.add_attribute(module, "callbacks", callbacks)
}

fn enable(vm: &mut Vm) {
    vm.memory.collector.set_enabled(true);
}

fn disable(vm: &mut Vm) {
    vm.memory.collector.set_enabled(false);
}

fn isenabled(vm: &mut Vm) -> bool {
    vm.memory.collector.is_enabled()
}

fn collect(vm: &mut Vm, generation: Option<i32>) -> PyResult<usize> {
    let generation = match generation.unwrap_or(2) {
        0 => Generation::Young,
        1 => Generation::Middle,
        2 => Generation::Old,
        _ => return Err(vm.value_error("invalid generation")),
    };
    Ok(vm.collect(generation).unreachable())
}

fn get_debug(vm: &mut Vm) -> u32 {
    vm.memory.collector.debug().bits()
}

fn set_debug(vm: &mut Vm, flags: i32) {
    vm.memory
        .collector
        .set_debug(Debug::from_bits(flags.cast_unsigned()));
}

fn get_count(vm: &mut Vm) -> PyResult {
    let (young, middle, old) = vm.memory.collector.counts(vm.space());
    let counts = [
        vm.new_int_from_usize(young)?,
        vm.new_int(middle.into())?,
        vm.new_int(old.into())?,
    ];
    Ok(vm.new_tuple(&counts)?.into_any())
}

fn get_threshold(vm: &mut Vm) -> PyResult {
    let thresholds = vm.memory.collector.thresholds();
    let numbers = [
        vm.new_int(thresholds.young.into())?,
        vm.new_int(thresholds.middle.into())?,
        vm.new_int(thresholds.old.into())?,
    ];
    Ok(vm.new_tuple(&numbers)?.into_any())
}

fn set_threshold(vm: &mut Vm, values: &[PyRef]) -> PyResult {
    if !(1..=3).contains(&values.len()) {
        return Err(vm.type_error("gc.set_threshold requires 1 to 3 arguments"));
    }
    let mut thresholds: Thresholds = vm.memory.collector.thresholds();
    for (index, value) in values.iter().enumerate() {
        let number = vm.index_i64(value)?;
        let number = i32::try_from(number.max(0)).unwrap_or(i32::MAX);
        match index {
            0 => thresholds.young = number,
            1 => thresholds.middle = number,
            _ => thresholds.old = number,
        }
    }
    vm.memory.collector.set_thresholds(thresholds);
    Ok(vm.none())
}

fn get_stats(vm: &mut Vm) -> PyResult {
    let mut generations = Vec::new();
    for statistics in vm.memory.collector.statistics() {
        let entry = vm.new_dict()?;
        let numbers = [
            ("collections", statistics.collections),
            ("collected", statistics.collected),
            ("uncollectable", statistics.uncollectable),
        ];
        for (name, number) in numbers {
            let (name, number) = (vm.intern(name)?, vm.new_int_from_usize(number)?);
            entry.set_str(vm, &name, number)?;
        }
        generations.push(entry.into_any());
    }
    Ok(vm.new_list(generations)?.into_any())
}

fn get_objects(vm: &mut Vm, generation: Option<PyRef>) -> PyResult {
    let wanted = match generation.filter(|generation| !vm.is_none(generation)) {
        None => None,
        Some(number) => {
            if exuvia_vm::types::int::int_i64(&number).is_none() {
                let message = format!(
                    "argument should be integer or None, not '{}'",
                    vm.type_name(&number)
                );
                return Err(vm.type_error(message));
            }
            match vm.index_i64(&number)? {
                -1 => None,
                0 => Some(Generation::Young),
                1 => Some(Generation::Middle),
                2 => Some(Generation::Old),
                3.. => {
                    return Err(vm.value_error(
                        "generation parameter must be less than the number of available generations (3)",
                    ));
                }
                _ => return Err(vm.value_error("generation parameter cannot be negative")),
            }
        }
    };
    let mut objects = Vec::new();
    vm.memory
        .collector
        .for_each_object(vm.space(), wanted, |object| objects.push(object.clone()));
    objects.retain(|object| vm.is_visible(object));
    Ok(vm.new_list(objects)?.into_any())
}

fn get_referrers(vm: &mut Vm, objects: Rest) -> PyResult {
    let mut referrers = Vec::new();
    let targets: Vec<&PyRef> = objects.0.iter().collect();
    vm.memory
        .collector
        .for_each_referrer(vm.space(), &targets, |object| {
            referrers.push(object.clone())
        });
    referrers.retain(|object| vm.is_visible(object));
    Ok(vm.new_list(referrers)?.into_any())
}

fn get_referents(vm: &mut Vm, objects: Rest) -> PyResult {
    let mut referents = Vec::new();
    for object in &objects.0 {
        referents.extend(exuvia_vm::memory::referents_as_cpython(vm, object));
    }
    referents.retain(|object| vm.is_visible(object));
    Ok(vm.new_list(referents)?.into_any())
}

fn freeze(vm: &mut Vm) {
    vm.memory.collector.freeze(vm.space());
}

fn unfreeze(vm: &mut Vm) {
    vm.memory.collector.unfreeze(vm.space());
}

fn get_freeze_count(vm: &mut Vm) -> usize {
    vm.memory.collector.frozen_count(vm.space())
}
