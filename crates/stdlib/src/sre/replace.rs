//! `sub` and what it puts in: templates, whose text the library parses (`re._compile_template`).

use super::match_::{PyMatch, no_such_group};
use super::pattern::{Bounds, Matches, PyPattern, is_plain_text};
use super::subject::Subject;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Slots, TypeDef, TypeFlags};
use exuvia_vm::types::exception::TYPE_ERROR;
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::str::builder::StrBuilder;
use exuvia_vm::{HeapVec, PyRef, PyResult, Ref, Traverse, Vm};

/// A group and the text behind it.
#[derive(Debug, Traverse)]
struct Piece {
    group: usize,
    literal: Option<PyRef>,
}

/// A parsed template: text, then groups with the text behind each.
#[derive(Debug, Traverse)]
pub struct PyTemplate {
    literal: PyRef,
    pieces: HeapVec<Piece>,
}

impl PyPayload for PyTemplate {
    const DEF: &'static TypeDef = &TEMPLATE;
}

/// `_sre.SRE_Template`
pub static TEMPLATE: TypeDef = TypeDef {
    doc: "A replacement with places for groups.",
    class: Some(Class::of::<PyTemplate>),
    flags: TypeFlags::NO_NEW.or(TypeFlags::IMMUTABLE),
    slots: Slots {
        owned_bytes: Some(|_, this| {
            this.downcast_ref::<PyTemplate>()
                .map_or(0, |template| template.pieces.buffer_bytes())
        }),
        ..Slots::EMPTY
    },
    ..TypeDef::new("_sre.SRE_Template")
};

/// `_sre.template`: a template from a list of text, group number, text …
///
/// # Errors
/// `TypeError` if the list is not such; `IndexError` for a negative group.
pub fn template(vm: &mut Vm, _pattern: PyRef, list: Ref<PyList>) -> PyResult<Ref<PyTemplate>> {
    let items = list.to_vec(vm);
    let [literal, rest @ ..] = items.as_slice() else {
        return Err(vm.type_error("invalid template"));
    };
    if rest.len() % 2 != 0 {
        return Err(vm.type_error("invalid template"));
    }
    let mut pieces = HeapVec::with_capacity(vm.heap(), rest.len() / 2)?;
    for pair in rest.chunks_exact(2) {
        let group = exuvia_vm::types::int::int_i64(&pair[0]);
        let Some(group) = group else {
            return Err(vm.type_error("invalid template"));
        };
        let group = usize::try_from(group).map_err(|_| vm.type_error("invalid template"))?;
        let literal = match vm.len(&pair[1])? {
            0 => None,
            _ => Some(pair[1].clone()),
        };
        pieces.push(vm.heap(), Piece { group, literal })?;
    }
    vm.new_object(PyTemplate {
        literal: literal.clone(),
        pieces,
    })
}

/// Parses a template, with the library's cache of templates.
///
/// # Errors
/// What the library raises: `re.error` for a template that is wrong.
pub fn compile_template(
    vm: &mut Vm,
    pattern: &Ref<PyPattern>,
    template: &PyRef,
) -> PyResult<Ref<PyTemplate>> {
    let library = vm.import("re")?;
    let compile = vm.get_attr_str(&library, "_compile_template")?;
    let pattern = pattern.clone().into_any();
    let mut made = vm.call_positional(&compile, &[pattern.clone(), template.clone()]);
    // What lends its bytes need not be hashable, and the cache wants a key.
    if let Err(error) = &made
        && error.is(vm, &TYPE_ERROR)
        && !template.is_a::<PyStr>()
        && let Some(buffer) = vm.try_buffer(template)?
    {
        let bytes = buffer.to_bytes(vm).into_owned();
        let bytes = vm.new_bytes(&bytes)?.into_any();
        made = vm.call_positional(&compile, &[pattern, bytes]);
    }
    let made = made?;
    let name = vm.type_name(&made);
    made.downcast::<PyTemplate>().map_err(|_| {
        vm.type_error(format!(
            "the result of compiling a replacement string is {name}, not _sre.SRE_Template"
        ))
    })
}

impl PyTemplate {
    /// The template filled in with the groups of a match.
    ///
    /// # Errors
    /// `IndexError` for a group that the match does not have; `TypeError` for text of the other kind.
    pub fn expand(&self, vm: &mut Vm, found: &Ref<PyMatch>) -> PyResult {
        let whole = found.text_of(vm, 0)?.unwrap_or_else(|| vm.none());
        let mut joined = Joined::new(&whole);
        joined.push(vm, &self.literal)?;
        for piece in self.pieces.iter() {
            if piece.group > found.group_count() {
                return Err(no_such_group(vm));
            }
            if let Some(text) = found.text_of(vm, piece.group)? {
                joined.push(vm, &text)?;
            }
            if let Some(literal) = &piece.literal {
                joined.push(vm, literal)?;
            }
        }
        joined.finish(vm)
    }
}

/// Text that is being put together: a string or bytes.
#[derive(Debug)]
enum Joined {
    Str(StrBuilder, usize),
    Bytes(HeapVec<u8>, usize),
}

impl Joined {
    /// Nothing yet, of the kind of `example`.
    fn new(example: &PyRef) -> Self {
        if example.is_a::<PyStr>() {
            Self::Str(StrBuilder::new(), 0)
        } else {
            Self::Bytes(HeapVec::new(), 0)
        }
    }

    /// Adds text, which must be of the right kind.
    fn push(&mut self, vm: &mut Vm, text: &PyRef) -> PyResult<()> {
        match self {
            Self::Str(joined, count) => {
                let Some(text) = text.downcast_ref::<PyStr>() else {
                    let name = vm.type_name(text);
                    return Err(vm.type_error(format!(
                        "sequence item {count}: expected str instance, {name} found"
                    )));
                };
                *count += 1;
                joined.push(vm, text)
            }
            Self::Bytes(joined, count) => {
                let Some(buffer) = vm.try_buffer(text)? else {
                    let name = vm.type_name(text);
                    return Err(vm.type_error(format!(
                        "sequence item {count}: expected a bytes-like object, {name} found"
                    )));
                };
                *count += 1;
                Ok(joined.extend_from_copies(vm.heap(), &buffer.to_bytes(vm))?)
            }
        }
    }

    /// Adds a part of the subject.
    fn push_part(
        &mut self,
        vm: &mut Vm,
        subject: &Subject,
        start: usize,
        end: usize,
    ) -> PyResult<()> {
        if start == end {
            return Ok(());
        }
        match self {
            Self::Str(joined, count) if end - start < subject.char_count() => {
                *count += 1;
                subject.with_units(vm, |units| joined.push_units(vm, units.slice(start, end)))
            }
            _ => {
                let part = subject.slice(vm, start, end)?;
                self.push(vm, &part)
            }
        }
    }

    fn finish(self, vm: &Vm) -> PyResult {
        match self {
            Self::Str(joined, _) => Ok(joined.finish(vm)?.into_any()),
            Self::Bytes(joined, _) => Ok(vm.new_bytes(&joined)?.into_any()),
        }
    }
}

/// What is put in the place of a match.
enum Replacement {
    /// Always the same text.
    Literal(PyRef),
    Template(Ref<PyTemplate>),
    /// What a function makes of the match.
    Function(PyRef),
}

impl Replacement {
    fn of(vm: &mut Vm, pattern: &Ref<PyPattern>, repl: &PyRef) -> PyResult<Self> {
        if vm.callable(repl) {
            return Ok(Self::Function(repl.clone()));
        }
        if is_plain_text(repl) {
            return Ok(Self::Literal(repl.clone()));
        }
        let template = compile_template(vm, pattern, repl)?;
        if template.pieces.is_empty() {
            return Ok(Self::Literal(template.literal.clone()));
        }
        Ok(Self::Template(template))
    }

    /// The text for a match; `None`: none.
    fn text_for(
        &self,
        vm: &mut Vm,
        found: impl FnOnce(&Vm) -> PyResult<Ref<PyMatch>>,
    ) -> PyResult<Option<PyRef>> {
        let text = match self {
            Self::Literal(text) => text.clone(),
            Self::Template(template) => {
                let found = found(vm)?;
                template.expand(vm, &found)?
            }
            Self::Function(function) => {
                let found = found(vm)?.into_any();
                vm.call_positional(function, &[found])?
            }
        };
        Ok((!vm.is_none(&text)).then_some(text))
    }
}

/// The string with matches replaced, and the number of replacements.
fn replaced(
    vm: &mut Vm,
    pattern: &Ref<PyPattern>,
    repl: &PyRef,
    string: &PyRef,
    most: isize,
) -> PyResult<(PyRef, isize)> {
    let replacement = Replacement::of(vm, pattern, repl)?;
    let subject = Subject::for_pattern(vm, pattern, string)?;
    let bounds = Bounds::within(subject.char_count(), None, None);
    let mut matches = Matches::new(vm, pattern, &subject, bounds)?;
    let example = subject.slice(vm, 0, 0)?;
    let mut joined = Joined::new(&example);
    let (mut count, mut last) = (0, 0);
    while most == 0 || count < most {
        let Some(whole) = matches.next(vm)? else {
            break;
        };
        joined.push_part(vm, &subject, last, whole.start)?;
        last = whole.end;
        let matcher = &matches.matcher;
        let text = replacement.text_for(vm, |vm| {
            PyMatch::of(vm, pattern, string, bounds, whole, matcher)
        })?;
        if let Some(text) = text {
            joined.push(vm, &text)?;
        }
        count += 1;
    }
    joined.push_part(vm, &subject, last, subject.char_count())?;
    Ok((joined.finish(vm)?, count))
}

/// `Pattern.sub`
///
/// # Errors
/// `TypeError` for texts of different kinds; what the function or the template raises.
pub fn sub(
    vm: &mut Vm,
    pattern: Ref<PyPattern>,
    repl: PyRef,
    string: PyRef,
    count: Option<isize>,
) -> PyResult {
    let (text, _) = replaced(vm, &pattern, &repl, &string, count.unwrap_or(0))?;
    Ok(text)
}

/// `Pattern.subn`
///
/// # Errors
/// As [`sub`].
pub fn subn(
    vm: &mut Vm,
    pattern: Ref<PyPattern>,
    repl: PyRef,
    string: PyRef,
    count: Option<isize>,
) -> PyResult {
    let (text, count) = replaced(vm, &pattern, &repl, &string, count.unwrap_or(0))?;
    let count = vm.new_int(count as i64)?;
    Ok(vm.new_tuple(&[text, count])?.into_any())
}
