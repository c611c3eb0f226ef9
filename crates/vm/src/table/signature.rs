//! Text signatures (`($self, index, object=None, /, *, key)`): what is known at compile time, and binding.

use crate::args::KwArgs;
use crate::table::Method;
use crate::types::str::PyStr;
use crate::{Args, PyRef, PyResult, Ref, Vm};

/// What a signature says about plain positional calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The fewest positional arguments, the receiver included.
    pub required: u8,
    /// The most positional arguments, the receiver included.
    pub positional: u8,
    /// Whether positional arguments alone can be handed over as they are: no keyword is required.
    pub is_plain: bool,
    /// Whether there may be more positional arguments than that: there is a `*args`.
    pub takes_rest: bool,
}

impl Shape {
    /// Reads a signature at compile time. A first parameter `$self` or `$type` counts; `$module` does not.
    pub const fn of(signature: &str) -> Self {
        let text = signature.as_bytes();
        let mut shape = Self {
            required: 0,
            positional: 0,
            is_plain: true,
            takes_rest: false,
        };
        let mut index = 1;
        let mut keyword_only = false;
        while index < text.len() && text[index] != b')' {
            let start = index;
            let mut depth = 0;
            let mut has_default = false;
            while index < text.len()
                && !(depth == 0 && (text[index] == b',' || text[index] == b')'))
            {
                match text[index] {
                    b'(' | b'[' | b'{' => depth += 1,
                    b')' | b']' | b'}' => depth -= 1,
                    b'=' => has_default = true,
                    _ => {}
                }
                index += 1;
            }
            match text[start] {
                b'/' => {}
                b'*' => {
                    keyword_only = true;
                    // `*args`; a lone star has no name behind it, `**kwargs` another star.
                    if index > start + 1 && text[start + 1] != b'*' {
                        shape.takes_rest = true;
                    }
                }
                b'$' if text[start + 1] == b'm' => {}
                _ if keyword_only => {
                    if !has_default {
                        shape.is_plain = false;
                    }
                }
                _ => {
                    shape.positional += 1;
                    if !has_default {
                        shape.required += 1;
                    }
                }
            }
            // Skip the comma and the blank behind it.
            if index < text.len() && text[index] == b',' {
                index += 1;
            }
            while index < text.len() && text[index] == b' ' {
                index += 1;
            }
        }
        shape
    }

    /// Whether so many positional arguments, and nothing else, can be handed over as they are.
    #[inline]
    pub(crate) fn fits(&self, count: usize) -> bool {
        self.is_plain
            && count >= usize::from(self.required)
            && (count <= usize::from(self.positional) || self.takes_rest)
    }
}

/// How a parameter may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// By position only.
    PositionalOnly,
    /// By position or by name.
    Either,
    /// `*args`
    VarPositional,
    /// By name only.
    KeywordOnly,
    /// `**kwargs`
    VarKeyword,
}

/// One parameter of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name without stars or `$`.
    pub name: &'static str,
    /// How it may be given.
    pub kind: ParameterKind,
    /// Whether it may be left out.
    pub has_default: bool,
}

/// The parameters of a signature, in order, the receiver included.
pub fn parameters(signature: &'static str) -> Vec<Parameter> {
    let inside = signature
        .trim_start_matches('(')
        .strip_suffix(')')
        .unwrap_or(signature);
    let parts = split_top_level(inside);
    let slash = parts.iter().position(|part| *part == "/");
    let mut keyword_only = false;
    let mut found = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let (name, default) = match part.split_once('=') {
            Some((name, default)) => (name.trim(), Some(default)),
            None => (*part, None),
        };
        let kind = match name {
            "" | "/" | "$module" => continue,
            "*" => {
                keyword_only = true;
                continue;
            }
            _ if name.starts_with("**") => ParameterKind::VarKeyword,
            _ if name.starts_with('*') => {
                keyword_only = true;
                ParameterKind::VarPositional
            }
            _ if keyword_only => ParameterKind::KeywordOnly,
            _ if slash.is_some_and(|slash| index < slash) || name.starts_with('$') => {
                ParameterKind::PositionalOnly
            }
            _ => ParameterKind::Either,
        };
        found.push(Parameter {
            name: name.trim_start_matches(['*', '$']),
            kind,
            has_default: default.is_some(),
        });
    }
    found
}

fn split_top_level(text: &'static str) -> Vec<&'static str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                parts.push(text[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// Arguments sorted to their parameters.
#[derive(Debug, Default)]
pub struct Sorted {
    /// One per parameter that is not starred, in order of declaration.
    pub values: Vec<Option<PyRef>>,
    /// What `*args` takes.
    pub rest: Vec<PyRef>,
    /// What `**kwargs` takes.
    pub keywords: KwArgs,
}

/// Sorts the arguments of a call to the parameters of a native function.
///
/// # Errors
/// `TypeError` with CPython's texts: too many, missing, unexpected, given twice.
pub fn bind(vm: &mut Vm, args: Args<'_>, method: &'static Method) -> PyResult<Sorted> {
    let all = parameters(method.signature);
    let named: Vec<Parameter> = all
        .iter()
        .copied()
        .filter(|p| {
            !matches!(
                p.kind,
                ParameterKind::VarPositional | ParameterKind::VarKeyword
            )
        })
        .collect();
    let takes_any_name = all
        .iter()
        .any(|parameter| parameter.kind == ParameterKind::VarKeyword);
    let positional_max = named
        .iter()
        .filter(|p| {
            matches!(
                p.kind,
                ParameterKind::PositionalOnly | ParameterKind::Either
            )
        })
        .count();
    let given = args.positionals();
    check_counts(vm, args, method, &all, positional_max)?;
    let mut sorted = Sorted {
        values: vec![None; named.len()],
        ..Sorted::default()
    };
    for (slot, value) in sorted
        .values
        .iter_mut()
        .zip(given.iter().take(positional_max))
    {
        *slot = Some(value.clone());
    }
    sorted.rest = given.iter().skip(positional_max).cloned().collect();
    for (name, value) in args.keywords() {
        bind_keyword(vm, method, &named, takes_any_name, &mut sorted, name, value)?;
    }
    for (index, parameter) in named.iter().enumerate() {
        if sorted.values[index].is_none() && !parameter.has_default {
            return Err(missing(vm, method, *parameter, index));
        }
    }
    Ok(sorted)
}

fn bind_keyword(
    vm: &mut Vm,
    method: &'static Method,
    named: &[Parameter],
    takes_any: bool,
    sorted: &mut Sorted,
    name: &PyRef,
    value: &PyRef,
) -> PyResult<()> {
    let Some(name) = name.downcast_ref::<PyStr>() else {
        return Err(vm.type_error("keywords must be strings"));
    };
    let text = name.to_text();
    let found = named
        .iter()
        .position(|p| p.kind != ParameterKind::PositionalOnly && p.name == text);
    match found {
        Some(index) if sorted.values[index].is_some() => Err(vm.type_error(format!(
            "argument for {}() given by name ('{text}') and position ({})",
            method.name,
            index + usize::from(method.shape_has_no_receiver())
        ))),
        Some(index) => {
            sorted.values[index] = Some(value.clone());
            Ok(())
        }
        None if takes_any => {
            sorted.keywords.push((Ref::clone(name), value.clone()));
            Ok(())
        }
        None if !named
            .iter()
            .any(|p| matches!(p.kind, ParameterKind::Either | ParameterKind::KeywordOnly)) =>
        {
            Err(vm.type_error(format!(
                "{}() takes no keyword arguments",
                method.qualified_hint()
            )))
        }
        None => Err(vm.type_error(format!(
            "{}() got an unexpected keyword argument '{text}'",
            method.name
        ))),
    }
}

/// Refuses arguments by their number, in CPython's words, which depend on whether a parameter can be named.
fn check_counts(
    vm: &Vm,
    args: Args<'_>,
    method: &'static Method,
    all: &[Parameter],
    positional_max: usize,
) -> PyResult<()> {
    let takes = |kind| all.iter().any(|parameter| parameter.kind == kind);
    let (takes_rest, takes_any_name) = (
        takes(ParameterKind::VarPositional),
        takes(ParameterKind::VarKeyword),
    );
    let given = args.positionals().len();
    let least = all
        .iter()
        .filter(|p| p.kind == ParameterKind::PositionalOnly && !p.has_default)
        .count();
    if !takes(ParameterKind::Either) && !takes(ParameterKind::KeywordOnly) {
        let is_wrong = given < least || given > positional_max && !takes_rest;
        return if is_wrong && args.names.is_empty() {
            Err(wrong_count(vm, method, given))
        } else {
            Ok(())
        };
    }
    let receiver = usize::from(!method.shape_has_no_receiver());
    let (given, most, least) = (
        given.saturating_sub(receiver),
        positional_max - receiver,
        least.saturating_sub(receiver),
    );
    let total = all.len() - receiver;
    let all_given = given + args.names.len();
    let name = method.name;
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    let message = if all_given > total && !takes_rest && !takes_any_name {
        let keyword = if given == 0 { "keyword " } else { "" };
        format!(
            "{name}() takes at most {total} {keyword}argument{} ({all_given} given)",
            plural(total)
        )
    } else if given > most && !takes_rest && most == 0 {
        format!("{name}() takes no positional arguments")
    } else if given > most && !takes_rest {
        let words = if usize::from(method.shape.required) - receiver < most {
            "at most"
        } else {
            "exactly"
        };
        format!(
            "{name}() takes {words} {most} positional argument{} ({given} given)",
            plural(most)
        )
    } else if given < least {
        let words = if least < most { "at least" } else { "exactly" };
        format!(
            "{name}() takes {words} {least} positional argument{} ({given} given)",
            plural(least)
        )
    } else {
        return Ok(());
    };
    Err(vm.type_error(message))
}

#[cold]
fn missing(vm: &Vm, method: &'static Method, parameter: Parameter, index: usize) -> crate::PyErr {
    vm.type_error(format!(
        "{}() missing required argument '{}' (pos {})",
        method.name,
        parameter.name,
        index + usize::from(method.shape_has_no_receiver())
    ))
}

/// The `TypeError` for a wrong number of positional arguments, in CPython's words.
#[cold]
pub fn wrong_count(vm: &Vm, method: &'static Method, given: usize) -> crate::PyErr {
    let receiver = usize::from(!method.shape_has_no_receiver());
    let given = given.saturating_sub(receiver);
    let (required, most) = (
        usize::from(method.shape.required) - receiver.min(method.shape.required.into()),
        usize::from(method.shape.positional) - receiver,
    );
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    let name = method.qualified_hint();
    let message = if most == 0 {
        format!("{name}() takes no arguments ({given} given)")
    } else if required == most && most == 1 {
        format!("{name}() takes exactly one argument ({given} given)")
    } else if required == most {
        format!(
            "{} expected {required} argument{}, got {given}",
            method.name,
            plural(required)
        )
    } else if given < required {
        format!(
            "{} expected at least {required} argument{}, got {given}",
            method.name,
            plural(required)
        )
    } else {
        format!(
            "{} expected at most {most} argument{}, got {given}",
            method.name,
            plural(most)
        )
    };
    vm.type_error(message)
}

impl Method {
    /// Whether the signature does not start with `$self` or `$type`.
    pub(crate) fn shape_has_no_receiver(&self) -> bool {
        !self.signature.starts_with("($self") && !self.signature.starts_with("($type")
    }

    /// The name as error messages give it.
    pub(crate) fn qualified_hint(&self) -> &'static str {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_counts_required_and_optional_parameters() {
        let plain = |required, positional| Shape {
            required,
            positional,
            is_plain: true,
            takes_rest: false,
        };
        let shape = |text| Shape::of(text);
        assert_eq!(shape("($self, object, /)"), plain(2, 2));
        assert_eq!(shape("($module, a, b=(1, 2), /)"), plain(1, 2));
        assert_eq!(shape("($self, /, *, key=None)"), plain(1, 1));
        assert_eq!(shape("($self, /, **kwargs)"), plain(1, 1));
        assert_eq!(shape("()"), plain(0, 0));
    }

    #[test]
    fn positional_arguments_alone_fit_unless_a_keyword_is_required() {
        let fits = |text, count| Shape::of(text).fits(count);
        assert!(fits("(*args, sep=' ')", 0));
        assert!(fits("(*args, sep=' ')", 9));
        assert!(!fits("(first, *args)", 0));
        assert!(!fits("(*args, key)", 1));
        assert!(fits("($self, /, **kwargs)", 1));
        assert!(!fits("($self, /, **kwargs)", 2));
    }
}
