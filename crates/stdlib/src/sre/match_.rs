//! `re.Match`: what a pattern has found.

use super::matcher::{Matcher, NOWHERE};
use super::pattern::{Bounds, PyPattern};
use super::replace;
use super::subject::Subject;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Rest, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::generic_alias;
use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{HeapVec, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm, class_method, method};
use std::ops::Range;

/// From where to where a group reaches.
#[derive(Clone, Copy, Debug, Traverse)]
struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// That of a group that did not take part.
    const NONE: Self = Self {
        start: NOWHERE,
        end: NOWHERE,
    };
}

/// A match.
#[derive(Debug, Traverse)]
pub struct PyMatch {
    /// The text that was looked at.
    string: PyRef,
    pattern: Ref<PyPattern>,
    /// The spans as a tuple of tuples, once asked for.
    regs: Slot<PyTuple>,
    whole: Span,
    /// The groups; [`Span::NONE`]: it did not take part.
    groups: HeapVec<Span>,
    pos: usize,
    endpos: usize,
    /// The group that was closed last; 0: none.
    lastindex: u32,
}

impl PyPayload for PyMatch {
    const DEF: &'static TypeDef = &MATCH;
}

/// `re.Match`
pub static MATCH: TypeDef = TypeDef {
    doc: "What a regular expression has found.",
    class: Some(Class::of::<PyMatch>),
    flags: TypeFlags::NO_NEW.or(TypeFlags::IMMUTABLE),
    slots: Slots {
        repr: Some(repr),
        getitem: Some(|vm, this, key| receiver(this).clone().group_by(vm, key)),
        owned_bytes: Some(|_, this| receiver(this).groups.buffer_bytes()),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "group",
            "($self, /, *groups)",
            group,
            "The text of one group, by number or name, or a tuple of those of several; group 0 is the whole match."
        ),
        method!(
            "start",
            "($self, group=0, /)",
            start,
            "Where a group begins; -1 if it did not take part."
        ),
        method!(
            "end",
            "($self, group=0, /)",
            end,
            "Where a group ends; -1 if it did not take part."
        ),
        method!(
            "span",
            "($self, group=0, /)",
            span,
            "Where a group begins and ends."
        ),
        method!(
            "groups",
            "($self, /, default=None)",
            groups,
            "The texts of all groups, with default for those that did not take part."
        ),
        method!(
            "groupdict",
            "($self, /, default=None)",
            groupdict,
            "The texts of the named groups by name, with default for those that did not take part."
        ),
        method!(
            "expand",
            "($self, /, template)",
            expand,
            "A template, as sub takes one, filled in with the groups."
        ),
        method!("__copy__", "($self, /)", copy, "The match itself."),
        method!(
            "__deepcopy__",
            "($self, memo, /)",
            deepcopy,
            "The match itself."
        ),
        class_method!(
            "__class_getitem__",
            "($type, object, /)",
            generic_alias::class_getitem,
            "The generic alias Match[object]."
        ),
    ],
    getset: &[
        GetSet {
            name: "string",
            doc: "The string that was looked at.",
            get: |_, this| Ok(receiver(this).string.clone()),
            set: None,
        },
        GetSet {
            name: "re",
            doc: "The pattern.",
            get: |_, this| Ok(receiver(this).pattern.clone().into_any()),
            set: None,
        },
        GetSet {
            name: "pos",
            doc: "Where the search began.",
            get: |vm, this| vm.new_int_from_usize(receiver(this).pos),
            set: None,
        },
        GetSet {
            name: "endpos",
            doc: "Where the string was said to end.",
            get: |vm, this| vm.new_int_from_usize(receiver(this).endpos),
            set: None,
        },
        GetSet {
            name: "lastindex",
            doc: "The number of the group that was closed last, or None.",
            get: |vm, this| match receiver(this).lastindex {
                0 => Ok(vm.none()),
                index => vm.new_int(index.into()),
            },
            set: None,
        },
        GetSet {
            name: "lastgroup",
            doc: "The name of the group that was closed last, or None.",
            get: |vm, this| {
                let this = receiver(this);
                Ok(match this.lastindex {
                    0 => vm.none(),
                    index => this.pattern.group_name(vm, index as usize),
                })
            },
            set: None,
        },
        GetSet {
            name: "regs",
            doc: "The spans of the whole match and of all groups.",
            get: |vm, this| Ok(receiver(this).regs(vm)?.into_any()),
            set: None,
        },
    ],
    ..TypeDef::new("re.Match")
};

fn receiver(this: &PyRef) -> &Ref<PyMatch> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

impl PyMatch {
    /// What a matcher has just found.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn of(
        vm: &Vm,
        pattern: &Ref<PyPattern>,
        string: &PyRef,
        bounds: Bounds,
        whole: Range<usize>,
        matcher: &Matcher,
    ) -> PyResult<Ref<PyMatch>> {
        let groups = (0..pattern.groups()).map(|group| {
            let span = matcher.group(group);
            span.map_or(Span::NONE, |(start, end)| Span { start, end })
        });
        vm.new_object(PyMatch {
            string: string.clone(),
            pattern: pattern.clone(),
            regs: Slot::empty(),
            whole: Span {
                start: whole.start,
                end: whole.end,
            },
            groups: HeapVec::from_elements(vm.heap(), groups)?,
            pos: bounds.start,
            endpos: bounds.end,
            lastindex: u32::try_from(matcher.last_group()).unwrap_or(0),
        })
    }

    /// The number of groups.
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// The span of a group (0: the whole match), if it took part.
    fn span_of(&self, group: usize) -> Option<Span> {
        match group.checked_sub(1) {
            None => Some(self.whole),
            Some(index) => Some(self.groups[index]).filter(|span| span.start != NOWHERE),
        }
    }

    /// The text of a group (0: the whole match); `None`: it did not take part.
    ///
    /// # Errors
    /// What the string raises if it does not lend its bytes any more; `OutOfMemory`.
    pub fn text_of(&self, vm: &mut Vm, group: usize) -> PyResult<Option<PyRef>> {
        let Some(span) = self.span_of(group) else {
            return Ok(None);
        };
        let subject = Subject::of(vm, &self.string)?;
        subject.slice(vm, span.start, span.end).map(Some)
    }

    fn group_by(&self, vm: &mut Vm, key: &PyRef) -> PyResult {
        let group = self.index_of(vm, key)?;
        Ok(self.text_of(vm, group)?.unwrap_or_else(|| vm.none()))
    }

    /// The number of a group that is given by number or name.
    fn index_of(&self, vm: &mut Vm, key: &PyRef) -> PyResult<usize> {
        let index = if key.is_a::<PyInt>() || vm.type_of(key).slots(vm).index.is_some() {
            Some(vm.index_isize_clamped(key)?)
        } else {
            let number = self.pattern.groupindex().clone().get_item(vm, key)?;
            let number = number.and_then(|number| exuvia_vm::types::int::int_i64(&number));
            number.and_then(|number| isize::try_from(number).ok())
        };
        index
            .and_then(|index| usize::try_from(index).ok())
            .filter(|&index| index <= self.groups.len())
            .ok_or_else(|| no_such_group(vm))
    }

    fn regs(&self, vm: &Vm) -> PyResult<Ref<PyTuple>> {
        if let Some(regs) = self.regs.get() {
            return Ok(regs);
        }
        let spans = (0..=self.groups.len()).map(|group| pair(vm, self.span_of(group)));
        let regs = vm.new_tuple_from_vec(spans.collect::<PyResult<_>>()?)?;
        self.regs.set(Some(regs.clone()));
        Ok(regs)
    }
}

/// The error for a group that the pattern does not have.
pub fn no_such_group(vm: &Vm) -> PyErr {
    vm.index_error("no such group")
}

/// A position as Python sees it; -1: none.
fn position(vm: &Vm, position: Option<usize>) -> PyResult {
    match position {
        Some(position) => vm.new_int_from_usize(position),
        None => vm.new_int(-1),
    }
}

fn pair(vm: &Vm, span: Option<Span>) -> PyResult {
    let start = position(vm, span.map(|span| span.start))?;
    let end = position(vm, span.map(|span| span.end))?;
    Ok(vm.new_tuple(&[start, end])?.into_any())
}

fn group(vm: &mut Vm, this: Ref<PyMatch>, keys: Rest) -> PyResult {
    match keys.0.as_slice() {
        [] => Ok(this.text_of(vm, 0)?.unwrap_or_else(|| vm.none())),
        [key] => this.group_by(vm, key),
        keys => {
            let texts = keys.iter().map(|key| this.group_by(vm, key));
            let texts = texts.collect::<PyResult<_>>()?;
            Ok(vm.new_tuple_from_vec(texts)?.into_any())
        }
    }
}

fn span_by(vm: &mut Vm, this: &PyMatch, key: Option<PyRef>) -> PyResult<Option<Span>> {
    let group = match key {
        Some(key) => this.index_of(vm, &key)?,
        None => 0,
    };
    Ok(this.span_of(group))
}

fn start(vm: &mut Vm, this: Ref<PyMatch>, key: Option<PyRef>) -> PyResult {
    let span = span_by(vm, &this, key)?;
    position(vm, span.map(|span| span.start))
}

fn end(vm: &mut Vm, this: Ref<PyMatch>, key: Option<PyRef>) -> PyResult {
    let span = span_by(vm, &this, key)?;
    position(vm, span.map(|span| span.end))
}

fn span(vm: &mut Vm, this: Ref<PyMatch>, key: Option<PyRef>) -> PyResult {
    let span = span_by(vm, &this, key)?;
    pair(vm, span)
}

fn groups(vm: &mut Vm, this: Ref<PyMatch>, default: Option<PyRef>) -> PyResult {
    let default = default.unwrap_or_else(|| vm.none());
    let mut texts = Vec::with_capacity(this.groups.len());
    for group in 1..=this.groups.len() {
        texts.push(this.text_of(vm, group)?.unwrap_or_else(|| default.clone()));
    }
    Ok(vm.new_tuple_from_vec(texts)?.into_any())
}

fn groupdict(vm: &mut Vm, this: Ref<PyMatch>, default: Option<PyRef>) -> PyResult {
    let default = default.unwrap_or_else(|| vm.none());
    let texts = vm.new_dict()?;
    for (name, _) in this.pattern.groupindex().to_vec(vm) {
        let group = this.index_of(vm, &name)?;
        let text = this.text_of(vm, group)?.unwrap_or_else(|| default.clone());
        texts.set_item(vm, &name, text)?;
    }
    Ok(texts.into_any())
}

fn expand(vm: &mut Vm, this: Ref<PyMatch>, template: PyRef) -> PyResult {
    let pattern = this.pattern.clone();
    let template = replace::compile_template(vm, &pattern, &template)?;
    template.expand(vm, &this)
}

fn copy(_: &mut Vm, this: Ref<PyMatch>) -> Ref<PyMatch> {
    this
}

fn deepcopy(_: &mut Vm, this: Ref<PyMatch>, _memo: PyRef) -> Ref<PyMatch> {
    this
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let this = receiver(this).clone();
    let text = this.text_of(vm, 0)?.unwrap_or_else(|| vm.none());
    let text = vm.repr(&text)?;
    let Span { start, end } = this.whole;
    let mut shown = exuvia_vm::types::str::builder::StrBuilder::new();
    shown.push_str(
        vm,
        &format!("<re.Match object; span=({start}, {end}), match="),
    )?;
    shown.push(vm, &text)?;
    shown.push_str(vm, ">")?;
    Ok(shown.finish(vm)?.into_any())
}
