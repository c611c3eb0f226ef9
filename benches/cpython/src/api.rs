//! What is used of CPython's C interface: functions by name, and the layouts of CPython 3.14 on 64-bit machines.

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulong, c_void};
use std::ptr;

pub type Visit = unsafe extern "C" fn(*mut PyObject, *mut c_void) -> c_int;
type Dealloc = unsafe extern "C" fn(*mut PyObject);
type Traverse = unsafe extern "C" fn(*mut PyObject, Visit, *mut c_void) -> c_int;
type Clear = unsafe extern "C" fn(*mut PyObject) -> c_int;

/// What every object begins with.
#[repr(C)]
pub struct PyObject {
    count: u32,
    overflow: u16,
    flags: u16,
    class: *mut PyType,
}

/// The fields of a type that are filled in here, and room for the others.
#[repr(C)]
pub struct PyType {
    object: PyObject,
    size: isize,
    name: *const c_char,
    basic_size: isize,
    item_size: isize,
    dealloc: Dealloc,
    /// From `tp_vectorcall_offset` to `tp_as_buffer`.
    protocols: [*mut c_void; 14],
    flags: c_ulong,
    doc: *const c_char,
    traverse: Traverse,
    clear: Clear,
    /// From `tp_richcompare` to `tp_del`.
    slots: [*mut c_void; 23],
    version_tag: c_uint,
    /// From `tp_finalize` on.
    rest: [*mut c_void; 4],
}

const HAVE_GC: c_ulong = 1 << 14;
const READY: c_ulong = 1 << 12;
/// The count of a static type: immortal.
const IMMORTAL: u32 = 3 << 30;

impl PyType {
    /// A static type that is not made ready yet.
    pub const fn new(
        name: &'static CStr,
        size: usize,
        dealloc: Dealloc,
        traverse: Traverse,
        clear: Clear,
    ) -> Self {
        Self {
            object: PyObject {
                count: IMMORTAL,
                overflow: 0,
                flags: 0,
                class: ptr::null_mut(),
            },
            size: 0,
            name: name.as_ptr(),
            basic_size: size as isize,
            item_size: 0,
            dealloc,
            protocols: [ptr::null_mut(); 14],
            flags: HAVE_GC,
            doc: ptr::null(),
            traverse,
            clear,
            slots: [ptr::null_mut(); 23],
            version_tag: 0,
            rest: [ptr::null_mut(); 4],
        }
    }

    pub fn is_ready(&self) -> bool {
        self.flags & READY != 0
    }
}

unsafe extern "C" {
    pub fn PyObject_Malloc(size: usize) -> *mut c_void;
    pub fn PyObject_Realloc(block: *mut c_void, size: usize) -> *mut c_void;
    pub fn PyObject_Free(block: *mut c_void);
    pub fn PyErr_CheckSignals() -> c_int;
    pub fn PyType_Ready(class: *mut PyType) -> c_int;
    pub fn _PyObject_GC_New(class: *mut PyType) -> *mut PyObject;
    pub fn PyObject_GC_Track(object: *mut c_void);
    pub fn PyObject_GC_UnTrack(object: *mut c_void);
    pub fn PyObject_GC_Del(object: *mut c_void);
    pub fn PyGC_Collect() -> isize;
    pub fn PyGC_Enable() -> c_int;
    pub fn PyGC_Disable() -> c_int;
    fn _Py_Dealloc(object: *mut PyObject);
}

/// `Py_INCREF`.
///
/// # Safety
/// The object is alive.
#[inline(always)]
pub unsafe fn increment(object: *mut PyObject) {
    // SAFETY: the caller's.
    unsafe {
        if (*object).count < IMMORTAL {
            (*object).count += 1;
        }
    }
}

/// `Py_DECREF`.
///
/// # Safety
/// The object is alive, and the caller gives a reference away.
#[inline(always)]
pub unsafe fn decrement(object: *mut PyObject) {
    // SAFETY: the caller's.
    unsafe {
        if (*object).count.cast_signed() < 0 {
            return;
        }
        (*object).count -= 1;
        if (*object).count == 0 {
            _Py_Dealloc(object);
        }
    }
}

/// `Py_XDECREF`.
///
/// # Safety
/// As for [`decrement`], if there is an object.
#[inline(always)]
pub unsafe fn decrement_if_any(object: *mut PyObject) {
    if !object.is_null() {
        // SAFETY: the caller's.
        unsafe { decrement(object) };
    }
}
