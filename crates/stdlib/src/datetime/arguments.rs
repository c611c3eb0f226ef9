//! Arguments as these types take them, and the checks that their parts share.

use super::calendar::{self, Date, YEAR_MAX, YEAR_MIN};
use super::clock::Clock;
use super::tzinfo::TZINFO;
use exuvia_vm::table::{ArgInfo, FromArg};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::int::int_i64;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Ref, Vm};

/// A whole number of 32 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Int(pub(super) i32);

impl FromArg for Int {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let value = match arg.and_then(int_i64) {
            Some(value) => value,
            None => {
                let arg = PyRef::from_arg(vm, arg, info)?;
                let Some(value) = vm.index(&arg)?.to_i64() else {
                    return Err(vm.overflow_error("Python int too large to convert to C long"));
                };
                value
            }
        };
        i32::try_from(value).map(Self).map_err(|_| {
            vm.overflow_error(match value < 0 {
                true => "signed integer is less than minimum",
                false => "signed integer is greater than maximum",
            })
        })
    }
}

/// The number given, or another.
pub(super) fn or(given: Option<Int>, other: i32) -> i32 {
    given.map_or(other, |given| given.0)
}

/// `None`, or an instance of `tzinfo`.
#[derive(Clone, Debug)]
pub(super) struct Zone(pub(super) Option<PyRef>);

impl Zone {
    /// Checks an object.
    pub(super) fn of(vm: &Vm, object: &PyRef) -> PyResult<Self> {
        if vm.is_none(object) {
            Ok(Self(None))
        } else if vm.is_instance_of_def(object, &TZINFO) {
            Ok(Self(Some(object.clone())))
        } else {
            let found = vm.type_name(object);
            Err(vm.type_error(format!(
                "tzinfo argument must be None or of a tzinfo subclass, not type '{found}'"
            )))
        }
    }

    /// The zone given, or another if none was.
    pub(super) fn or(given: Option<Self>, other: Option<&PyRef>) -> Option<PyRef> {
        given.map_or_else(|| other.cloned(), |zone| zone.0)
    }
}

impl FromArg for Zone {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let arg = PyRef::from_arg(vm, arg, info)?;
        Self::of(vm, &arg)
    }
}

/// A string.
#[derive(Clone, Debug)]
pub(super) struct Text(pub(super) Ref<PyStr>);

impl FromArg for Text {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let arg = PyRef::from_arg(vm, arg, info)?;
        match arg.downcast_ref::<PyStr>() {
            Some(text) => Ok(Self(text.clone())),
            None => {
                let (name, found) = (info.method.name, type_or_none(vm, &arg));
                Err(vm.type_error(format!(
                    "{name}() argument {} must be str, not {found}",
                    info.index
                )))
            }
        }
    }
}

/// The name of an object's type for error messages, in which `None` stands for itself.
pub(super) fn type_or_none(vm: &Vm, object: &PyRef) -> String {
    match vm.is_none(object) {
        true => "None".to_owned(),
        false => vm.type_name(object),
    }
}

/// The only argument of `fromisoformat`.
#[derive(Clone, Debug)]
pub(super) struct IsoText(pub(super) Ref<PyStr>);

impl FromArg for IsoText {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let arg = PyRef::from_arg(vm, arg, info)?;
        match arg.downcast_ref::<PyStr>() {
            Some(text) => Ok(Self(text.clone())),
            None => Err(vm.type_error("fromisoformat: argument must be str")),
        }
    }
}

/// A day from its parts.
///
/// # Errors
/// `ValueError` for a part that is out of range.
pub(super) fn date(vm: &Vm, year: i32, month: i32, day: i32) -> PyResult<Date> {
    if let Some(date) = Date::new(year, month, day) {
        return Ok(date);
    }
    Err(vm.value_error(if !(YEAR_MIN..=YEAR_MAX).contains(&year) {
        year_message(year.into())
    } else if !(1..=12).contains(&month) {
        format!("month must be in 1..12, not {month}")
    } else {
        let last = calendar::days_of_month(year, month);
        format!("day {day} must be in range 1..{last} for month {month} in year {year}")
    }))
}

/// What is said of a year that dates cannot have.
pub(super) fn year_message(year: i64) -> String {
    format!("year must be in {YEAR_MIN}..{YEAR_MAX}, not {year}")
}

/// The error for moments that lie before the first or behind the last year of dates.
#[cold]
pub(super) fn date_out_of_range(vm: &Vm) -> PyErr {
    vm.overflow_error("date value out of range")
}

/// A time of day from its parts: hour, minute, second, microsecond; and its fold.
///
/// # Errors
/// `ValueError` for a part that is out of range.
pub(super) fn clock(vm: &Vm, parts: [i32; 4], fold: i32) -> PyResult<Clock> {
    let [hour, minute, second, microsecond] = parts;
    let Some(clock) = Clock::new(hour, minute, second, microsecond) else {
        let parts = [
            ("hour", hour, 23),
            ("minute", minute, 59),
            ("second", second, 59),
            ("microsecond", microsecond, 999_999),
        ];
        let wrong = parts
            .iter()
            .find(|(_, value, most)| !(0..=*most).contains(value));
        let (name, value, most) = wrong.unwrap_or(&parts[0]);
        return Err(vm.value_error(format!("{name} must be in 0..{most}, not {value}")));
    };
    match fold {
        0 | 1 => Ok(clock.with_fold(fold == 1)),
        _ => Err(vm.value_error(format!("fold must be either 0 or 1, not {fold}"))),
    }
}

/// The parameters of a constructor.
pub(super) struct Parameters {
    pub(super) names: &'static [&'static str],
    /// How many of them must be given.
    pub(super) required: usize,
    /// How many of them may be given by position.
    pub(super) positional: usize,
}

impl Parameters {
    /// Refuses a call that gives too many arguments, not those that are needed, or some that nobody knows.
    ///
    /// # Errors
    /// `TypeError`.
    pub(super) fn check(&self, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        if args.names.is_empty() && (self.required..=self.positional).contains(&args.values.len()) {
            return Ok(());
        }
        self.complaint(vm, args)
            .map_or(Ok(()), |message| Err(vm.type_error(message)))
    }

    fn complaint(&self, vm: &Vm, args: Args<'_>) -> Option<String> {
        let (given, all) = (args.positionals().len(), args.values.len());
        let most = self.names.len();
        if all > most {
            let keyword = if given == 0 { "keyword " } else { "" };
            return Some(format!(
                "function takes at most {most} {keyword}arguments ({all} given)"
            ));
        }
        if given > self.positional {
            let most = self.positional;
            return Some(format!(
                "function takes at most {most} positional arguments ({given} given)"
            ));
        }
        let named: Vec<&PyStr> = args
            .names
            .iter()
            .filter_map(|name| name.downcast_ref::<PyStr>().map(|name| &**name))
            .collect();
        for (index, parameter) in self.names.iter().enumerate() {
            let is_named = named.iter().any(|name| name.equals(parameter));
            let position = index + 1;
            if is_named && index < given {
                return Some(format!(
                    "argument for function given by name ('{parameter}') and position ({position})"
                ));
            }
            if !is_named && index >= given && index < self.required {
                // The first of them are whole numbers, which are looked at before what is not there.
                let is_number = |arg: &&PyRef| vm.type_of(*arg).slots(vm).index.is_some();
                let wrong = args.positionals().iter().find(|arg| !is_number(arg));
                return Some(match wrong {
                    Some(wrong) => format!(
                        "'{}' object cannot be interpreted as an integer",
                        vm.type_name(wrong)
                    ),
                    None => {
                        format!("function missing required argument '{parameter}' (pos {position})")
                    }
                });
            }
        }
        let is_known = |name: &&&PyStr| self.names.iter().any(|known| name.equals(known));
        let unknown = named.iter().find(|name| !is_known(name))?;
        Some(format!(
            "this function got an unexpected keyword argument '{}'",
            unknown.to_text()
        ))
    }
}

/// What a constructor is given when an object is unpickled: packed fields, and perhaps a zone.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) bytes: Vec<u8>,
    pub(super) zone: Option<PyRef>,
}

/// The arguments of a constructor, if they are a state of `len` bytes with a byte for which `is_sane` holds at `index`.
///
/// Strings stand for bytes in pickles that Python 2 wrote.
///
/// # Errors
/// `ValueError` if such a string has characters that are no bytes; `TypeError` for a zone that is none.
pub(super) fn state(
    vm: &Vm,
    args: Args<'_>,
    what: &str,
    len: usize,
    (index, is_sane): (usize, fn(u8) -> bool),
) -> PyResult<Option<State>> {
    let (first, zone) = match args.positionals() {
        [first] => (first, None),
        [first, zone] => (first, Some(zone)),
        _ => return Ok(None),
    };
    let bytes = if let Some(bytes) = first.downcast_ref::<PyBytes>() {
        bytes.to_vec()
    } else if let Some(text) = first
        .downcast_ref::<PyStr>()
        .filter(|text| text.len() == len)
    {
        if !is_sane(u8::try_from(text.char_at(index)).unwrap_or(u8::MAX)) {
            return Ok(None);
        }
        let bytes: Result<Vec<u8>, _> = text.code_points().map(u8::try_from).collect();
        bytes.map_err(|_| {
            vm.value_error(format!(
                "Failed to encode latin1 string when unpickling a {what} object. pickle.load(data, \
                 encoding='latin1') is assumed."
            ))
        })?
    } else {
        return Ok(None);
    };
    if bytes.len() != len || !is_sane(bytes[index]) {
        return Ok(None);
    }
    let zone = match zone.map(|zone| Zone::of(vm, zone)).transpose() {
        Ok(zone) => zone.and_then(|zone| zone.0),
        Err(_) => return Err(vm.type_error("bad tzinfo state arg")),
    };
    Ok(Some(State { bytes, zone }))
}

/// Whether a byte of a state can be a month; its highest bit is the fold.
pub(super) fn is_month(byte: u8) -> bool {
    (1..=12).contains(&(byte & 0x7F))
}
