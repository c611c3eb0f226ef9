//! How the arguments of a call find the parameters of a Python function.

use crate::args::Args;
use crate::types::code::{PyCode, flags};
use crate::types::dict::PyDict;
use crate::types::function::PyFunction;
use crate::types::str::PyStr;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};

/// Puts the values of a function's parameters into its fast locals, all of them empty until now.
///
/// # Errors
/// `TypeError` with CPython's texts if the arguments do not fit; `OutOfMemory`.
pub(crate) fn bind(
    vm: &mut Vm,
    func: &Ref<PyFunction>,
    code: &Ref<PyCode>,
    args: Args<'_>,
    locals: &mut [Option<PyRef>],
) -> PyResult<()> {
    let binder = Binder::new(func, code);
    let positional = args.positionals();
    let values = &mut locals[..binder.total];
    for (slot, value) in values
        .iter_mut()
        .zip(positional.iter().take(binder.positional))
    {
        *slot = Some(value.clone());
    }
    binder.bind_rest(vm, positional, values)?;
    binder.bind_keywords(vm, args, values)?;
    if positional.len() > binder.positional && !binder.takes_rest {
        return Err(binder.too_many(vm, positional.len(), values));
    }
    binder.fill_defaults(vm, positional.len(), values)?;
    binder.fill_keyword_defaults(vm, values)
}

struct Binder<'a> {
    func: &'a Ref<PyFunction>,
    code: &'a Ref<PyCode>,
    positional: usize,
    /// Positional and keyword-only parameters together.
    named: usize,
    takes_rest: bool,
    takes_keywords: bool,
    total: usize,
}

impl<'a> Binder<'a> {
    fn new(func: &'a Ref<PyFunction>, code: &'a Ref<PyCode>) -> Self {
        let positional = code.arg_count as usize;
        let named = positional + code.kwonly_count as usize;
        let takes_rest = code.flags & flags::VARARGS != 0;
        let takes_keywords = code.flags & flags::VARKEYWORDS != 0;
        let total = named + usize::from(takes_rest) + usize::from(takes_keywords);
        Self {
            func,
            code,
            positional,
            named,
            takes_rest,
            takes_keywords,
            total,
        }
    }

    fn name(&self) -> String {
        self.func
            .qualname
            .get()
            .map(|name| name.to_text().into_owned())
            .unwrap_or_default()
    }

    fn parameter(&self, index: usize) -> String {
        self.code.local_name(index).to_text().into_owned()
    }

    fn bind_rest(
        &self,
        vm: &mut Vm,
        positional: &[PyRef],
        values: &mut [Option<PyRef>],
    ) -> PyResult<()> {
        if self.takes_rest {
            let rest = vm.new_tuple(positional.get(self.positional..).unwrap_or_default())?;
            values[self.named] = Some(rest.into_any());
        }
        Ok(())
    }

    fn bind_keywords(
        &self,
        vm: &mut Vm,
        args: Args<'_>,
        values: &mut [Option<PyRef>],
    ) -> PyResult<()> {
        let keywords = if self.takes_keywords {
            let dict = vm.new_dict()?;
            values[self.total - 1] = Some(dict.clone().into_any());
            Some(dict)
        } else {
            None
        };
        for (name, value) in args.keywords() {
            let Some(name) = name.downcast_ref::<PyStr>() else {
                return Err(vm.type_error(format!("{}() keywords must be strings", self.name())));
            };
            self.bind_keyword(vm, args, keywords.as_ref(), name, value, values)?;
        }
        Ok(())
    }

    fn bind_keyword(
        &self,
        vm: &mut Vm,
        args: Args<'_>,
        keywords: Option<&Ref<PyDict>>,
        name: &Ref<PyStr>,
        value: &PyRef,
        values: &mut [Option<PyRef>],
    ) -> PyResult<()> {
        let matches = |index: &usize| {
            let known = self.code.local_name(*index);
            known.is(name) || known.same_text(name)
        };
        let found = (self.code.posonly_count as usize..self.named).find(matches);
        match (found, keywords) {
            (Some(index), _) if values[index].is_some() => Err(vm.type_error(format!(
                "{}() got multiple values for argument '{}'",
                self.name(),
                name.to_text()
            ))),
            (Some(index), _) => {
                values[index] = Some(value.clone());
                Ok(())
            }
            (None, Some(keywords)) => keywords.set_item(vm, name.as_any(), value.clone()),
            (None, None) => Err(self.unexpected(vm, args, name)),
        }
    }

    #[cold]
    fn unexpected(&self, vm: &mut Vm, args: Args<'_>, name: &Ref<PyStr>) -> PyErr {
        let posonly: Vec<String> = (0..self.code.posonly_count as usize)
            .map(|index| self.parameter(index))
            .collect();
        let given: Vec<String> = args
            .keywords()
            .filter_map(|(name, _)| {
                name.downcast_ref::<PyStr>()
                    .map(|name| name.to_text().into_owned())
            })
            .filter(|name| posonly.contains(name))
            .collect();
        if !given.is_empty() {
            return vm.type_error(format!(
                "{}() got some positional-only arguments passed as keyword arguments: '{}'",
                self.name(),
                given.join(", ")
            ));
        }
        let text = name.to_text();
        let known =
            (self.code.posonly_count as usize..self.named).map(|index| self.parameter(index));
        let hint = closest(&text, known)
            .map(|near| format!(". Did you mean '{near}'?"))
            .unwrap_or_default();
        vm.type_error(format!(
            "{}() got an unexpected keyword argument '{text}'{hint}",
            self.name()
        ))
    }

    #[cold]
    fn too_many(&self, vm: &mut Vm, given: usize, values: &[Option<PyRef>]) -> PyErr {
        let defaults = self
            .func
            .defaults
            .get()
            .map_or(0, |defaults| defaults.len());
        let keyword_given = values[self.positional..self.named].iter().flatten().count();
        let (signature, plural) = if defaults > 0 {
            (
                format!("from {} to {}", self.positional - defaults, self.positional),
                true,
            )
        } else {
            (self.positional.to_string(), self.positional != 1)
        };
        let keyword_text = if keyword_given > 0 {
            format!(
                " positional argument{} (and {keyword_given} keyword-only argument{})",
                if given == 1 { "" } else { "s" },
                if keyword_given == 1 { "" } else { "s" }
            )
        } else {
            String::new()
        };
        vm.type_error(format!(
            "{}() takes {signature} positional argument{} but {given}{keyword_text} {} given",
            self.name(),
            if plural { "s" } else { "" },
            if given == 1 && keyword_given == 0 {
                "was"
            } else {
                "were"
            }
        ))
    }

    fn fill_defaults(
        &self,
        vm: &mut Vm,
        given: usize,
        values: &mut [Option<PyRef>],
    ) -> PyResult<()> {
        if given >= self.positional {
            return Ok(());
        }
        let defaults = self.func.defaults.get();
        let count = defaults.as_ref().map_or(0, |defaults| defaults.len());
        let first = self.positional.saturating_sub(count);
        let missing: Vec<usize> = (given..first)
            .filter(|&index| values[index].is_none())
            .collect();
        if !missing.is_empty() {
            return Err(self.missing(vm, "positional", &missing));
        }
        if let Some(defaults) = defaults {
            let offset = count.saturating_sub(self.positional);
            for index in first.max(given)..self.positional {
                if values[index].is_none() {
                    values[index] = Some(defaults[index - first + offset].clone());
                }
            }
        }
        Ok(())
    }

    fn fill_keyword_defaults(&self, vm: &mut Vm, values: &mut [Option<PyRef>]) -> PyResult<()> {
        let defaults = self.func.kwdefaults.get();
        let mut missing = Vec::new();
        let keyword_only = values[..self.named]
            .iter_mut()
            .enumerate()
            .skip(self.positional);
        for (index, value) in keyword_only.filter(|(_, value)| value.is_none()) {
            *value = defaults
                .as_ref()
                .and_then(|defaults| defaults.get_str(vm, self.code.local_name(index)));
            if value.is_none() {
                missing.push(index);
            }
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(self.missing(vm, "keyword-only", &missing))
        }
    }

    #[cold]
    fn missing(&self, vm: &mut Vm, kind: &str, missing: &[usize]) -> PyErr {
        let names: Vec<String> = missing
            .iter()
            .map(|&index| format!("'{}'", self.parameter(index)))
            .collect();
        let list = match names.as_slice() {
            [one] => one.clone(),
            [first, second] => format!("{first} and {second}"),
            [start @ .., last] => format!("{}, and {last}", start.join(", ")),
            [] => String::new(),
        };
        vm.type_error(format!(
            "{}() missing {} required {kind} argument{}: {list}",
            self.name(),
            missing.len(),
            if missing.len() == 1 { "" } else { "s" }
        ))
    }
}

/// The known name that is most like a misspelt one, if any is like it.
pub(crate) fn closest(text: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let limit = (text.chars().count() + 3) / 3 * 2;
    known
        .map(|name| (edit_distance(text, &name), name))
        .filter(|(distance, name)| {
            *distance > 0 && *distance <= limit.min((name.len() + text.len() + 3) / 6 * 2)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The number of edits between two words, times two; a change of case counts one (Levenshtein 1966).
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).map(|n| n * 2).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) * 2;
        for (j, &y) in b.iter().enumerate() {
            let cost = match () {
                () if x == y => 0,
                () if x.eq_ignore_ascii_case(&y) => 1,
                () => 2,
            };
            let best = (diagonal + cost).min(row[j] + 2).min(row[j + 1] + 2);
            diagonal = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.len()]
}
