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
    /// Goes on, and nothing has come up: the instruction allocated nothing that the collector counts and dropped nothing
    /// that has a finalizer.
    Quiet,
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
    let handled = vm.eval.handled.last().cloned().flatten();
    let level = vm.eval.handled.len();
    let outcome = run_frames(vm, resume);
    if outcome.is_err()
        && let Some(level) = vm.eval.handled.get_mut(level - 1)
    {
        // Where no handler of the compiler's covers an instruction, what was being handled is still noted. (A generator's
        // level is gone.)
        *level = handled;
    }
    outcome
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
            // Whatever it was before, here it is raised anew.
            if let PyErr::Raised(exception) = &error {
                unwind::set_context(vm, exception);
            }
            unwind::unwind(vm, &mut w, error, true)?;
        }
    }
    loop {
        let instr = w.fetch();
        let went_on = match step(vm, &mut w, instr) {
            Ok(Step::Quiet) => continue,
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
            Ok(()) if !w.is_attention_asked() => continue,
            Ok(()) => match w.apart(|w| vm.look_up(w)) {
                Ok(()) => continue,
                Err(error) => error,
            },
            Err(error) => error,
        };
        recover(vm, &mut w, error)?;
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
fn recover(vm: &mut Vm, w: &mut Window, error: PyErr) -> PyResult<()> {
    // What is raised again has its entry for this frame already.
    let instr = w.running_instr();
    let is_reraise = match instr.op {
        Op::Reraise | Op::CleanupThrow | Op::EndAsyncFor => true,
        Op::RaiseVarargs => instr.arg == 0 && vm.eval.handled_exception().is_some(),
        _ => false,
    };
    unwind::unwind(vm, w, error, !is_reraise)
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
        Op::Nop | Op::EndFor => return Ok(Step::Quiet),
        // Something may have come up in the native code that called.
        Op::Resume => {}
        Op::LoadFast | Op::LoadFastCheck => {
            name::load_fast(vm, w, arg)?;
            return Ok(Step::Quiet);
        }
        Op::LoadFastBorrow => {
            name::load_fast_borrow(vm, w, arg)?;
            return Ok(Step::Quiet);
        }
        Op::LoadFastLoadFast => {
            let (first, second) = instr.local_pair();
            name::load_fast(vm, w, first)?;
            name::load_fast(vm, w, second)?;
            return Ok(Step::Quiet);
        }
        Op::LoadFastBorrowLoadFastBorrow => {
            let (first, second) = instr.local_pair();
            name::load_fast_borrow(vm, w, first)?;
            name::load_fast_borrow(vm, w, second)?;
            return Ok(Step::Quiet);
        }
        Op::LoadFastAndClear => {
            let value = w.set_local(arg, StackRef::NULL);
            w.push(value);
            return Ok(Step::Quiet);
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
        Op::DeleteFast => w.apart(|w| name::delete_fast(vm, w, arg))?,
        Op::LoadConst => {
            let value = w.constant(arg).clone();
            w.push(value);
            return Ok(Step::Quiet);
        }
        Op::LoadSmallInt => {
            let value = vm.small_int(arg);
            w.push(value);
            return Ok(Step::Quiet);
        }
        Op::LoadCommonConstant => w.apart(|w| name::load_common_constant(vm, w, arg))?,
        Op::LoadGlobal => return name::load_global(vm, w, instr),
        Op::LoadName => w.apart(|w| name::load_name(vm, w, arg))?,
        Op::StoreName => w.apart(|w| name::store_name(vm, w, arg))?,
        Op::DeleteName => w.apart(|w| name::delete_name(vm, w, arg))?,
        Op::StoreGlobal => w.apart(|w| name::store_global(vm, w, arg))?,
        Op::DeleteGlobal => w.apart(|w| name::delete_global(vm, w, arg))?,
        Op::LoadDeref => w.apart(|w| name::load_deref(vm, w, arg))?,
        Op::StoreDeref => w.apart(|w| name::store_deref(vm, w, arg))?,
        Op::DeleteDeref => w.apart(|w| name::delete_deref(vm, w, arg))?,
        Op::MakeCell => w.apart(|w| name::make_cell(vm, w, arg))?,
        Op::CopyFreeVars => w.apart(|w| name::copy_free_vars(vm, w, arg))?,
        Op::LoadLocals => w.apart(|w| name::load_locals(vm, w))?,
        Op::LoadFromDictOrDeref => w.apart(|w| name::load_from_dict_or_deref(vm, w, arg))?,
        Op::LoadFromDictOrGlobals => w.apart(|w| name::load_from_dict_or_globals(vm, w, arg))?,
        Op::SetupAnnotations => w.apart(|w| name::setup_annotations(vm, w))?,
        Op::LoadBuildClass => w.apart(|w| name::load_build_class(vm, w))?,

        Op::PopTop | Op::PopIter => drop(w.pop()),
        Op::PushNull => {
            w.push(StackRef::NULL);
            return Ok(Step::Quiet);
        }
        Op::Copy => {
            let value = w.peek(distance).duplicate();
            w.push(value);
            return Ok(Step::Quiet);
        }
        Op::Swap => {
            w.swap(distance);
            return Ok(Step::Quiet);
        }

        Op::BinaryOp => return operator::binary_op(vm, w, arg),
        Op::CompareOp => return operator::compare_op(vm, w, arg),
        Op::IsOp => operator::is_op(vm, w, arg),
        Op::ContainsOp => w.apart(|w| operator::contains_op(vm, w, arg))?,
        Op::UnaryNegative => w.apart(|w| operator::unary_negative(vm, w))?,
        Op::UnaryInvert => w.apart(|w| operator::unary_invert(vm, w))?,
        Op::UnaryNot => w.apart(|w| operator::unary_not(vm, w))?,
        Op::ToBool => w.apart(|w| operator::to_bool(vm, w))?,
        Op::BinarySlice => w.apart(|w| operator::binary_slice(vm, w))?,
        Op::StoreSlice => w.apart(|w| operator::store_slice(vm, w))?,
        Op::StoreSubscr => operator::store_subscr(vm, w)?,
        Op::DeleteSubscr => w.apart(|w| operator::delete_subscr(vm, w))?,
        Op::GetLen => w.apart(|w| operator::get_len(vm, w))?,

        Op::LoadAttr => attribute::load_attr(vm, w, instr)?,
        Op::StoreAttr => attribute::store_attr(vm, w, instr)?,
        Op::DeleteAttr => w.apart(|w| attribute::delete_attr(vm, w, arg))?,
        Op::LoadSuperAttr => w.apart(|w| attribute::load_super_attr(vm, w, arg))?,
        Op::LoadSpecial => w.apart(|w| attribute::load_special(vm, w, arg))?,

        Op::BuildTuple => w.apart(|w| build::tuple(vm, w, distance))?,
        Op::BuildList => w.apart(|w| build::list(vm, w, distance))?,
        Op::BuildSet => w.apart(|w| build::set(vm, w, distance))?,
        Op::BuildMap => w.apart(|w| build::map(vm, w, distance))?,
        Op::BuildString => w.apart(|w| build::string(vm, w, distance))?,
        Op::BuildSlice => w.apart(|w| build::slice(vm, w, distance))?,
        Op::BuildTemplate => w.apart(|w| build::template(vm, w))?,
        Op::BuildInterpolation => w.apart(|w| build::interpolation(vm, w, arg))?,
        Op::ListAppend => build::list_append(vm, w, distance)?,
        Op::ListExtend => w.apart(|w| build::list_extend(vm, w, distance))?,
        Op::SetAdd => w.apart(|w| build::set_add(vm, w, distance))?,
        Op::SetUpdate => w.apart(|w| build::set_update(vm, w, distance))?,
        Op::MapAdd => w.apart(|w| build::map_add(vm, w, distance))?,
        Op::DictUpdate => w.apart(|w| build::dict_update(vm, w, distance))?,
        Op::DictMerge => w.apart(|w| build::dict_merge(vm, w, distance))?,
        Op::ConvertValue => w.apart(|w| build::convert_value(vm, w, arg))?,
        Op::FormatSimple => w.apart(|w| build::format_simple(vm, w))?,
        Op::FormatWithSpec => w.apart(|w| build::format_with_spec(vm, w))?,
        Op::UnpackSequence => build::unpack_sequence(vm, w, distance)?,
        Op::UnpackEx => w.apart(|w| build::unpack_ex(vm, w, arg))?,
        Op::MakeFunction => w.apart(|w| build::function(vm, w))?,
        Op::SetFunctionAttribute => w.apart(|w| build::set_function_attribute(vm, w, arg))?,

        Op::JumpForward | Op::JumpBackwardNoInterrupt => {
            w.jump(arg);
            return Ok(Step::Quiet);
        }
        Op::JumpBackward => {
            w.jump(arg);
            vm.poll_collector();
        }
        Op::PopJumpIfTrue => return control::pop_jump_if(vm, w, arg, true),
        Op::PopJumpIfFalse => return control::pop_jump_if(vm, w, arg, false),
        Op::PopJumpIfNone => control::pop_jump_if_none(vm, w, arg, true),
        Op::PopJumpIfNotNone => control::pop_jump_if_none(vm, w, arg, false),
        Op::GetIter => control::get_iter(vm, w)?,
        Op::ForIter => return control::for_iter(vm, w, arg),

        Op::PushExcInfo => w.apart(|w| control::push_exc_info(vm, w))?,
        Op::PopExcept => w.apart(|w| control::pop_except(vm, w))?,
        Op::CheckExcMatch => w.apart(|w| control::check_exc_match(vm, w))?,
        Op::CheckEgMatch => w.apart(|w| control::check_eg_match(vm, w))?,
        Op::WithExceptStart => w.apart(|w| control::with_except_start(vm, w))?,
        Op::RaiseVarargs => return Err(w.apart(|w| control::raise_varargs(vm, w, arg))),
        Op::Reraise => return Err(w.apart(|w| control::reraise(vm, w, distance))),
        Op::CleanupThrow => w.apart(|w| control::cleanup_throw(vm, w))?,

        Op::MatchClass => w.apart(|w| matching::class(vm, w, distance))?,
        Op::MatchKeys => w.apart(|w| matching::keys(vm, w))?,
        Op::MatchMapping => w.apart(|w| matching::mapping(vm, w)),
        Op::MatchSequence => w.apart(|w| matching::sequence(vm, w)),

        Op::ImportName => w.apart(|w| import::import_name(vm, w, arg))?,
        Op::ImportFrom => w.apart(|w| import::import_from(vm, w, arg))?,
        Op::CallIntrinsic1 => w.apart(|w| intrinsic::unary(vm, w, arg))?,
        Op::CallIntrinsic2 => w.apart(|w| intrinsic::binary(vm, w, arg))?,

        Op::Call => return call::call(vm, w, instr),
        Op::CallKw => return w.apart(|w| call::call_kw(vm, w, distance)),
        Op::CallFunctionEx => return w.apart(|w| call::call_function_ex(vm, w)),

        Op::ReturnValue => return Ok(Step::Return(w.pop_owned())),
        Op::ReturnGenerator => return w.apart(|w| generator::return_generator(vm, w)),
        Op::YieldValue => return Ok(generator::yield_value(w)),
        Op::Send => return w.apart(|w| generator::send(vm, w, arg)),
        Op::EndSend => w.apart(generator::end_send),
        Op::GetYieldFromIter => w.apart(|w| generator::get_yield_from_iter(vm, w))?,
        Op::GetAwaitable => w.apart(|w| generator::get_awaitable(vm, w, arg))?,
        Op::GetAiter => w.apart(|w| generator::get_aiter(vm, w))?,
        Op::GetAnext => w.apart(|w| generator::get_anext(vm, w))?,
        Op::EndAsyncFor => w.apart(|w| generator::end_async_for(vm, w))?,
    }
    Ok(Step::Next)
}
