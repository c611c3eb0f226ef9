//! `re.Pattern`: a compiled pattern, and what can be asked of it.

use super::code::flag;
use super::match_::{self, PyMatch};
use super::matcher::Matcher;
use super::replace;
use super::scanner;
use super::search::{self, Mode};
use super::subject::Subject;
use super::verify;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{CompareOp, GetSet, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::types::{generic_alias, mapping_proxy};
use exuvia_vm::{HeapVec, PyRef, PyResult, Ref, Traverse, Vm, class_method, method};
use std::ops::Range;

/// What a pattern can be applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Strings and bytes: `_sre.compile` was given no pattern text.
    Any,
    /// Strings.
    Str,
    /// Bytes.
    Bytes,
}

/// A compiled pattern.
#[derive(Debug, Traverse)]
pub struct PyPattern {
    /// The text it was made from.
    pattern: PyRef,
    /// The numbers of named groups.
    groupindex: Ref<PyDict>,
    /// The names of groups by number, or None.
    indexgroup: Ref<PyTuple>,
    code: HeapVec<u32>,
    flags: u32,
    groups: u32,
    #[traverse(skip)]
    text_kind: TextKind,
}

impl PyPayload for PyPattern {
    const DEF: &'static TypeDef = &PATTERN;
}

const SEARCH_DOC: &str = "The first match in the string, or None.";

/// `re.Pattern`
pub static PATTERN: TypeDef = TypeDef {
    doc: "A compiled regular expression.",
    class: Some(Class::of::<PyPattern>),
    flags: TypeFlags::WEAKREF
        .or(TypeFlags::NO_NEW)
        .or(TypeFlags::IMMUTABLE),
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        owned_bytes: Some(|_, this| pattern(this).code.buffer_bytes()),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "match",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            match_at_start,
            "The match at the beginning of the string, or None."
        ),
        method!(
            "fullmatch",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            full_match,
            "The match of the whole string, or None."
        ),
        method!(
            "search",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            search_first,
            SEARCH_DOC
        ),
        method!(
            "sub",
            "($self, /, repl, string, count=0)",
            replace::sub,
            "The string with matches, all or the first count of them, replaced."
        ),
        method!(
            "subn",
            "($self, /, repl, string, count=0)",
            replace::subn,
            "As sub, together with the number of replacements."
        ),
        method!(
            "findall",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            findall,
            "A list of all matches: of their text, of their only group, or of tuples of their groups."
        ),
        method!(
            "split",
            "($self, /, string, maxsplit=0)",
            split,
            "A list of what lies between the matches, and of the groups of the matches."
        ),
        method!(
            "finditer",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            scanner::finditer,
            "An iterator over all matches."
        ),
        method!(
            "scanner",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            scanner::new,
            "What goes through a string match by match."
        ),
        method!("__copy__", "($self, /)", copy, "The pattern itself."),
        method!(
            "__deepcopy__",
            "($self, memo, /)",
            deepcopy,
            "The pattern itself."
        ),
        class_method!(
            "__class_getitem__",
            "($type, object, /)",
            generic_alias::class_getitem,
            "The generic alias Pattern[object]."
        ),
    ],
    getset: &[
        GetSet {
            name: "pattern",
            doc: "The text that the pattern was made from.",
            get: |_, this| Ok(pattern(this).pattern.clone()),
            set: None,
        },
        GetSet {
            name: "flags",
            doc: "The flags that the pattern was made with, and those it has in its text.",
            get: |vm, this| vm.new_int(pattern(this).flags.into()),
            set: None,
        },
        GetSet {
            name: "groups",
            doc: "The number of groups.",
            get: |vm, this| vm.new_int(pattern(this).groups.into()),
            set: None,
        },
        GetSet {
            name: "groupindex",
            doc: "The numbers of the named groups.",
            get: |vm, this| {
                let names = pattern(this).groupindex.clone().into_any();
                Ok(mapping_proxy::new(vm, names)?.into_any())
            },
            set: None,
        },
    ],
    ..TypeDef::new("re.Pattern")
};

fn pattern(this: &PyRef) -> &Ref<PyPattern> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// `_sre.compile`: makes a pattern of what the library's compiler has made of its text.
///
/// # Errors
/// `TypeError` or `OverflowError` for arguments that cannot be; `RuntimeError` for instructions that lead astray.
pub fn compile(
    vm: &mut Vm,
    pattern: PyRef,
    flags: i32,
    code: PyRef,
    groups: usize,
    groupindex: Ref<PyDict>,
    indexgroup: Ref<PyTuple>,
) -> PyResult<Ref<PyPattern>> {
    let text_kind = if vm.is_none(&pattern) {
        TextKind::Any
    } else if Subject::of(vm, &pattern)?.is_bytes() {
        TextKind::Bytes
    } else {
        TextKind::Str
    };
    let code = instructions(vm, &code)?;
    let groups = u32::try_from(groups).ok();
    let groups = groups.filter(|&groups| verify::verify(&code, groups).is_ok());
    let Some(groups) = groups else {
        return Err(vm.runtime_error("invalid SRE code"));
    };
    vm.new_object(PyPattern {
        pattern,
        groupindex,
        indexgroup,
        code,
        flags: flags.cast_unsigned(),
        groups,
        text_kind,
    })
}

/// The words of a list of numbers.
fn instructions(vm: &mut Vm, list: &PyRef) -> PyResult<HeapVec<u32>> {
    let Some(list) = list.downcast_ref::<exuvia_vm::types::list::PyList>() else {
        let name = vm.type_name(list);
        return Err(vm.type_error(format!(
            "compile() argument 'code' must be list, not {name}"
        )));
    };
    let mut code = HeapVec::with_capacity(vm.heap(), list.len(vm))?;
    for word in list.to_vec(vm) {
        let word = vm.index(&word)?;
        let Some(word) = word.to_i64().and_then(|word| u32::try_from(word).ok()) else {
            return Err(vm.overflow_error("regular expression code size limit exceeded"));
        };
        code.push(vm.heap(), word)?;
    }
    Ok(code)
}

impl PyPattern {
    /// What the pattern can be applied to.
    pub fn text_kind(&self) -> TextKind {
        self.text_kind
    }

    /// The number of groups.
    pub fn groups(&self) -> usize {
        self.groups as usize
    }

    /// The numbers of named groups.
    pub fn groupindex(&self) -> &Ref<PyDict> {
        &self.groupindex
    }

    /// The name of a group (from 1), or None.
    pub fn group_name(&self, vm: &Vm, group: usize) -> PyRef {
        self.indexgroup
            .get(group)
            .cloned()
            .unwrap_or_else(|| vm.none())
    }

    /// What is needed to apply the pattern.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn matcher(&self, vm: &Vm) -> PyResult<Matcher> {
        Ok(Matcher::new(vm.heap(), self.groups())?)
    }

    /// Applies the pattern to the part of a text before `end`, from `start` on.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn apply(
        &self,
        vm: &Vm,
        matcher: &mut Matcher,
        subject: &Subject,
        mode: Mode,
        bounds: Bounds,
        is_advancing: bool,
    ) -> PyResult<Option<Range<usize>>> {
        Ok(subject.with_units(vm, |units| {
            let text = units.slice(0, bounds.end);
            search::apply(
                matcher,
                vm.heap(),
                &self.code,
                text,
                mode,
                bounds.start,
                is_advancing,
            )
        })?)
    }
}

/// Which part of a text is looked at: it begins at `start` (though what lies before can be looked back at) and ends
/// before `end`.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Where matches may begin.
    pub start: usize,
    /// Where the text is said to end.
    pub end: usize,
}

impl Bounds {
    /// The arguments `pos` and `endpos`, moved into the text.
    pub fn within(len: usize, pos: Option<isize>, endpos: Option<isize>) -> Self {
        let clamp = |index: isize| usize::try_from(index).unwrap_or(0).min(len);
        Self {
            start: clamp(pos.unwrap_or(0)),
            end: clamp(endpos.unwrap_or(isize::MAX)),
        }
    }
}

fn match_once(
    vm: &mut Vm,
    this: &Ref<PyPattern>,
    string: &PyRef,
    pos: Option<isize>,
    endpos: Option<isize>,
    mode: Mode,
) -> PyResult {
    let subject = Subject::for_pattern(vm, this, string)?;
    let bounds = Bounds::within(subject.char_count(), pos, endpos);
    let mut matcher = this.matcher(vm)?;
    match this.apply(vm, &mut matcher, &subject, mode, bounds, false)? {
        Some(whole) => {
            Ok(PyMatch::of(vm, this, subject.object(), bounds, whole, &matcher)?.into_any())
        }
        None => Ok(vm.none()),
    }
}

fn match_at_start(
    vm: &mut Vm,
    this: Ref<PyPattern>,
    string: PyRef,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> PyResult {
    match_once(vm, &this, &string, pos, endpos, Mode::Match)
}

fn full_match(
    vm: &mut Vm,
    this: Ref<PyPattern>,
    string: PyRef,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> PyResult {
    match_once(vm, &this, &string, pos, endpos, Mode::FullMatch)
}

fn search_first(
    vm: &mut Vm,
    this: Ref<PyPattern>,
    string: PyRef,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> PyResult {
    match_once(vm, &this, &string, pos, endpos, Mode::Search)
}

/// All matches of a pattern in a text, one after the other.
#[derive(Debug)]
pub struct Matches<'a> {
    pattern: &'a PyPattern,
    subject: &'a Subject,
    bounds: Bounds,
    is_advancing: bool,
    /// What the last match was.
    pub matcher: Matcher,
}

impl<'a> Matches<'a> {
    /// The matches within bounds.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new(
        vm: &Vm,
        pattern: &'a PyPattern,
        subject: &'a Subject,
        bounds: Bounds,
    ) -> PyResult<Self> {
        Ok(Self {
            pattern,
            subject,
            bounds,
            is_advancing: false,
            matcher: pattern.matcher(vm)?,
        })
    }

    /// The next match.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn next(&mut self, vm: &Vm) -> PyResult<Option<Range<usize>>> {
        let found = self.pattern.apply(
            vm,
            &mut self.matcher,
            self.subject,
            Mode::Search,
            self.bounds,
            self.is_advancing,
        )?;
        if let Some(whole) = &found {
            self.is_advancing = whole.is_empty();
            self.bounds.start = whole.end;
        }
        Ok(found)
    }

    /// The text of a group (from 0) of the last match; `None`: it did not take part.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn group(&self, vm: &Vm, group: usize) -> PyResult<Option<PyRef>> {
        let span = self.matcher.group(group);
        span.map(|(start, end)| self.subject.slice(vm, start, end))
            .transpose()
    }
}

fn findall(
    vm: &mut Vm,
    this: Ref<PyPattern>,
    string: PyRef,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> PyResult {
    let subject = Subject::for_pattern(vm, &this, &string)?;
    let bounds = Bounds::within(subject.char_count(), pos, endpos);
    let mut matches = Matches::new(vm, &this, &subject, bounds)?;
    let mut found = HeapVec::new();
    while let Some(whole) = matches.next(vm)? {
        let item = match this.groups() {
            0 => subject.slice(vm, whole.start, whole.end)?,
            1 => group_or_empty(vm, &matches, 0)?,
            count => {
                let groups = (0..count).map(|group| group_or_empty(vm, &matches, group));
                vm.new_tuple_from_vec(groups.collect::<PyResult<_>>()?)?
                    .into_any()
            }
        };
        found.push(vm.heap(), item)?;
    }
    Ok(vm.new_list_from_heap_vec(found)?.into_any())
}

fn group_or_empty(vm: &Vm, matches: &Matches<'_>, group: usize) -> PyResult {
    match matches.group(vm, group)? {
        Some(text) => Ok(text),
        None => matches.subject.slice(vm, 0, 0),
    }
}

fn split(vm: &mut Vm, this: Ref<PyPattern>, string: PyRef, maxsplit: Option<isize>) -> PyResult {
    let most = maxsplit.unwrap_or(0);
    let subject = Subject::for_pattern(vm, &this, &string)?;
    let bounds = Bounds::within(subject.char_count(), None, None);
    let mut matches = Matches::new(vm, &this, &subject, bounds)?;
    let mut parts = HeapVec::new();
    let (mut count, mut last) = (0, 0);
    while most == 0 || count < most {
        let Some(whole) = matches.next(vm)? else {
            break;
        };
        parts.push(vm.heap(), subject.slice(vm, last, whole.start)?)?;
        for group in 0..this.groups() {
            let text = matches.group(vm, group)?.unwrap_or_else(|| vm.none());
            parts.push(vm.heap(), text)?;
        }
        count += 1;
        last = whole.end;
    }
    parts.push(vm.heap(), subject.slice(vm, last, subject.char_count())?)?;
    Ok(vm.new_list_from_heap_vec(parts)?.into_any())
}

fn copy(_: &mut Vm, this: Ref<PyPattern>) -> Ref<PyPattern> {
    this
}

fn deepcopy(_: &mut Vm, this: Ref<PyPattern>, _memo: PyRef) -> Ref<PyPattern> {
    this
}

// -------------------------------------------------------------------------------- repr, hash, ==

static FLAG_NAMES: &[(u32, &str)] = &[
    (flag::IGNORECASE, "re.IGNORECASE"),
    (flag::LOCALE, "re.LOCALE"),
    (flag::MULTILINE, "re.MULTILINE"),
    (flag::DOTALL, "re.DOTALL"),
    (flag::UNICODE, "re.UNICODE"),
    (flag::VERBOSE, "re.VERBOSE"),
    (flag::DEBUG, "re.DEBUG"),
    (flag::ASCII, "re.ASCII"),
];

/// The most characters of the pattern's text that its repr shows.
const SHOWN_MAX: usize = 200;

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let this = pattern(this).clone();
    let text = vm.repr(&this.pattern)?;
    let text = text.slice(vm, 0, text.len().min(SHOWN_MAX))?;
    let mut flags = this.flags;
    // That a pattern for strings is for Unicode goes without saying.
    if this.text_kind == TextKind::Str
        && flags & (flag::LOCALE | flag::UNICODE | flag::ASCII) == flag::UNICODE
    {
        flags &= !flag::UNICODE;
    }
    let mut names: Vec<String> = Vec::new();
    for &(bit, name) in FLAG_NAMES {
        if flags & bit != 0 {
            names.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("0x{flags:x}"));
    }
    let mut shown = exuvia_vm::types::str::builder::StrBuilder::new();
    shown.push_str(vm, "re.compile(")?;
    shown.push(vm, &text)?;
    if !names.is_empty() {
        shown.push_str(vm, ", ")?;
        shown.push_str(vm, &names.join("|"))?;
    }
    shown.push_str(vm, ")")?;
    Ok(shown.finish(vm)?.into_any())
}

fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let this = pattern(this).clone();
    let code = this.code.iter().fold(0_i64, |hash, &word| {
        hash.wrapping_mul(1_000_003) ^ i64::from(word)
    });
    let text = vm.hash(&this.pattern)?;
    Ok(text ^ code ^ i64::from(this.flags) ^ (i64::from(this.groups) << 32))
}

fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    let (left, Some(right)) = (pattern(left), right.downcast_ref::<PyPattern>()) else {
        return Ok(vm.not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(vm.not_implemented());
    }
    let is_equal = left.is(right)
        || (left.flags == right.flags
            && left.text_kind == right.text_kind
            && left.code.as_ref() == right.code.as_ref()
            && vm.equal(&left.pattern.clone(), &right.pattern.clone())?);
    Ok(vm.new_bool(is_equal == (op == CompareOp::Eq)))
}

/// Whether an object is a string or bytes without a backslash: a replacement to be taken as it is.
pub fn is_plain_text(object: &PyRef) -> bool {
    if let Some(text) = object.downcast_ref::<PyStr>() {
        return text
            .code_points()
            .all(|character| character != u32::from(b'\\'));
    }
    object
        .downcast_ref::<PyBytes>()
        .is_some_and(|bytes| !bytes.contains(&b'\\'))
}

/// The types of this folder.
pub static DEFS: &[&TypeDef] = &[
    &PATTERN,
    &match_::MATCH,
    &scanner::SCANNER,
    &replace::TEMPLATE,
];
