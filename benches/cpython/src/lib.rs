//! The workloads inside a CPython process: its own allocator, and nodes of a C type with two references.
//!
//! Loaded as the extension module `bench_cpython`, this runs the workload that the environment names in
//! `BENCH_ROW`, prints the number, and ends the process. The type is what a careful author of an extension module writes: a
//! static type with `tp_traverse` and `tp_clear`, counts changed inline.
//!
//! Needs no headers and no library: what is declared here is part of CPython's stable interface, or, where it is
//! not (the counts, the type's layout), that of CPython 3.14 on 64-bit machines.

mod api;

use api::{PyObject, PyType};
use bench_workloads::{Allocator, Nodes, allocators, nodes};
use std::ffi::{c_int, c_void};
use std::process;
use std::ptr::{self, NonNull};

/// What the interpreter calls on import. Does not return.
#[unsafe(no_mangle)]
pub extern "C" fn PyInit_bench_cpython() -> *mut PyObject {
    let row = std::env::var("BENCH_ROW").unwrap_or_default();
    let result = allocators::run(&row, &ObjectMalloc).or_else(|| nodes::run(&row, &CNodes));
    match result {
        Some(measurement) => {
            println!("{measurement}");
            process::exit(0)
        }
        None => process::exit(1),
    }
}

/// `PyObject_Malloc`, for objects and small buffers alike.
struct ObjectMalloc;

impl Allocator for ObjectMalloc {
    #[inline(always)]
    fn allocate(&self, size: usize) -> *mut u8 {
        // SAFETY: the interpreter is running and this thread holds its lock.
        unsafe { api::PyObject_Malloc(size) }.cast()
    }

    #[inline(always)]
    unsafe fn release(&self, block: *mut u8, _: usize) {
        // SAFETY: the caller's.
        unsafe { api::PyObject_Free(block.cast()) };
    }

    unsafe fn resize(&self, block: *mut u8, _: usize, new: usize) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { api::PyObject_Realloc(block.cast(), new) }.cast()
    }

    fn trim(&self) {
        // SAFETY: as above. What the interpreter offers to give memory back with.
        unsafe { api::PyGC_Collect() };
    }
}

/// A node: an object with two references.
#[repr(C)]
struct Node {
    object: PyObject,
    fields: [*mut PyObject; 2],
}

/// A counted handle to a node.
struct NodeRef(NonNull<Node>);

impl Clone for NodeRef {
    #[inline(always)]
    fn clone(&self) -> Self {
        // SAFETY: a handle keeps its node alive.
        unsafe { api::increment(self.0.as_ptr().cast()) };
        Self(self.0)
    }
}

impl Drop for NodeRef {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the handle's own reference goes away.
        unsafe { api::decrement(self.0.as_ptr().cast()) };
    }
}

struct CNodes;

impl Nodes for CNodes {
    type Node = NodeRef;
    const IS_AUTOMATIC: bool = true;

    #[inline(always)]
    fn node(&self) -> NodeRef {
        // SAFETY: the interpreter is running and this thread holds its lock; the type is made on the first use.
        unsafe {
            // Where a collection that is due runs.
            api::PyErr_CheckSignals();
            let node = api::_PyObject_GC_New(node_type()).cast::<Node>();
            (*node).fields = [ptr::null_mut(); 2];
            api::PyObject_GC_Track(node.cast());
            NodeRef(NonNull::new(node).expect("there is memory"))
        }
    }

    #[inline(always)]
    fn set(node: &NodeRef, field: usize, target: Option<NodeRef>) {
        let target = target.map_or(ptr::null_mut(), |target| {
            let node = target.0.as_ptr().cast();
            std::mem::forget(target);
            node
        });
        // SAFETY: the node is alive; what was there is let go of after it was replaced.
        unsafe {
            let old = ptr::replace(&raw mut (*node.0.as_ptr()).fields[field], target);
            api::decrement_if_any(old);
        }
    }

    fn collect(&self) {
        // SAFETY: as above. Disabled, it would do nothing.
        unsafe {
            let was_enabled = api::PyGC_Enable();
            api::PyGC_Collect();
            if was_enabled == 0 {
                api::PyGC_Disable();
            }
        }
    }

    fn disable(&self) {
        // SAFETY: as above.
        unsafe { api::PyGC_Disable() };
    }
}

/// The type of the nodes.
#[inline(always)]
fn node_type() -> *mut PyType {
    static mut TYPE: PyType = PyType::new(
        c"bench.Node",
        size_of::<Node>(),
        node_dealloc,
        node_traverse,
        node_clear,
    );
    let node_type = &raw mut TYPE;
    // SAFETY: only this thread uses it.
    unsafe {
        if !(*node_type).is_ready() {
            assert_eq!(api::PyType_Ready(node_type), 0);
        }
    }
    node_type
}

unsafe extern "C" fn node_dealloc(object: *mut PyObject) {
    // SAFETY: the interpreter calls this with a node that nobody refers to.
    unsafe {
        api::PyObject_GC_UnTrack(object.cast());
        let [one, other] = (*object.cast::<Node>()).fields;
        api::decrement_if_any(one);
        api::decrement_if_any(other);
        api::PyObject_GC_Del(object.cast());
    }
}

unsafe extern "C" fn node_traverse(
    object: *mut PyObject,
    visit: api::Visit,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the interpreter calls this with a live node.
    for target in unsafe { (*object.cast::<Node>()).fields } {
        if !target.is_null() {
            // SAFETY: what a live node refers to is alive.
            let result = unsafe { visit(target, argument) };
            if result != 0 {
                return result;
            }
        }
    }
    0
}

unsafe extern "C" fn node_clear(object: *mut PyObject) -> c_int {
    // SAFETY: the interpreter calls this with a live node.
    unsafe {
        let node = object.cast::<Node>();
        for field in 0..2 {
            let old = ptr::replace(&raw mut (*node).fields[field], ptr::null_mut());
            api::decrement_if_any(old);
        }
    }
    0
}
