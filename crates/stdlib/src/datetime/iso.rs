//! Reading the formats of ISO 8601: dates by month or by week, times to any precision, offsets of UTC.

use super::arguments;
use super::calendar::{Date, WeekDate, YEAR_MAX, YEAR_MIN};
use super::clock::{Clock, MICROSECONDS, Moment};
use super::date::of_ordinal;
use super::{timedelta, timezone};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};

/// A time as it was read, with parts that may be out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Time {
    /// Hour, minute, second, microsecond.
    parts: [i32; 4],
    /// Microseconds ahead of UTC.
    offset: Option<i64>,
}

/// The characters of a text, with one that is in no format for all that are not ASCII.
fn ascii(text: &PyStr) -> Vec<u8> {
    let byte = |character| u8::try_from(character).ok().filter(u8::is_ascii);
    text.code_points()
        .map(|character| byte(character).unwrap_or(u8::MAX))
        .collect()
}

#[cold]
fn invalid(vm: &mut Vm, text: &Ref<PyStr>) -> PyErr {
    match vm.repr(text.as_any()) {
        Err(error) => error,
        Ok(shown) => vm.value_error(format!("Invalid isoformat string: {}", shown.to_text())),
    }
}

/// The day that a text tells.
///
/// # Errors
/// `ValueError`.
pub(super) fn date(vm: &mut Vm, text: &Ref<PyStr>) -> PyResult<Date> {
    match read_date(&ascii(text)) {
        Some(day) => day.check(vm, text),
        None => Err(invalid(vm, text)),
    }
}

/// The time that a text tells, and its zone.
///
/// # Errors
/// `ValueError`.
pub(super) fn time(vm: &mut Vm, text: &Ref<PyStr>) -> PyResult<(Clock, Option<PyRef>)> {
    let characters = ascii(text);
    let characters = characters.strip_prefix(b"T").unwrap_or(&characters);
    let Some(time) = read_time(characters) else {
        return Err(invalid(vm, text));
    };
    let zone = zone(vm, time.offset)?;
    Ok((time.check(vm)?.0, zone))
}

/// The datetime that a text tells, and its zone.
///
/// # Errors
/// `ValueError`.
pub(super) fn datetime(vm: &mut Vm, text: &Ref<PyStr>) -> PyResult<(Moment, Option<PyRef>)> {
    let characters = ascii(text);
    let Some((day, time)) = split(&characters).and_then(|(day, time)| {
        let time = match time {
            None => Time::MIDNIGHT,
            Some(time) => read_time(time)?,
        };
        Some((read_date(day)?, time))
    }) else {
        return Err(invalid(vm, text));
    };
    let zone = zone(vm, time.offset)?;
    let mut date = day.check(vm, text)?;
    let (clock, is_next_day) = time.check(vm)?;
    if is_next_day {
        date = of_ordinal(vm, date.ordinal() + 1)?;
    }
    Ok((Moment::new(date, clock), zone))
}

/// The zone with an offset in microseconds.
fn zone(vm: &mut Vm, offset: Option<i64>) -> PyResult<Option<PyRef>> {
    let Some(offset) = offset else {
        return Ok(None);
    };
    let offset = timedelta::of_microseconds(vm, offset.into())?;
    timezone::of_offset(vm, offset, None).map(Some)
}

/// A day as it was read, which need not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    /// Year, month, day.
    Civil(i32, i32, i32),
    Week(WeekDate),
}

impl Day {
    fn check(self, vm: &mut Vm, text: &Ref<PyStr>) -> PyResult<Date> {
        match self {
            Self::Civil(year, month, day) => arguments::date(vm, year, month, day),
            Self::Week(day) => {
                let exists = (YEAR_MIN..=YEAR_MAX).contains(&day.year)
                    && day.has_week()
                    && (1..=7).contains(&day.weekday);
                match exists {
                    true => of_ordinal(vm, day.ordinal()),
                    false => Err(invalid(vm, text)),
                }
            }
        }
    }
}

impl Time {
    const MIDNIGHT: Self = Self {
        parts: [0; 4],
        offset: None,
    };

    /// The time of day, and whether it is that of the next day: 24:00 is.
    fn check(self, vm: &Vm) -> PyResult<(Clock, bool)> {
        match self.parts {
            [24, 0, 0, 0] => Ok((Clock::MIDNIGHT, true)),
            [24, ..] => {
                Err(vm.value_error("minute, second, and microsecond must be 0 when hour is 24"))
            }
            parts => Ok((arguments::clock(vm, parts, 0)?, false)),
        }
    }
}

/// The number that some digits tell; `None` if there are others among them, or not so many.
fn number(text: &[u8], range: std::ops::Range<usize>) -> Option<i32> {
    let digits = text.get(range)?;
    digits.iter().try_fold(0, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + i32::from(digit - b'0'))
    })
}

/// `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www`, `YYYYWww`, `YYYY-Www-D` or `YYYYWwwD`.
fn read_date(text: &[u8]) -> Option<Day> {
    if !matches!(text.len(), 7 | 8 | 10) {
        return None;
    }
    let year = number(text, 0..4)?;
    let dash = usize::from(text[4] == b'-');
    let rest = &text[4 + dash..];
    let starts_with_dash = |text: &[u8]| usize::from(text.first() == Some(&b'-'));
    if let Some(rest) = rest.strip_prefix(b"W") {
        let week = number(rest, 0..2)?;
        let weekday = match &rest[2..] {
            [] => 1,
            rest if starts_with_dash(rest) == dash && rest.len() == dash + 1 => {
                number(rest, dash..dash + 1)?
            }
            _ => return None,
        };
        return Some(Day::Week(WeekDate {
            year,
            week,
            weekday,
        }));
    }
    let month = number(rest, 0..2)?;
    let rest = &rest[2..];
    let fits = starts_with_dash(rest) == dash && rest.len() == dash + 2;
    fits.then_some(())?;
    Some(Day::Civil(year, month, number(rest, dash..dash + 2)?))
}

/// Parts date and time, between which any one character stands.
///
/// The date's own form tells how long it is. Digits behind a week may be its day or, with a separator that is a digit or a
/// dash, already the hour; what makes the time's digits come out even is taken.
fn split(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let end = match text.get(4..)? {
        _ if text.len() < 7 => return None,
        _ if text.len() == 7 => 7,
        [b'-', b'W', ..] => match text.get(8) {
            Some(b'-') if text.len() == 9 => return None,
            Some(b'-') if !text.get(10).is_some_and(u8::is_ascii_digit) => 10,
            _ => 8,
        },
        [b'-', ..] => 10,
        [b'W', ..] => {
            let digits = text[7..].iter().take_while(|byte| byte.is_ascii_digit());
            match 7 + digits.count() {
                end @ ..9 => end,
                end if end % 2 == 0 => 7,
                _ => 8,
            }
        }
        _ => 8,
    };
    match text.len() > end {
        true => Some((&text[..end], Some(&text[end + 1..]))),
        false => Some((text, None)),
    }
}

/// A time and perhaps an offset.
fn read_time(text: &[u8]) -> Option<Time> {
    let zone = text
        .iter()
        .position(|byte| matches!(byte, b'+' | b'-' | b'Z'));
    let (time, zone) = text.split_at(zone.unwrap_or(text.len()));
    let offset = match zone {
        [] => None,
        [b'Z'] => Some(0),
        [b'Z', ..] => return None,
        [sign, zone @ ..] => {
            let [hours, minutes, seconds, microseconds] = read_parts(zone)?.map(i64::from);
            let seconds = (hours * 60 + minutes) * 60 + seconds;
            let offset = seconds * MICROSECONDS + microseconds;
            Some(if *sign == b'-' { -offset } else { offset })
        }
    };
    let parts = read_parts(time)?;
    Some(Time { parts, offset })
}

/// `HH`, `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f…`, all of them without the colons too. Digits behind the sixth are left out.
fn read_parts(text: &[u8]) -> Option<[i32; 4]> {
    let mut parts = [number(text, 0..2)?, 0, 0, 0];
    let colon = usize::from(text.get(2) == Some(&b':'));
    let mut at = 2;
    for part in &mut parts[1..3] {
        if at == text.len() {
            return Some(parts);
        }
        if colon == 1 && text[at] != b':' {
            return None;
        }
        at += colon;
        *part = number(text, at..at + 2)?;
        at += 2;
    }
    match text.get(at..)? {
        [] => {}
        [b'.' | b',', digits @ ..] if !digits.is_empty() => {
            number_of_digits(digits)?;
            let digits = digits.iter().map(|digit| i32::from(digit - b'0'));
            let six = digits.chain(std::iter::repeat(0)).take(6);
            parts[3] = six.fold(0, |value, digit| value * 10 + digit);
        }
        _ => return None,
    }
    Some(parts)
}

/// How many digits a text is; `None` if it has something else in it.
fn number_of_digits(text: &[u8]) -> Option<usize> {
    text.iter().all(u8::is_ascii_digit).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_told_by_month_or_by_week() {
        let civil = Some(Day::Civil(2020, 2, 29));
        assert_eq!(read_date(b"2020-02-29"), civil);
        assert_eq!(read_date(b"20200229"), civil);
        let week = |weekday| {
            Some(Day::Week(WeekDate {
                year: 2020,
                week: 9,
                weekday,
            }))
        };
        assert_eq!(read_date(b"2020-W09-6"), week(6));
        assert_eq!(read_date(b"2020W096"), week(6));
        assert_eq!(read_date(b"2020-W09"), week(1));
        assert_eq!(read_date(b"2020W09"), week(1));
        for wrong in [
            "2020-0229",
            "202002-29",
            "2020-W096",
            "2020W09-6",
            "2020-02-2x",
            "2020",
        ] {
            assert_eq!(read_date(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn colons_stand_between_all_parts_of_a_time_or_none() {
        assert_eq!(read_parts(b"12"), Some([12, 0, 0, 0]));
        assert_eq!(read_parts(b"12:34:56.7"), Some([12, 34, 56, 700_000]));
        assert_eq!(read_parts(b"123456,12345678"), Some([12, 34, 56, 123_456]));
        for wrong in [
            "", "1", "12:", "12:3456", "1234:56", "12:34.5", "123456.", "123456.x",
        ] {
            assert_eq!(read_parts(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn digits_behind_a_week_are_its_day_if_that_makes_the_time_even() {
        let split = |text: &'static str| {
            let (date, time) = split(text.as_bytes()).expect("it has a date");
            (date.len(), time.map(<[u8]>::len))
        };
        assert_eq!(split("2020W0961234"), (7, Some(4)));
        assert_eq!(split("2020W096T1234"), (8, Some(4)));
        assert_eq!(split("2020-W09-12:30"), (8, Some(5)));
        assert_eq!(split("2020-W09-6T12:30"), (10, Some(5)));
        assert_eq!(split("2020-02-29"), (10, None));
    }
}
