//! The local time zone: what `TZ` names, or `/etc/localtime`, in the TZif format (RFC 9636).
//!
//! Behind the last transition of a file its footer holds, a rule in the language of POSIX `TZ`; such a rule may also stand
//! in `TZ` itself. A zone that cannot be found is UTC, as the system's own library has it.

use std::path::{Path, PathBuf};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Where zones lie under their names.
const FOLDER: &str = "/usr/share/zoneinfo";

/// What holds in a zone at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Seconds east of UTC.
    pub offset: i64,
    /// Whether this is summer time.
    pub is_dst: bool,
    /// The zone's abbreviation.
    pub name: String,
}

/// A time zone.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    /// From when on (seconds since 1970) which of the kinds holds.
    transitions: Vec<(i64, usize)>,
    kinds: Vec<Local>,
    /// What holds behind the last transition.
    rule: Option<Rule>,
}

impl Zone {
    /// The zone that a value of `TZ` names; without one, that of the system.
    pub fn named(wanted: Option<&str>) -> Self {
        let found = match wanted {
            None => Self::read(Path::new("/etc/localtime")),
            Some(name) => {
                let name = name.strip_prefix(':').unwrap_or(name);
                let path = PathBuf::from(FOLDER).join(name);
                let is_inside = !name.is_empty() && !name.contains("..");
                let file = is_inside.then(|| Self::read(&path)).flatten();
                file.or_else(|| {
                    Rule::parse(name).map(|rule| Self {
                        rule: Some(rule),
                        ..Self::default()
                    })
                })
            }
        };
        found.unwrap_or_default()
    }

    fn read(path: &Path) -> Option<Self> {
        Self::parse(&std::fs::read(path).ok()?)
    }

    /// Reads a TZif file; the 64-bit part if it has one.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let header = Header::parse(bytes)?;
        if header.version == 0 {
            return header.zone(&bytes[Header::LEN..], 4).map(|(zone, _)| zone);
        }
        let second = bytes.get(Header::LEN + header.body_len(4)..)?;
        let header = Header::parse(second)?;
        let (mut zone, rest) = header.zone(second.get(Header::LEN..)?, 8)?;
        let footer = std::str::from_utf8(rest).ok()?.trim_matches('\n');
        zone.rule = Rule::parse(footer);
        Some(zone)
    }

    /// What holds at a time in seconds since 1970.
    pub fn at(&self, time: i64) -> Local {
        let next = self.transitions.partition_point(|&(from, _)| from <= time);
        let found = match (next, &self.rule) {
            (n, Some(rule)) if n == self.transitions.len() => return rule.at(time),
            (0, _) => self.kinds.iter().find(|kind| !kind.is_dst),
            (n, _) => self.kinds.get(self.transitions[n - 1].1),
        };
        found.cloned().unwrap_or_else(|| Local {
            offset: 0,
            is_dst: false,
            name: "UTC".to_owned(),
        })
    }
}

/// The counts at the head of a TZif block.
struct Header {
    version: u8,
    is_ut: usize,
    is_std: usize,
    leaps: usize,
    times: usize,
    kinds: usize,
    name_bytes: usize,
}

impl Header {
    const LEN: usize = 44;

    fn parse(bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(..Self::LEN)?;
        if !header.starts_with(b"TZif") {
            return None;
        }
        let count = |index: usize| number(&header[20 + 4 * index..24 + 4 * index]) as usize;
        Some(Self {
            version: header[4],
            is_ut: count(0),
            is_std: count(1),
            leaps: count(2),
            times: count(3),
            kinds: count(4),
            name_bytes: count(5),
        })
    }

    /// How many bytes follow the header, with times of `width` bytes.
    fn body_len(&self, width: usize) -> usize {
        self.times * (width + 1)
            + self.kinds * 6
            + self.name_bytes
            + self.leaps * (width + 4)
            + self.is_std
            + self.is_ut
    }

    /// The zone in a block, and what follows it.
    fn zone<'a>(&self, body: &'a [u8], width: usize) -> Option<(Zone, &'a [u8])> {
        let rest = body.get(self.body_len(width)..)?;
        let (times, body) = body.split_at(self.times * width);
        let (indices, body) = body.split_at(self.times);
        let (kinds, body) = body.split_at(self.kinds * 6);
        let names = &body[..self.name_bytes];
        let transitions = times.chunks_exact(width).zip(indices);
        let zone = Zone {
            transitions: transitions
                .map(|(time, &kind)| (number(time), kind.into()))
                .collect(),
            kinds: kinds
                .chunks_exact(6)
                .map(|kind| Local {
                    offset: number(&kind[..4]),
                    is_dst: kind[4] != 0,
                    name: name_at(names, kind[5].into()),
                })
                .collect(),
            rule: None,
        };
        Some((zone, rest))
    }
}

/// A big-endian number with a sign.
fn number(bytes: &[u8]) -> i64 {
    let start = match bytes.first() {
        Some(0x80..) => -1,
        _ => 0,
    };
    bytes
        .iter()
        .fold(start, |value, &byte| value << 8 | i64::from(byte))
}

fn name_at(names: &[u8], at: usize) -> String {
    let rest = names.get(at..).unwrap_or(&[]);
    let len = rest
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(rest.len());
    String::from_utf8_lossy(&rest[..len]).into_owned()
}

/// A rule in the language of POSIX `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
#[derive(Clone, Debug)]
struct Rule {
    standard: Local,
    summer: Option<(Local, Change, Change)>,
}

/// When in a year the clock is changed.
#[derive(Clone, Copy, Debug)]
struct Change {
    day: Day,
    /// Seconds after midnight, of the time that held before.
    time: i64,
}

/// A day of a year.
#[derive(Clone, Copy, Debug)]
enum Day {
    /// From 1 on; 29 February is never counted.
    Julian(i64),
    /// From 0 on.
    Index(i64),
    /// The n-th (5: the last) weekday (0: Sunday) of a month.
    Weekday { month: i64, week: i64, weekday: i64 },
}

impl Rule {
    fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let name = take_name(&mut rest)?;
        let standard = Local {
            offset: -take_time(&mut rest)?,
            is_dst: false,
            name,
        };
        if rest.is_empty() {
            return Some(Self {
                standard,
                summer: None,
            });
        }
        let name = take_name(&mut rest)?;
        let offset = match rest.chars().next() {
            None | Some(',') => standard.offset + 3600,
            Some(_) => -take_time(&mut rest)?,
        };
        let summer = Local {
            offset,
            is_dst: true,
            name,
        };
        // Without days the rule of the United States holds.
        let days = rest.strip_prefix(',').unwrap_or("M3.2.0,M11.1.0");
        let (start, end) = days.split_once(',')?;
        Some(Self {
            standard,
            summer: Some((summer, Change::parse(start)?, Change::parse(end)?)),
        })
    }

    fn at(&self, time: i64) -> Local {
        let Some((summer, start, end)) = &self.summer else {
            return self.standard.clone();
        };
        let year = year_of(time + self.standard.offset);
        let start = start.in_year(year) - self.standard.offset;
        let end = end.in_year(year) - summer.offset;
        let is_summer = if start < end {
            (start..end).contains(&time)
        } else {
            !(end..start).contains(&time)
        };
        if is_summer {
            summer.clone()
        } else {
            self.standard.clone()
        }
    }
}

impl Change {
    fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.split_once('/').unwrap_or((text, "2"));
        let mut time_text = time;
        let time = take_time(&mut time_text)?;
        let day = match day.split_at_checked(1)? {
            ("J", day) => Day::Julian(day.parse().ok()?),
            ("M", day) => {
                let mut parts = day.split('.').map(|part| part.parse::<i64>().ok());
                Day::Weekday {
                    month: parts.next()??,
                    week: parts.next()??,
                    weekday: parts.next()??,
                }
            }
            _ => Day::Index(day.parse().ok()?),
        };
        Some(Self { day, time })
    }

    /// The change in a year, in seconds since 1970 on the clock that held before.
    fn in_year(self, year: i64) -> i64 {
        let first = days_before(year, 1);
        let day = match self.day {
            Day::Julian(day) => first + day - 1 + i64::from(is_leap(year) && day >= 60),
            Day::Index(day) => first + day,
            Day::Weekday {
                month,
                week,
                weekday,
            } => {
                let start = days_before(year, month);
                // 1 January 1970 was a Thursday.
                let ahead = (weekday - (start + 4)).rem_euclid(7);
                let day = start + ahead + 7 * (week - 1);
                let end = days_before(year + month / 12, month % 12 + 1);
                if day >= end { day - 7 } else { day }
            }
        };
        day * DAY + self.time
    }
}

/// Takes a zone's abbreviation: letters, or anything in angle brackets.
fn take_name(rest: &mut &str) -> Option<String> {
    if let Some(quoted) = rest.strip_prefix('<') {
        let (name, behind) = quoted.split_once('>')?;
        *rest = behind;
        return Some(name.to_owned());
    }
    let len = rest
        .find(|letter: char| !letter.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    let (name, behind) = rest.split_at(len);
    *rest = behind;
    (len >= 3).then(|| name.to_owned())
}

/// Takes `[+-]h[h][:mm[:ss]]`, in seconds.
fn take_time(rest: &mut &str) -> Option<i64> {
    let len = rest
        .find(|letter: char| !(letter.is_ascii_digit() || "+-:".contains(letter)))
        .unwrap_or(rest.len());
    let (time, behind) = rest.split_at(len);
    *rest = behind;
    let (sign, digits) = match time.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, time.strip_prefix('+').unwrap_or(time)),
    };
    let mut seconds = 0;
    for (part, unit) in digits.split(':').zip([3600, 60, 1]) {
        seconds += part.parse::<i64>().ok()? * unit;
    }
    Some(sign * seconds)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from 1970 to the first of a month.
fn days_before(year: i64, month: i64) -> i64 {
    const BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let past = year - 1;
    let years = past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
    let month_index = usize::try_from(month - 1).unwrap_or(0).min(11);
    let leap_day = i64::from(month > 2 && is_leap(year));
    years - 719_162 + BEFORE_MONTH[month_index] + leap_day
}

/// The year that a time in seconds since 1970 lies in.
fn year_of(time: i64) -> i64 {
    let day = time.div_euclid(DAY);
    let mut year = 1970 + day.div_euclid(366);
    while days_before(year + 1, 1) <= day {
        year += 1;
    }
    year
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(rule: &str, time: i64) -> (i64, String) {
        let local = Rule::parse(rule).expect("a rule").at(time);
        (local.offset, local.name)
    }

    #[test]
    fn rules_tell_summer_from_winter() {
        let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
        assert_eq!(offset(berlin, 1_704_067_200), (3600, "CET".to_owned()));
        assert_eq!(offset(berlin, 1_719_792_000), (7200, "CEST".to_owned()));
        // The last second of winter 2024, and the first of summer.
        assert_eq!(offset(berlin, 1_711_846_799).0, 3600);
        assert_eq!(offset(berlin, 1_711_846_800).0, 7200);
    }

    #[test]
    fn summer_may_lie_across_the_new_year() {
        let sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";
        assert_eq!(offset(sydney, 1_704_067_200), (39_600, "AEDT".to_owned()));
        assert_eq!(offset(sydney, 1_719_792_000), (36_000, "AEST".to_owned()));
    }

    #[test]
    fn names_in_brackets_and_plain_offsets_are_read() {
        assert_eq!(offset("<+0330>-3:30", 0), (12_600, "+0330".to_owned()));
        assert_eq!(offset("UTC0", 0), (0, "UTC".to_owned()));
        assert!(Rule::parse("X").is_none());
    }

    #[test]
    fn an_unknown_zone_is_utc() {
        let local = Zone::named(Some("../../etc/passwd")).at(0);
        assert_eq!((local.offset, local.name.as_str()), (0, "UTC"));
    }
}
