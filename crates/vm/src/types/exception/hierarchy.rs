//! The hierarchy of built-in exceptions, one line each.

use super::BASE_EXCEPTION;
use super::fields;
use super::group;
use crate::table::{Slots, TypeDef, TypeFlags};

macro_rules! exceptions {
    ($($def:ident: $base:ident = $name:literal, $doc:literal $(, $field:ident: $value:expr)*;)+) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub static $def: TypeDef = TypeDef {
                base: Some(&$base),
                doc: $doc,
                flags: TypeFlags::BASETYPE,
                $($field: $value,)*
                ..TypeDef::new($name)
            };
        )+

        /// The types of this folder, bases before what derives from them.
        pub static DEFS: &[&TypeDef] = &[&BASE_EXCEPTION, $(&$def),+];
    };
}

const fn slots(init: fields::Init) -> Slots {
    Slots {
        init: Some(init),
        ..Slots::EMPTY
    }
}

const OS_ERROR_SLOTS: Slots = Slots {
    new: Some(fields::os_error_new),
    init: Some(fields::os_error_init),
    str: Some(fields::os_error_str),
    ..Slots::EMPTY
};

exceptions! {
    EXCEPTION: BASE_EXCEPTION = "Exception", "The base of all exceptions that a program may want to handle.";
    BASE_EXCEPTION_GROUP: BASE_EXCEPTION = "BaseExceptionGroup", "Several exceptions raised together.",
        slots: group::SLOTS, methods: group::METHODS, getset: group::GETSET;
    EXCEPTION_GROUP: BASE_EXCEPTION_GROUP = "ExceptionGroup", "Several exceptions raised together.";
    GENERATOR_EXIT: BASE_EXCEPTION = "GeneratorExit", "Raised in a generator that is closed.";
    KEYBOARD_INTERRUPT: BASE_EXCEPTION = "KeyboardInterrupt", "Raised when the user interrupts the program.";
    SYSTEM_EXIT: BASE_EXCEPTION = "SystemExit", "Raised to end the program.",
        slots: slots(fields::system_exit_init), getset: fields::SYSTEM_EXIT.rows();

    STOP_ITERATION: EXCEPTION = "StopIteration", "Raised by an iterator that has no more values.",
        slots: slots(fields::stop_iteration_init), getset: fields::STOP_ITERATION.rows();
    STOP_ASYNC_ITERATION: EXCEPTION = "StopAsyncIteration", "Raised by an asynchronous iterator that has no more values.";
    ARITHMETIC_ERROR: EXCEPTION = "ArithmeticError", "The base of errors in arithmetic.";
    FLOATING_POINT_ERROR: ARITHMETIC_ERROR = "FloatingPointError", "A floating-point operation failed.";
    OVERFLOW_ERROR: ARITHMETIC_ERROR = "OverflowError", "A result is too large.";
    ZERO_DIVISION_ERROR: ARITHMETIC_ERROR = "ZeroDivisionError", "Division by zero.";
    ASSERTION_ERROR: EXCEPTION = "AssertionError", "An assertion failed.";
    ATTRIBUTE_ERROR: EXCEPTION = "AttributeError", "An object has no such attribute.",
        slots: slots(fields::attribute_error_init), getset: fields::ATTRIBUTE_ERROR.rows();
    BUFFER_ERROR: EXCEPTION = "BufferError", "An operation on a buffer cannot be done now.";
    EOF_ERROR: EXCEPTION = "EOFError", "The input has ended.";
    IMPORT_ERROR: EXCEPTION = "ImportError", "A module, or a name in it, could not be imported.",
        slots: Slots { init: Some(fields::import_error_init), str: Some(fields::import_error_str), ..Slots::EMPTY },
        getset: fields::IMPORT_ERROR.rows();
    MODULE_NOT_FOUND_ERROR: IMPORT_ERROR = "ModuleNotFoundError", "There is no such module.";
    LOOKUP_ERROR: EXCEPTION = "LookupError", "The base of errors in looking something up.";
    INDEX_ERROR: LOOKUP_ERROR = "IndexError", "An index is out of range.";
    KEY_ERROR: LOOKUP_ERROR = "KeyError", "A mapping has no such key.",
        slots: Slots { str: Some(fields::key_error_str), ..Slots::EMPTY };
    MEMORY_ERROR: EXCEPTION = "MemoryError", "There is no more memory.";
    NAME_ERROR: EXCEPTION = "NameError", "A name is not bound.",
        slots: slots(fields::name_error_init), getset: fields::NAME_ERROR.rows();
    UNBOUND_LOCAL_ERROR: NAME_ERROR = "UnboundLocalError", "A local variable is not bound yet.";
    OS_ERROR: EXCEPTION = "OSError", "The operating system refused something.",
        slots: OS_ERROR_SLOTS, getset: fields::OS_ERROR.rows();
    BLOCKING_IO_ERROR: OS_ERROR = "BlockingIOError", "An operation would block.";
    CHILD_PROCESS_ERROR: OS_ERROR = "ChildProcessError", "An operation on a child process failed.";
    CONNECTION_ERROR: OS_ERROR = "ConnectionError", "The base of errors in connections.";
    BROKEN_PIPE_ERROR: CONNECTION_ERROR = "BrokenPipeError", "The other end of a pipe is closed.";
    CONNECTION_ABORTED_ERROR: CONNECTION_ERROR = "ConnectionAbortedError", "A connection was aborted by the other side.";
    CONNECTION_REFUSED_ERROR: CONNECTION_ERROR = "ConnectionRefusedError", "A connection was refused.";
    CONNECTION_RESET_ERROR: CONNECTION_ERROR = "ConnectionResetError", "A connection was reset.";
    FILE_EXISTS_ERROR: OS_ERROR = "FileExistsError", "The file exists already.";
    FILE_NOT_FOUND_ERROR: OS_ERROR = "FileNotFoundError", "There is no such file.";
    INTERRUPTED_ERROR: OS_ERROR = "InterruptedError", "A signal interrupted a system call.";
    IS_A_DIRECTORY_ERROR: OS_ERROR = "IsADirectoryError", "The operation does not work on folders.";
    NOT_A_DIRECTORY_ERROR: OS_ERROR = "NotADirectoryError", "The operation works on folders only.";
    PERMISSION_ERROR: OS_ERROR = "PermissionError", "Not enough permissions.";
    PROCESS_LOOKUP_ERROR: OS_ERROR = "ProcessLookupError", "There is no such process.";
    TIMEOUT_ERROR: OS_ERROR = "TimeoutError", "Time ran out.";
    REFERENCE_ERROR: EXCEPTION = "ReferenceError", "A weak proxy's object is gone.";
    RUNTIME_ERROR: EXCEPTION = "RuntimeError", "An error that fits nowhere else.";
    NOT_IMPLEMENTED_ERROR: RUNTIME_ERROR = "NotImplementedError", "Something is not implemented.";
    PYTHON_FINALIZATION_ERROR: RUNTIME_ERROR = "PythonFinalizationError", "The runtime is shutting down.";
    RECURSION_ERROR: RUNTIME_ERROR = "RecursionError", "Calls are nested too deep.";
    SYNTAX_ERROR: EXCEPTION = "SyntaxError", "The source text is not Python.",
        slots: Slots { init: Some(fields::syntax_error_init), str: Some(fields::syntax_error_str), ..Slots::EMPTY },
        getset: fields::SYNTAX_ERROR.rows();
    INDENTATION_ERROR: SYNTAX_ERROR = "IndentationError", "The indentation is wrong.";
    TAB_ERROR: INDENTATION_ERROR = "TabError", "The indentation mixes tabs and spaces.";
    INCOMPLETE_INPUT_ERROR: SYNTAX_ERROR = "_IncompleteInputError", "The input ends too early.";
    SYSTEM_ERROR: EXCEPTION = "SystemError", "An internal error.";
    TYPE_ERROR: EXCEPTION = "TypeError", "An object has the wrong type.";
    VALUE_ERROR: EXCEPTION = "ValueError", "A value is wrong, though its type is right.";
    UNICODE_ERROR: VALUE_ERROR = "UnicodeError", "The base of errors in encoding and decoding text.";
    UNICODE_DECODE_ERROR: UNICODE_ERROR = "UnicodeDecodeError", "Bytes could not be decoded.",
        slots: Slots { init: Some(fields::unicode_decode_init), str: Some(fields::unicode_decode_str), ..Slots::EMPTY },
        getset: fields::UNICODE.rows();
    UNICODE_ENCODE_ERROR: UNICODE_ERROR = "UnicodeEncodeError", "Text could not be encoded.",
        slots: Slots { init: Some(fields::unicode_encode_init), str: Some(fields::unicode_encode_str), ..Slots::EMPTY },
        getset: fields::UNICODE.rows();
    UNICODE_TRANSLATE_ERROR: UNICODE_ERROR = "UnicodeTranslateError", "Text could not be translated.",
        slots: Slots { init: Some(fields::unicode_translate_init), str: Some(fields::unicode_translate_str), ..Slots::EMPTY },
        getset: fields::UNICODE.rows();

    WARNING: EXCEPTION = "Warning", "The base of all warnings.";
    BYTES_WARNING: WARNING = "BytesWarning", "Bytes and text are mixed.";
    DEPRECATION_WARNING: WARNING = "DeprecationWarning", "Something is deprecated; for developers.";
    ENCODING_WARNING: WARNING = "EncodingWarning", "An encoding was not given.";
    FUTURE_WARNING: WARNING = "FutureWarning", "Something will change; for users.";
    IMPORT_WARNING: WARNING = "ImportWarning", "An import is doubtful.";
    PENDING_DEPRECATION_WARNING: WARNING = "PendingDeprecationWarning", "Something will be deprecated.";
    RESOURCE_WARNING: WARNING = "ResourceWarning", "A resource was not released.";
    RUNTIME_WARNING: WARNING = "RuntimeWarning", "Something doubtful happened at run time.";
    SYNTAX_WARNING: WARNING = "SyntaxWarning", "Source text is doubtful.";
    UNICODE_WARNING: WARNING = "UnicodeWarning", "Something about Unicode is doubtful.";
    USER_WARNING: WARNING = "UserWarning", "A warning of the program.";
}
