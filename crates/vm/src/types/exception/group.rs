//! Exception groups (PEP 654).

use super::{PyException, exception};
use crate::object::attribute;
use crate::table::{GetSet, Method, Slots};
use crate::types::exception as exc;
use crate::types::list::PyList;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm};

/// Index of `message`.
const MESSAGE: usize = 0;
/// Index of `exceptions`.
const EXCEPTIONS: usize = 1;

pub(crate) const SLOTS: Slots = Slots {
    new: Some(new),
    init: Some(init),
    repr: Some(repr),
    str: Some(str),
    ..Slots::EMPTY
};

pub(crate) static METHODS: &[Method] = &[
    crate::class_method!(
        "__class_getitem__",
        "($type, object, /)",
        class_getitem,
        "The type with parameters (PEP 585)."
    ),
    crate::method!(
        "derive",
        "($self, excs, /)",
        derive,
        "A group like this one with other exceptions."
    ),
    crate::method!(
        "split",
        "($self, condition, /)",
        split,
        "The group split into what fits a condition and the rest."
    ),
    crate::method!(
        "subgroup",
        "($self, condition, /)",
        subgroup,
        "The part of the group that fits a condition."
    ),
];

pub(crate) static GETSET: &[GetSet] = &[
    GetSet {
        name: "message",
        doc: "What the group is about.",
        get: |vm, this| {
            Ok(exception(this)
                .field(vm, MESSAGE)
                .unwrap_or_else(|| vm.none()))
        },
        set: None,
    },
    GetSet {
        name: "exceptions",
        doc: "The exceptions in the group.",
        get: |vm, this| {
            Ok(exception(this)
                .field(vm, EXCEPTIONS)
                .unwrap_or_else(|| vm.none()))
        },
        set: None,
    },
];

/// Whether an exception is a group.
pub(crate) fn is_group(vm: &Vm, object: &PyRef) -> bool {
    vm.is_instance_of_def(object, &exc::BASE_EXCEPTION_GROUP)
}

/// The exceptions in a group.
pub(crate) fn members(vm: &Vm, group: &Ref<PyException>) -> Vec<PyRef> {
    let members = group
        .field(vm, EXCEPTIONS)
        .and_then(|members| members.downcast::<PyTuple>().ok());
    members.map(|members| members.to_vec()).unwrap_or_default()
}

fn class_getitem(vm: &mut Vm, class: PyRef, item: PyRef) -> PyResult {
    crate::types::generic_alias::new(vm, &class, &item)
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let [message, members] = args.positionals() else {
        let count = args.positionals().len();
        return Err(vm.type_error(format!(
            "BaseExceptionGroup.__new__() takes exactly 2 arguments ({count} given)"
        )));
    };
    if !message.is_a::<PyStr>() {
        let found = vm.type_name(message);
        return Err(vm.type_error(format!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {found}"
        )));
    }
    if vm.type_of(members).slots(vm).getitem.is_none()
        || vm.type_of(members).slots(vm).len.is_none()
    {
        return Err(vm.type_error("second argument (exceptions) must be a sequence"));
    }
    let items = vm.to_vec(members)?;
    if items.is_empty() {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut all_plain = true;
    for (index, item) in items.iter().enumerate() {
        if !item.is_a::<PyException>() {
            return Err(vm.value_error(format!(
                "Item {index} of second argument (exceptions) is not an exception"
            )));
        }
        all_plain &= vm.is_instance_of_def(item, &exc::EXCEPTION);
    }
    let ty = class_for(vm, ty, all_plain)?;
    let object = super::new(vm, &ty, args)?;
    let group = exception(&object).clone();
    let tuple = vm.new_tuple(&items)?.into_any();
    group.set_field(vm, MESSAGE, Some(message.clone()))?;
    group.set_field(vm, EXCEPTIONS, Some(tuple))?;
    Ok(object)
}

/// `BaseExceptionGroup` of exceptions only becomes an `ExceptionGroup`; an `ExceptionGroup` holds nothing else.
fn class_for(vm: &Vm, ty: &Ref<PyType>, all_plain: bool) -> PyResult<Ref<PyType>> {
    if all_plain && ty.is(vm.class(&exc::BASE_EXCEPTION_GROUP)) {
        return Ok(vm.class(&exc::EXCEPTION_GROUP).clone());
    }
    if !all_plain && ty.is_subtype(vm.class(&exc::EXCEPTION)) {
        return Err(vm.type_error(match ty.is(vm.class(&exc::EXCEPTION_GROUP)) {
            true => "Cannot nest BaseExceptions in an ExceptionGroup".to_owned(),
            false => format!("Cannot nest BaseExceptions in '{}'", ty.name_text()),
        }));
    }
    Ok(ty.clone())
}

fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    let tuple = vm.new_tuple(args.positionals())?;
    exception(this).set_args(tuple);
    Ok(())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let group = exception(this).clone();
    let message = group.field(vm, MESSAGE).unwrap_or_else(|| vm.none());
    let message = vm.repr(&message)?;
    let members = members(vm, &group);
    let list = vm.new_list(members)?;
    let members = vm.repr(list.as_any())?;
    let text = format!(
        "{}({}, {})",
        vm.type_name(this),
        message.to_text(),
        members.to_text()
    );
    Ok(vm.new_str(&text)?.into_any())
}

fn str(vm: &mut Vm, this: &PyRef) -> PyResult {
    let group = exception(this).clone();
    let message = group.field(vm, MESSAGE).unwrap_or_else(|| vm.none());
    let (message, count) = (vm.str(&message)?, members(vm, &group).len());
    let plural = if count == 1 { "" } else { "s" };
    Ok(vm
        .new_str(&format!(
            "{} ({count} sub-exception{plural})",
            message.to_text()
        ))?
        .into_any())
}

fn derive(vm: &mut Vm, this: Ref<PyException>, members: PyRef) -> PyResult {
    let message = this.field(vm, MESSAGE).unwrap_or_else(|| vm.none());
    let class = vm.class(&exc::BASE_EXCEPTION_GROUP).clone().into_any();
    vm.call_positional(&class, &[message, members])
}

/// What decides which exceptions belong to the part asked for.
enum Condition {
    Types(PyRef),
    Predicate(PyRef),
    /// The very exceptions in a list.
    OneOf(Vec<PyRef>),
}

impl Condition {
    fn read(vm: &Vm, condition: &PyRef) -> PyResult<Self> {
        let is_type = |object: &PyRef| {
            object
                .downcast_ref::<PyType>()
                .is_some_and(|ty| ty.is_subtype(vm.class(&exc::BASE_EXCEPTION)))
        };
        let are_types = condition
            .downcast_ref::<PyTuple>()
            .is_some_and(|types| types.iter().all(is_type));
        if is_type(condition) || are_types {
            return Ok(Self::Types(condition.clone()));
        }
        if vm.callable(condition) && !condition.is_a::<PyType>() {
            return Ok(Self::Predicate(condition.clone()));
        }
        Err(vm.type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
    }

    fn holds(&self, vm: &mut Vm, object: &PyRef) -> PyResult<bool> {
        match self {
            Self::Types(types) => Ok(crate::eval::ops::control::matches(vm, object, types)),
            Self::Predicate(predicate) => {
                let answer = vm.call_positional(predicate, std::slice::from_ref(object))?;
                vm.is_true(&answer)
            }
            Self::OneOf(list) => Ok(list.iter().any(|item| item.is(object))),
        }
    }
}

type Parts = (Option<PyRef>, Option<PyRef>);

fn split_by(vm: &mut Vm, object: &PyRef, condition: &Condition) -> PyResult<Parts> {
    if !matches!(condition, Condition::OneOf(_)) || !is_group(vm, object) {
        if condition.holds(vm, object)? {
            return Ok((Some(object.clone()), None));
        }
        if !is_group(vm, object) {
            return Ok((None, Some(object.clone())));
        }
    }
    vm.recursion_guard(|vm| {
        let group = exception(object).clone();
        let (mut fitting, mut rest) = (Vec::new(), Vec::new());
        for member in members(vm, &group) {
            let (part, other) = split_by(vm, &member, condition)?;
            fitting.extend(part);
            rest.extend(other);
        }
        Ok((derived(vm, &group, fitting)?, derived(vm, &group, rest)?))
    })
}

/// A group like the given one with other members, or nothing if there are none.
fn derived(vm: &mut Vm, group: &Ref<PyException>, members: Vec<PyRef>) -> PyResult<Option<PyRef>> {
    if members.is_empty() {
        return Ok(None);
    }
    let list = vm.new_list(members)?.into_any();
    let new = vm.call_method_str(group.as_any(), "derive", &[list])?;
    if !is_group(vm, &new) {
        return Err(vm.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    let made = exception(&new);
    made.set_traceback(group.traceback());
    made.set_context(group.context());
    let suppresses = group.suppresses_context();
    made.set_cause(group.cause());
    made.suppress_context.set(suppresses);
    let notes_key = vm.names().notes.clone();
    if let Some(notes) = attribute::instance_value(vm, group.as_any(), &notes_key)
        && notes.is_a::<PyList>()
    {
        let copy = vm.to_vec(&notes)?;
        let copy = vm.new_list(copy)?.into_any();
        vm.set_attr(&new, &notes_key, &copy)?;
    }
    Ok(Some(new))
}

fn split(vm: &mut Vm, this: Ref<PyException>, condition: PyRef) -> PyResult {
    let condition = Condition::read(vm, &condition)?;
    let (fitting, rest) = split_by(vm, this.as_any(), &condition)?;
    let parts = [
        fitting.unwrap_or_else(|| vm.none()),
        rest.unwrap_or_else(|| vm.none()),
    ];
    Ok(vm.new_tuple(&parts)?.into_any())
}

fn subgroup(vm: &mut Vm, this: Ref<PyException>, condition: PyRef) -> PyResult {
    let condition = Condition::read(vm, &condition)?;
    let (fitting, _) = split_by(vm, this.as_any(), &condition)?;
    Ok(fitting.unwrap_or_else(|| vm.none()))
}

/// `except*` may not name groups.
pub(crate) fn check_wanted(vm: &Vm, wanted: &PyRef) -> PyResult<()> {
    let is_group = |object: &PyRef| {
        object
            .downcast_ref::<PyType>()
            .is_some_and(|ty| ty.is_subtype(vm.class(&exc::BASE_EXCEPTION_GROUP)))
    };
    let bad = match wanted.downcast_ref::<PyTuple>() {
        Some(tuple) => tuple.iter().any(is_group),
        None => is_group(wanted),
    };
    if bad {
        return Err(vm.type_error(
            "catching ExceptionGroup with except* is not allowed. Use except instead.",
        ));
    }
    Ok(())
}

/// What an `except*` clause takes, as a group, and what it leaves.
pub(crate) fn split_for_except_star(
    vm: &mut Vm,
    raised: &PyRef,
    wanted: &PyRef,
) -> PyResult<Parts> {
    if vm.is_none(raised) {
        return Ok((None, None));
    }
    if crate::eval::ops::control::matches(vm, raised, wanted) {
        if is_group(vm, raised) {
            return Ok((Some(raised.clone()), None));
        }
        // A naked exception is handled as a group of one.
        let class = vm.class(&exc::EXCEPTION_GROUP).clone().into_any();
        let (message, members) = (
            vm.new_str("")?.into_any(),
            vm.new_tuple(std::slice::from_ref(raised))?.into_any(),
        );
        let wrapped = vm.call_positional(&class, &[message, members])?;
        return Ok((Some(wrapped), None));
    }
    if !is_group(vm, raised) {
        return Ok((None, Some(raised.clone())));
    }
    split_by(vm, raised, &Condition::Types(wanted.clone()))
}

/// What leaves a `try … except*`: what was raised in the clauses, and of the original what no clause took.
pub(crate) fn prepare_reraise_star(vm: &mut Vm, original: &PyRef, raised: &PyRef) -> PyResult {
    let all = vm.to_vec(raised)?;
    let all: Vec<PyRef> = all.into_iter().filter(|item| !vm.is_none(item)).collect();
    if all.is_empty() {
        return Ok(vm.none());
    }
    if !is_group(vm, original) {
        // A naked exception was handled by one clause at most; what there is, is raised as it is.
        return Ok(all[0].clone());
    }
    let same_origin = |item: &PyRef| {
        let (Some(a), Some(b)) = (
            item.downcast_ref::<PyException>(),
            original.downcast_ref::<PyException>(),
        ) else {
            return false;
        };
        let same = |x: Option<PyRef>, y: Option<PyRef>| match (x, y) {
            (Some(x), Some(y)) => x.is(&y),
            (None, None) => true,
            _ => false,
        };
        is_group(vm, item)
            && same(
                a.traceback().map(Ref::into_any),
                b.traceback().map(Ref::into_any),
            )
            && same(
                a.context().map(Ref::into_any),
                b.context().map(Ref::into_any),
            )
            && same(a.cause().map(Ref::into_any), b.cause().map(Ref::into_any))
    };
    let (reraised, new): (Vec<PyRef>, Vec<PyRef>) = all.into_iter().partition(same_origin);
    let mut leaves = Vec::new();
    for item in &reraised {
        collect_leaves(vm, item, &mut leaves);
    }
    let (kept, _) = split_by(vm, original, &Condition::OneOf(leaves))?;
    if new.is_empty() {
        return Ok(kept.unwrap_or_else(|| vm.none()));
    }
    let mut members = new;
    members.extend(kept);
    if let [only] = members.as_slice() {
        return Ok(only.clone());
    }
    let class = vm.class(&exc::BASE_EXCEPTION_GROUP).clone().into_any();
    let (message, members) = (
        vm.new_str("")?.into_any(),
        vm.new_tuple(&members)?.into_any(),
    );
    vm.call_positional(&class, &[message, members])
}

fn collect_leaves(vm: &Vm, object: &PyRef, leaves: &mut Vec<PyRef>) {
    let mut work = vec![object.clone()];
    while let Some(object) = work.pop() {
        if is_group(vm, &object) {
            work.extend(members(vm, exception(&object)));
        } else {
            leaves.push(object);
        }
    }
}
