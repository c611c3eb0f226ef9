//! Errors as values: a raised Python exception, or the heap's end.

use crate::table::TypeDef;
use crate::types::exception::{self, PyException};
use crate::{OutOfMemory, PyRef, Ref, Vm};

/// What a Python-level operation can fail with.
///
/// `OutOfMemory` becomes the runtime's preallocated `MemoryError` when somebody wants to see the exception; it
/// allocates nothing on its way (D12).
#[derive(Debug)]
pub enum PyErr {
    /// The heap could not give what was asked for.
    OutOfMemory,
    /// An exception object.
    Raised(Ref<PyException>),
}

/// The result of a Python-level operation.
pub type PyResult<T = PyRef> = Result<T, PyErr>;

impl From<OutOfMemory> for PyErr {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

impl From<Ref<PyException>> for PyErr {
    fn from(exception: Ref<PyException>) -> Self {
        Self::Raised(exception)
    }
}

impl PyErr {
    /// The exception object; the preallocated `MemoryError` when memory ran out.
    pub fn into_exception(self, vm: &Vm) -> Ref<PyException> {
        match self {
            Self::Raised(exception) => exception,
            Self::OutOfMemory => vm.memory_error(),
        }
    }

    /// Whether the exception is an instance of the built-in exception type or of a subclass.
    pub fn is(&self, vm: &Vm, def: &'static TypeDef) -> bool {
        match self {
            Self::Raised(exception) => vm.is_instance_of_def(exception.as_any(), def),
            Self::OutOfMemory => vm.is_instance_of_def(vm.memory_error().as_any(), def),
        }
    }
}

impl Vm {
    /// A new exception of a built-in type with one message, as an error to return.
    ///
    /// If there is no memory for it, the error is `OutOfMemory` itself.
    #[cold]
    pub fn error(&self, def: &'static TypeDef, message: impl AsRef<str>) -> PyErr {
        match self.new_str(message.as_ref()) {
            Ok(message) => self.error_with(def, &[message.into_any()]),
            Err(error) => error,
        }
    }

    /// A new exception of a built-in type with the arguments given, as an error to return.
    #[cold]
    pub fn error_with(&self, def: &'static TypeDef, args: &[PyRef]) -> PyErr {
        match exception::new_instance(self, self.class(def), args) {
            Ok(exception) => PyErr::Raised(exception),
            Err(error) => error,
        }
    }
}

macro_rules! shorthand {
    ($($(#[$meta:meta])* $name:ident = $def:ident;)+) => {
        impl Vm {
            $(
                $(#[$meta])*
                #[cold]
                pub fn $name(&self, message: impl AsRef<str>) -> PyErr {
                    self.error(&exception::$def, message)
                }
            )+
        }
    };
}
shorthand! {
    /// A `TypeError` with this message.
    type_error = TYPE_ERROR;
    /// A `ValueError` with this message.
    value_error = VALUE_ERROR;
    /// An `IndexError` with this message.
    index_error = INDEX_ERROR;
    /// An `AttributeError` with this message.
    attribute_error = ATTRIBUTE_ERROR;
    /// A `RuntimeError` with this message.
    runtime_error = RUNTIME_ERROR;
    /// An `OverflowError` with this message.
    overflow_error = OVERFLOW_ERROR;
    /// A `ZeroDivisionError` with this message.
    zero_division_error = ZERO_DIVISION_ERROR;
    /// A `NotImplementedError` with this message: what Exuvia does not have.
    not_implemented_error = NOT_IMPLEMENTED_ERROR;
    /// A `SystemError` with this message.
    system_error = SYSTEM_ERROR;
    /// A `BufferError` with this message.
    buffer_error = BUFFER_ERROR;
    /// A `LookupError` with this message.
    lookup_error = LOOKUP_ERROR;
    /// A `ReferenceError` with this message.
    reference_error = REFERENCE_ERROR;
}

impl Vm {
    /// A `KeyError` whose argument is the key.
    #[cold]
    pub fn key_error(&self, key: &PyRef) -> PyErr {
        self.error_with(&exception::KEY_ERROR, std::slice::from_ref(key))
    }

    /// A `StopIteration`, with a value if one is given.
    #[cold]
    pub fn stop_iteration(&self, value: Option<PyRef>) -> PyErr {
        let args: &[PyRef] = value.as_slice();
        self.error_with(&exception::STOP_ITERATION, args)
    }
}
