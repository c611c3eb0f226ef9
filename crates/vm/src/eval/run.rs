//! The loop.

use crate::code::{Instr, Op};
use crate::eval::call;
use crate::eval::frame::FrameKind;
use crate::eval::ops::{
    attribute, build, control, generator, import, intrinsic, matching, name, operator,
};
use crate::eval::stack::StackRef;
use crate::eval::unwind;
use crate::eval::window::Window;
use crate::table::slot_defs::check_initialized;
use crate::{PyErr, PyRef, PyResult, Vm, types};

/// How a run of the loop ends.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The frame returned.
    Returned(PyRef),
    /// The frame, that of a generator, gave up control with a value.
    Yielded(PyRef),
}

/// What the loop does after an instruction.
#[derive(Debug)]
pub(crate) enum Step {
    /// Goes on.
    Next,
    /// Goes on in another frame, which is now the innermost.
    Enter,
    /// Goes on in a generator's frame, which is now the innermost, with the value sent to it.
    Resume(PyRef),
    /// Ends the frame with a value.
    Return(PyRef),
    /// Suspends the frame with a value.
    Yield(PyRef),
}

/// What a generator's frame is resumed with.
#[derive(Debug)]
pub(crate) enum Resume {
    /// A value: that of the `yield` expression.
    Value(PyRef),
    /// An exception, raised where the frame is suspended.
    Error(PyErr),
}

/// Runs the innermost frame until it returns, yields or raises.
///
/// # Errors
/// What the frame raises and does not handle; `RecursionError` if native code is nested too deep.
pub(crate) fn run(vm: &mut Vm, resume: Option<Resume>) -> PyResult<Outcome> {
    if vm.native_stack_is_low() {
        let error = vm.recursion_error("");
        abandon(vm);
        return Err(error);
    }
    run_frames(vm, resume)
}

/// Ends the innermost frame before it has run.
#[cold]
fn abandon(vm: &mut Vm) {
    let depth = vm
        .eval
        .frames
        .last()
        .map_or(0, crate::eval::frame::Frame::depth);
    vm.leave_frame(depth);
}

fn run_frames(vm: &mut Vm, resume: Option<Resume>) -> PyResult<Outcome> {
    let mut w = match Window::load(vm) {
        Ok(window) => window,
        Err(error) => {
            abandon(vm);
            return Err(error);
        }
    };
    match resume {
        None => {}
        Some(Resume::Value(value)) => w.push(value),
        Some(Resume::Error(error)) => {
            // B5: what is suspended has popped the value it yielded; unwinding expects the value sent.
            w.push(vm.none());
            recover(vm, &mut w, error, true)?;
        }
    }
    loop {
        let instr = w.fetch();
        let went_on = match step(vm, &mut w, instr) {
            Ok(Step::Next) => Ok(()),
            Ok(Step::Enter) => enter(vm, &mut w),
            Ok(Step::Resume(value)) => {
                let entered = enter(vm, &mut w);
                if entered.is_ok() {
                    w.push(value);
                }
                entered
            }
            Ok(Step::Yield(value)) => match suspend(vm, &mut w, value) {
                Ok(None) => Ok(()),
                Ok(Some(value)) => return Ok(Outcome::Yielded(value)),
                Err(error) => Err(error),
            },
            Ok(Step::Return(value)) => match finish(vm, &mut w, value) {
                Ok(None) => Ok(()),
                Ok(Some(value)) => return Ok(Outcome::Returned(value)),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        let error = match went_on {
            Ok(()) if vm.space().attention().get() == 0 => continue,
            Ok(()) => match vm.look_up(&w) {
                Ok(()) => continue,
                Err(error) => error,
            },
            Err(error) => error,
        };
        let is_reraise = instr.op == Op::Reraise;
        recover(vm, &mut w, error, !is_reraise)?;
    }
}

/// Makes the window that of the frame just entered; if that can't run, the frame is left again.
#[inline(always)]
fn enter(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    match Window::load(vm) {
        Ok(window) => {
            *w = window;
            Ok(())
        }
        Err(error) => {
            abandon(vm);
            *w = Window::load(vm)?;
            Err(error)
        }
    }
}

/// Goes on at a handler, leaving frames that have none; the error comes back if the entry frame has none either.
#[cold]
#[inline(never)]
fn recover(vm: &mut Vm, w: &mut Window, error: PyErr, with_traceback: bool) -> PyResult<()> {
    unwind::unwind(vm, w, error, with_traceback)
}

/// Ends the innermost frame with a result. `None`: the frame below goes on with it.
#[inline(always)]
fn finish(vm: &mut Vm, w: &mut Window, value: PyRef) -> PyResult<Option<PyRef>> {
    match vm.leave_frame(w.depth()) {
        FrameKind::Entry => Ok(Some(value)),
        FrameKind::Inline => {
            *w = Window::load(vm)?;
            w.push(value);
            Ok(None)
        }
        FrameKind::Initializer => {
            *w = Window::load(vm)?;
            check_initialized(vm, &value)?;
            Ok(None)
        }
        FrameKind::Iterated => {
            *w = Window::load(vm)?;
            w.jump_to_target();
            Ok(None)
        }
        FrameKind::Awaited => {
            *w = Window::load(vm)?;
            w.push(value);
            w.jump_to_target();
            Ok(None)
        }
    }
}

/// Takes the innermost frame, a generator's, off with the value that it yields. `None`: the frame below goes on with it.
#[inline(always)]
fn suspend(vm: &mut Vm, w: &mut Window, value: PyRef) -> PyResult<Option<PyRef>> {
    match types::generator::suspend(vm) {
        FrameKind::Entry => Ok(Some(value)),
        _ => {
            *w = Window::load(vm)?;
            w.push(value);
            Ok(None)
        }
    }
}

/// Runs one instruction.
#[inline(always)]
fn step(vm: &mut Vm, w: &mut Window, instr: Instr) -> PyResult<Step> {
    let arg = instr.arg;
    let distance = arg as usize;
    match instr.op {
        Op::Nop | Op::Resume | Op::EndFor => {}
        Op::LoadFast | Op::LoadFastCheck => name::load_fast(vm, w, arg)?,
        Op::LoadFastBorrow => name::load_fast_borrow(vm, w, arg)?,
        Op::LoadFastLoadFast => {
            let (first, second) = instr.local_pair();
            name::load_fast(vm, w, first)?;
            name::load_fast(vm, w, second)?;
        }
        Op::LoadFastBorrowLoadFastBorrow => {
            let (first, second) = instr.local_pair();
            name::load_fast_borrow(vm, w, first)?;
            name::load_fast_borrow(vm, w, second)?;
        }
        Op::LoadFastAndClear => {
            let value = w.set_local(arg, StackRef::NULL);
            w.push(value);
        }
        Op::StoreFast => name::store_fast(w, arg),
        Op::StoreFastLoadFast => {
            let (first, second) = instr.local_pair();
            name::store_fast(w, first);
            name::load_fast(vm, w, second)?;
        }
        Op::StoreFastStoreFast => {
            let (first, second) = instr.local_pair();
            name::store_fast(w, first);
            name::store_fast(w, second);
        }
        Op::DeleteFast => name::delete_fast(vm, w, arg)?,
        Op::LoadConst => {
            let value = w.constant(arg).clone();
            w.push(value);
        }
        Op::LoadSmallInt => {
            let value = vm.small_int(arg);
            w.push(value);
        }
        Op::LoadCommonConstant => name::load_common_constant(vm, w, arg)?,
        Op::LoadGlobal => name::load_global(vm, w, instr)?,
        Op::LoadName => name::load_name(vm, w, arg)?,
        Op::StoreName => name::store_name(vm, w, arg)?,
        Op::DeleteName => name::delete_name(vm, w, arg)?,
        Op::StoreGlobal => name::store_global(vm, w, arg)?,
        Op::DeleteGlobal => name::delete_global(vm, w, arg)?,
        Op::LoadDeref => name::load_deref(vm, w, arg)?,
        Op::StoreDeref => name::store_deref(vm, w, arg)?,
        Op::DeleteDeref => name::delete_deref(vm, w, arg)?,
        Op::MakeCell => name::make_cell(vm, w, arg)?,
        Op::CopyFreeVars => name::copy_free_vars(vm, w, arg)?,
        Op::LoadLocals => name::load_locals(vm, w)?,
        Op::LoadFromDictOrDeref => name::load_from_dict_or_deref(vm, w, arg)?,
        Op::LoadFromDictOrGlobals => name::load_from_dict_or_globals(vm, w, arg)?,
        Op::SetupAnnotations => name::setup_annotations(vm, w)?,
        Op::LoadBuildClass => name::load_build_class(vm, w)?,

        Op::PopTop | Op::PopIter => drop(w.pop()),
        Op::PushNull => w.push(StackRef::NULL),
        Op::Copy => {
            let value = w.peek(distance).duplicate();
            w.push(value);
        }
        Op::Swap => w.swap(distance),

        Op::BinaryOp => operator::binary_op(vm, w, arg)?,
        Op::CompareOp => operator::compare_op(vm, w, arg)?,
        Op::IsOp => operator::is_op(vm, w, arg),
        Op::ContainsOp => operator::contains_op(vm, w, arg)?,
        Op::UnaryNegative => operator::unary_negative(vm, w)?,
        Op::UnaryInvert => operator::unary_invert(vm, w)?,
        Op::UnaryNot => operator::unary_not(vm, w)?,
        Op::ToBool => operator::to_bool(vm, w)?,
        Op::BinarySlice => operator::binary_slice(vm, w)?,
        Op::StoreSlice => operator::store_slice(vm, w)?,
        Op::StoreSubscr => operator::store_subscr(vm, w)?,
        Op::DeleteSubscr => operator::delete_subscr(vm, w)?,
        Op::GetLen => operator::get_len(vm, w)?,

        Op::LoadAttr => attribute::load_attr(vm, w, instr)?,
        Op::StoreAttr => attribute::store_attr(vm, w, instr)?,
        Op::DeleteAttr => attribute::delete_attr(vm, w, arg)?,
        Op::LoadSuperAttr => attribute::load_super_attr(vm, w, arg)?,
        Op::LoadSpecial => attribute::load_special(vm, w, arg)?,

        Op::BuildTuple => build::tuple(vm, w, distance)?,
        Op::BuildList => build::list(vm, w, distance)?,
        Op::BuildSet => build::set(vm, w, distance)?,
        Op::BuildMap => build::map(vm, w, distance)?,
        Op::BuildString => build::string(vm, w, distance)?,
        Op::BuildSlice => build::slice(vm, w, distance)?,
        Op::BuildTemplate => build::template(vm, w)?,
        Op::BuildInterpolation => build::interpolation(vm, w, arg)?,
        Op::ListAppend => build::list_append(vm, w, distance)?,
        Op::ListExtend => build::list_extend(vm, w, distance)?,
        Op::SetAdd => build::set_add(vm, w, distance)?,
        Op::SetUpdate => build::set_update(vm, w, distance)?,
        Op::MapAdd => build::map_add(vm, w, distance)?,
        Op::DictUpdate => build::dict_update(vm, w, distance)?,
        Op::DictMerge => build::dict_merge(vm, w, distance)?,
        Op::ConvertValue => build::convert_value(vm, w, arg)?,
        Op::FormatSimple => build::format_simple(vm, w)?,
        Op::FormatWithSpec => build::format_with_spec(vm, w)?,
        Op::UnpackSequence => build::unpack_sequence(vm, w, distance)?,
        Op::UnpackEx => build::unpack_ex(vm, w, arg)?,
        Op::MakeFunction => build::function(vm, w)?,
        Op::SetFunctionAttribute => build::set_function_attribute(vm, w, arg)?,

        Op::JumpForward => w.jump(arg),
        Op::JumpBackwardNoInterrupt => w.jump(arg),
        Op::JumpBackward => {
            w.jump(arg);
            vm.poll_collector();
        }
        Op::PopJumpIfTrue => control::pop_jump_if(vm, w, arg, true)?,
        Op::PopJumpIfFalse => control::pop_jump_if(vm, w, arg, false)?,
        Op::PopJumpIfNone => control::pop_jump_if_none(vm, w, arg, true),
        Op::PopJumpIfNotNone => control::pop_jump_if_none(vm, w, arg, false),
        Op::GetIter => control::get_iter(vm, w)?,
        Op::ForIter => return control::for_iter(vm, w, arg),

        Op::PushExcInfo => control::push_exc_info(vm, w)?,
        Op::PopExcept => control::pop_except(vm, w)?,
        Op::CheckExcMatch => control::check_exc_match(vm, w)?,
        Op::CheckEgMatch => control::check_eg_match(vm, w)?,
        Op::WithExceptStart => control::with_except_start(vm, w)?,
        Op::RaiseVarargs => return Err(control::raise_varargs(vm, w, arg)),
        Op::Reraise => return Err(control::reraise(vm, w, distance)),
        Op::CleanupThrow => control::cleanup_throw(vm, w)?,

        Op::MatchClass => matching::class(vm, w, distance)?,
        Op::MatchKeys => matching::keys(vm, w)?,
        Op::MatchMapping => matching::mapping(vm, w),
        Op::MatchSequence => matching::sequence(vm, w),

        Op::ImportName => import::import_name(vm, w, arg)?,
        Op::ImportFrom => import::import_from(vm, w, arg)?,
        Op::CallIntrinsic1 => intrinsic::unary(vm, w, arg)?,
        Op::CallIntrinsic2 => intrinsic::binary(vm, w, arg)?,

        Op::Call => return call::call(vm, w, distance),
        Op::CallKw => return call::call_kw(vm, w, distance),
        Op::CallFunctionEx => return call::call_function_ex(vm, w),

        Op::ReturnValue => return Ok(Step::Return(w.pop_owned())),
        Op::ReturnGenerator => return generator::return_generator(vm, w),
        Op::YieldValue => return Ok(generator::yield_value(w)),
        Op::Send => return generator::send(vm, w, arg),
        Op::EndSend => generator::end_send(w),
        Op::GetYieldFromIter => generator::get_yield_from_iter(vm, w)?,
        Op::GetAwaitable => generator::get_awaitable(vm, w, arg)?,
        Op::GetAiter => generator::get_aiter(vm, w)?,
        Op::GetAnext => generator::get_anext(vm, w)?,
        Op::EndAsyncFor => generator::end_async_for(vm, w)?,
    }
    Ok(Step::Next)
}
