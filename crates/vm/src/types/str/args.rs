//! Types of parameters that the methods of strings and of bytes share.

use crate::table::{ArgInfo, FromArg};
use crate::{PyRef, PyResult, Vm};

/// Where a search starts; 0 if left out.
#[derive(Clone, Copy, Debug)]
pub struct Start(pub isize);

/// Where a search ends; the far end if left out.
#[derive(Clone, Copy, Debug)]
pub struct End(pub isize);

fn slice_index(vm: &mut Vm, arg: Option<&PyRef>, default: isize) -> PyResult<isize> {
    match arg {
        Some(arg) if !vm.is_none(arg) => {
            if vm.type_of(arg).slots(vm).index.is_none() {
                return Err(vm.type_error(
                    "slice indices must be integers or None or have an __index__ method",
                ));
            }
            vm.index_isize_clamped(arg)
        }
        _ => Ok(default),
    }
}

impl FromArg for Start {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, _: ArgInfo) -> PyResult<Self> {
        slice_index(vm, arg, 0).map(Self)
    }
}

impl FromArg for End {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, _: ArgInfo) -> PyResult<Self> {
        slice_index(vm, arg, isize::MAX).map(Self)
    }
}

/// How often to split or replace; without limit if left out or negative.
#[derive(Clone, Copy, Debug)]
pub struct Most(pub usize);

impl FromArg for Most {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, _: ArgInfo) -> PyResult<Self> {
        let most = arg
            .map(|arg| vm.index_isize(arg))
            .transpose()?
            .unwrap_or(-1);
        Ok(Self(usize::try_from(most).unwrap_or(usize::MAX)))
    }
}

/// The width of a field; negative ones are like 0.
#[derive(Clone, Copy, Debug)]
pub struct Width(pub usize);

impl FromArg for Width {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let width = isize::from_arg(vm, arg, info)?;
        Ok(Self(usize::try_from(width).unwrap_or(0)))
    }
}

/// The columns between tab stops: 8 if left out; negative ones are like 0.
#[derive(Clone, Copy, Debug)]
pub struct TabSize(pub usize);

impl FromArg for TabSize {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let size = Option::<i32>::from_arg(vm, arg, info)?.unwrap_or(8);
        Ok(Self(usize::try_from(size).unwrap_or(0)))
    }
}

/// Encoding or error handler: a name without null characters.
#[derive(Clone, Debug)]
pub struct Name(pub String);

impl FromArg for Name {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let name = String::from_arg(vm, arg, info)?;
        if name.contains('\0') {
            return Err(vm.value_error("embedded null character"));
        }
        Ok(Self(name))
    }
}
