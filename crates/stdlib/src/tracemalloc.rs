//! `_tracemalloc`: what `tracemalloc` asks of the tracer.

use exuvia_tracing::{Mode, Site};
use exuvia_vm::table::Method;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};
use std::collections::HashMap;

/// The most frames that a trace may keep.
const FRAMES_MAX: u16 = u16::MAX;

static FUNCTIONS: &[Method] = &[
    function!(
        "is_tracing",
        "($module, /)",
        |vm: &mut Vm| vm.tracer().is_some(),
        "Whether allocations are traced."
    ),
    function!(
        "clear_traces",
        "($module, /)",
        |vm: &mut Vm| vm.clear_traces(),
        "Forgets all traces, and goes on tracing."
    ),
    function!(
        "_get_traces",
        "($module, /)",
        get_traces,
        "A tuple (domain, size, frames, total number of frames) for each block that is traced."
    ),
    function!(
        "_get_object_traceback",
        "($module, obj, /)",
        get_object_traceback,
        "The frames that allocated an object, the most recent first, or None if that was not traced."
    ),
    function!(
        "start",
        "($module, nframe=1, /)",
        start,
        "Traces allocations from now on, keeping at most so many frames of each."
    ),
    function!(
        "stop",
        "($module, /)",
        |vm: &mut Vm| vm.stop_tracing(),
        "Ends tracing, and forgets all traces."
    ),
    function!(
        "get_traceback_limit",
        "($module, /)",
        |vm: &mut Vm| usize::from(vm.trace_frames_max()),
        "How many frames a trace keeps at most."
    ),
    function!(
        "get_tracemalloc_memory",
        "($module, /)",
        |vm: &mut Vm| vm
            .tracer()
            .map_or(0, |tracer| tracer.bytes_overhead(vm.heap())),
        "Bytes that tracing takes for itself."
    ),
    function!(
        "get_traced_memory",
        "($module, /)",
        get_traced_memory,
        "Bytes that are traced and live, and the most that ever were."
    ),
    function!(
        "reset_peak",
        "($module, /)",
        reset_peak,
        "Makes the peak what is traced now."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)
}

fn start(vm: &mut Vm, nframe: Option<i32>) -> PyResult<()> {
    let frames = u16::try_from(nframe.unwrap_or(1)).unwrap_or(0);
    if frames == 0 {
        return Err(vm.value_error(format!(
            "the number of frames must be in range [1; {FRAMES_MAX}]"
        )));
    }
    vm.start_tracing(frames, Mode::Exact);
    Ok(())
}

fn get_traced_memory(vm: &mut Vm) -> (usize, usize) {
    vm.tracer().map_or((0, 0), |tracer| {
        (tracer.bytes_traced(), tracer.bytes_traced_peak())
    })
}

fn reset_peak(vm: &mut Vm) {
    if let Some(tracer) = vm.tracer() {
        tracer.reset_peak();
    }
}

fn get_traces(vm: &mut Vm) -> PyResult {
    let Some(tracer) = vm.tracer() else {
        return Ok(vm.new_list(Vec::new())?.into_any());
    };
    let mut traces = Vec::new();
    tracer.for_each_trace(vm.heap(), |trace| traces.push((trace.site, trace.size)));
    // The answer is not part of what a later one tells of.
    tracer.pause(|| list_of_traces(vm, traces))
}

fn list_of_traces(vm: &mut Vm, traces: Vec<(Site, usize)>) -> PyResult {
    let mut tracebacks = Tracebacks::default();
    let mut found = Vec::with_capacity(traces.len());
    for (site, size) in traces {
        let (frames, total) = tracebacks.get(vm, site)?;
        let parts = [
            vm.new_int(0)?,
            vm.new_int_from_usize(size)?,
            frames,
            vm.new_int_from_usize(total)?,
        ];
        found.push(vm.new_tuple(&parts)?.into_any());
    }
    Ok(vm.new_list(found)?.into_any())
}

fn get_object_traceback(vm: &mut Vm, object: PyRef) -> PyResult {
    match vm.allocation_site(&object) {
        Some(site) => Ok(Tracebacks::default().get(vm, site)?.0),
        None => Ok(vm.none()),
    }
}

/// Tuples of frames, made once for each site.
#[derive(Default)]
struct Tracebacks(HashMap<Site, (PyRef, usize)>);

impl Tracebacks {
    /// The frames of a site, each a file name and a line, the most recent first; and how many ran.
    fn get(&mut self, vm: &mut Vm, site: Site) -> PyResult<(PyRef, usize)> {
        if let Some((frames, total)) = self.0.get(&site) {
            return Ok((frames.clone(), *total));
        }
        let mut frames = Vec::new();
        for frame in vm.trace_frames(site) {
            let line = vm.new_int(frame.line.into())?;
            let pair = vm.new_tuple(&[frame.filename.into_any(), line])?;
            frames.push(pair.into_any());
        }
        if frames.is_empty() {
            let (name, line) = (vm.new_str("<unknown>")?.into_any(), vm.new_int(0)?);
            frames.push(vm.new_tuple(&[name, line])?.into_any());
        }
        let depth = vm.tracer().map_or(0, |tracer| tracer.depth(site));
        let made = (vm.new_tuple(&frames)?.into_any(), depth.max(1));
        self.0.insert(site, made.clone());
        Ok(made)
    }
}
