//! Adapts plain typed Rust functions to the call machinery: [`FromArg`] and [`IntoPy`] convert, [`Handler`]
//! is implemented for functions of the [`Vm`] and up to eight parameters.

use crate::args::KwArgs;
use crate::object::PyPayload;
use crate::table::Method;
use crate::table::signature::{self, ParameterKind, Sorted};
use crate::{Args, PyErr, PyRef, PyResult, Ref, Vm};

/// Where an argument stands, for error messages.
#[derive(Clone, Copy, Debug)]
pub struct ArgInfo {
    /// The function called.
    pub method: &'static Method,
    /// The parameter's index, the receiver included.
    pub index: usize,
}

impl ArgInfo {
    /// The `TypeError` for an argument of the wrong type: `insert() argument 1 must be int, not str`, or
    /// `encode() argument 'errors' must be str, not int` for a parameter that may be given by name.
    #[cold]
    pub fn wrong_type(&self, vm: &Vm, expected: &str, found: &PyRef) -> PyErr {
        let receiver = usize::from(!self.method.shape_has_no_receiver());
        let found = vm.type_name(found);
        if self.index < receiver {
            return vm.type_error(format!(
                "descriptor '{}' for '{expected}' objects doesn't apply to a '{found}' object",
                self.method.name
            ));
        }
        let is_single = usize::from(self.method.shape.positional) - receiver == 1;
        let position = match self.name() {
            Some(name) => format!(" '{name}'"),
            None if is_single => String::new(),
            None => format!(" {}", self.index - receiver + 1),
        };
        vm.type_error(format!(
            "{}() argument{position} must be {expected}, not {found}",
            self.method.name
        ))
    }

    /// The parameter's name, if arguments may be given by it.
    fn name(&self) -> Option<&'static str> {
        let all = signature::parameters(self.method.signature).into_iter();
        let mut named = all.filter(|p| {
            !matches!(
                p.kind,
                ParameterKind::VarPositional | ParameterKind::VarKeyword
            )
        });
        let parameter = named.nth(self.index)?;
        (parameter.kind != ParameterKind::PositionalOnly).then_some(parameter.name)
    }
}

/// What a parameter's Rust type makes of an argument.
pub trait FromArg: Sized {
    /// Converts an argument; `None` means that it was left out.
    ///
    /// # Errors
    /// `TypeError` for an argument of the wrong type, or what the conversion raises.
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self>;

    /// Takes the value from bound arguments; starred parameters override this.
    ///
    /// # Errors
    /// As [`from_arg`](Self::from_arg).
    #[inline]
    fn take(vm: &mut Vm, bound: &mut Bound<'_>) -> PyResult<Self> {
        let info = bound.info();
        let index = bound.next;
        bound.next += 1;
        match &bound.source {
            Source::Slice(values) => Self::from_arg(vm, values.get(index), info),
            Source::Sorted(sorted) => {
                Self::from_arg(vm, sorted.values.get(index).and_then(Option::as_ref), info)
            }
        }
    }
}

/// Arguments on their way to the parameters of a native function.
#[derive(Debug)]
pub struct Bound<'a> {
    method: &'static Method,
    next: usize,
    source: Source<'a>,
}

#[derive(Debug)]
enum Source<'a> {
    Slice(&'a [PyRef]),
    Sorted(&'a mut Sorted),
}

impl Bound<'_> {
    fn info(&self) -> ArgInfo {
        ArgInfo {
            method: self.method,
            index: self.next,
        }
    }
}

/// A parameter `*args`: the remaining positional arguments.
#[derive(Debug)]
pub struct Rest(pub Vec<PyRef>);

impl FromArg for Rest {
    fn from_arg(_: &mut Vm, arg: Option<&PyRef>, _: ArgInfo) -> PyResult<Self> {
        Ok(Self(arg.into_iter().cloned().collect()))
    }

    fn take(_: &mut Vm, bound: &mut Bound<'_>) -> PyResult<Self> {
        Ok(Self(match &mut bound.source {
            Source::Slice(values) => {
                // All of them: parameters behind this one can only be given by name.
                let first = std::mem::replace(&mut bound.next, values.len());
                values.get(first..).unwrap_or_default().to_vec()
            }
            Source::Sorted(sorted) => std::mem::take(&mut sorted.rest),
        }))
    }
}

impl FromArg for KwArgs {
    fn from_arg(_: &mut Vm, _: Option<&PyRef>, _: ArgInfo) -> PyResult<Self> {
        Ok(Vec::new())
    }

    fn take(_: &mut Vm, bound: &mut Bound<'_>) -> PyResult<Self> {
        Ok(match &mut bound.source {
            Source::Slice(_) => Vec::new(),
            Source::Sorted(sorted) => std::mem::take(&mut sorted.keywords),
        })
    }
}

/// The error for a required argument that is not there; binding reports it before, with more words.
#[cold]
fn left_out(vm: &Vm, info: ArgInfo) -> PyErr {
    signature::wrong_count(vm, info.method, info.index)
}

impl FromArg for PyRef {
    #[inline]
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        arg.cloned().ok_or_else(|| left_out(vm, info))
    }
}

impl<T: PyPayload> FromArg for Ref<T> {
    #[inline]
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let arg = arg.ok_or_else(|| left_out(vm, info))?;
        match arg.downcast_ref::<T>() {
            Some(typed) => Ok(typed.clone()),
            None => Err(info.wrong_type(vm, T::DEF.name, arg)),
        }
    }
}

impl<T: FromArg> FromArg for Option<T> {
    #[inline]
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        arg.map(|arg| T::from_arg(vm, Some(arg), info)).transpose()
    }
}

macro_rules! from_arg_by {
    ($($type:ty = |$vm:ident, $arg:ident, $info:ident| $convert:expr;)+) => {
        $(impl FromArg for $type {
            #[inline]
            fn from_arg($vm: &mut Vm, arg: Option<&PyRef>, $info: ArgInfo) -> PyResult<Self> {
                let $arg = arg.ok_or_else(|| left_out($vm, $info))?;
                $convert
            }
        })+
    };
}
from_arg_by! {
    bool = |vm, arg, _info| vm.is_true(arg);
    i64 = |vm, arg, _info| vm.index_i64(arg);
    i32 = |vm, arg, _info| {
        let value = vm.index_i64(arg)?;
        i32::try_from(value).map_err(|_| vm.overflow_error("Python int too large to convert to C int"))
    };
    isize = |vm, arg, _info| ssize(vm, arg);
    usize = |vm, arg, _info| {
        let value = ssize(vm, arg)?;
        usize::try_from(value).map_err(|_| vm.value_error("must be non-negative"))
    };
    f64 = |vm, arg, _info| vm.as_f64(arg);
    String = |vm, arg, info| {
        use crate::types::str::PyStr;
        match arg.downcast_ref::<PyStr>() {
            Some(text) => Ok(text.to_text().into_owned()),
            None => Err(info.wrong_type(vm, "str", arg)),
        }
    };
}

/// An index as an argument: its message differs from that of an index in a subscript.
#[inline]
fn ssize(vm: &mut Vm, arg: &PyRef) -> PyResult<isize> {
    let index = vm.index(arg)?;
    let value = index.to_i64().and_then(|value| isize::try_from(value).ok());
    value.ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t"))
}

/// What a native function returns, as a Python object.
pub trait IntoPy {
    /// Converts the value.
    ///
    /// # Errors
    /// The error in it, or `OutOfMemory`.
    fn into_py(self, vm: &Vm) -> PyResult;
}

impl IntoPy for PyRef {
    #[inline]
    fn into_py(self, _: &Vm) -> PyResult {
        Ok(self)
    }
}

impl<T: PyPayload> IntoPy for Ref<T> {
    #[inline]
    fn into_py(self, _: &Vm) -> PyResult {
        Ok(self.into_any())
    }
}

impl<T: IntoPy> IntoPy for PyResult<T> {
    #[inline]
    fn into_py(self, vm: &Vm) -> PyResult {
        self?.into_py(vm)
    }
}

impl<T: IntoPy> IntoPy for Option<T> {
    fn into_py(self, vm: &Vm) -> PyResult {
        self.map_or_else(|| Ok(vm.none()), |value| value.into_py(vm))
    }
}

impl IntoPy for () {
    fn into_py(self, vm: &Vm) -> PyResult {
        Ok(vm.none())
    }
}

impl IntoPy for bool {
    fn into_py(self, vm: &Vm) -> PyResult {
        Ok(vm.new_bool(self))
    }
}

macro_rules! int_into_py {
    ($($type:ty),+) => {
        $(impl IntoPy for $type {
            fn into_py(self, vm: &Vm) -> PyResult {
                vm.new_int(i64::from(self))
            }
        })+
    };
}
int_into_py!(i64, i32, u32, u8, i8, u16, i16);

impl IntoPy for usize {
    fn into_py(self, vm: &Vm) -> PyResult {
        vm.new_int_from_usize(self)
    }
}

impl IntoPy for f64 {
    fn into_py(self, vm: &Vm) -> PyResult {
        vm.new_float(self)
    }
}

impl IntoPy for &str {
    fn into_py(self, vm: &Vm) -> PyResult {
        Ok(vm.new_str(self)?.into_any())
    }
}

impl IntoPy for String {
    fn into_py(self, vm: &Vm) -> PyResult {
        Ok(vm.new_str(&self)?.into_any())
    }
}

impl<A: IntoPy, B: IntoPy> IntoPy for (A, B) {
    fn into_py(self, vm: &Vm) -> PyResult {
        let items = [self.0.into_py(vm)?, self.1.into_py(vm)?];
        Ok(vm.new_tuple(&items)?.into_any())
    }
}

impl<A: IntoPy, B: IntoPy, C: IntoPy> IntoPy for (A, B, C) {
    fn into_py(self, vm: &Vm) -> PyResult {
        let items = [
            self.0.into_py(vm)?,
            self.1.into_py(vm)?,
            self.2.into_py(vm)?,
        ];
        Ok(vm.new_tuple(&items)?.into_any())
    }
}

/// A Rust function that can stand in a [`Method`] row.
pub trait Handler<Parameters>: Copy {
    /// Converts the arguments, calls the function, converts its result.
    ///
    /// # Errors
    /// What a conversion or the function raises.
    fn handle(self, vm: &mut Vm, bound: Bound<'_>) -> PyResult;
}

macro_rules! handlers {
    ($(($($name:ident)*))+) => {
        $(
            impl<Function, Output, $($name),*> Handler<($($name,)*)> for Function
            where
                Function: Fn(&mut Vm, $($name),*) -> Output + Copy,
                Output: IntoPy,
                $($name: FromArg,)*
            {
                #[allow(non_snake_case, unused_mut, unused_variables, reason = "the parameters are named like their types")]
                #[inline]
                fn handle(self, vm: &mut Vm, mut bound: Bound<'_>) -> PyResult {
                    $(let $name = $name::take(vm, &mut bound)?;)*
                    self(vm, $($name),*).into_py(vm)
                }
            }
        )+
    };
}
handlers! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I) (A B C D E F G H I J) }

/// Calls a native function: hands plain positional arguments over as they are, sorts others first.
///
/// # Errors
/// `TypeError` if the arguments do not fit the signature, or what the function raises.
#[inline]
pub fn invoke<P, F: Handler<P>>(
    function: F,
    vm: &mut Vm,
    args: Args<'_>,
    method: &'static Method,
) -> PyResult {
    if !(args.names.is_empty() && method.shape.fits(args.values.len())) {
        return invoke_sorted(function, vm, args, method);
    }
    let bound = Bound {
        method,
        next: 0,
        source: Source::Slice(args.values),
    };
    function.handle(vm, bound)
}

#[inline(never)]
fn invoke_sorted<P, F: Handler<P>>(
    function: F,
    vm: &mut Vm,
    args: Args<'_>,
    method: &'static Method,
) -> PyResult {
    let mut sorted = signature::bind(vm, args, method)?;
    let bound = Bound {
        method,
        next: 0,
        source: Source::Sorted(&mut sorted),
    };
    function.handle(vm, bound)
}
