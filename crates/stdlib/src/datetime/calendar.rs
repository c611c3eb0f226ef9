//! The proleptic Gregorian calendar: days as numbers, as year, month and day, and as weeks of ISO 8601. No Python here.
//!
//! An *ordinal* counts days; that of 1 January of the year 1 is one.

/// The first year that a date can have.
pub(super) const YEAR_MIN: i32 = 1;
/// The last year that a date can have.
pub(super) const YEAR_MAX: i32 = 9999;
/// The ordinal of 31 December 9999.
pub(super) const ORDINAL_MAX: i64 = 3_652_059;
/// The ordinal of 1 January 1970.
pub(super) const EPOCH_ORDINAL: i64 = 719_163;

/// Days of 400 years, after which the calendar repeats itself.
const DAYS_OF_ERA: i64 = 146_097;
/// Days between 1 March of the year 0, where eras begin, and 1 January of the year 1, and one for the ordinal's.
const ORDINAL_OF_ERA: i64 = 305;

/// A day: year, month and day in 23 bits, which order as the days do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date(u32);

/// A day by week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WeekDate {
    pub(super) year: i32,
    /// From 1 on.
    pub(super) week: i32,
    /// 1 for Monday.
    pub(super) weekday: i32,
}

/// Whether a year has a 29 February.
pub(super) fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The number of days of a month (1 to 12).
pub(super) fn days_of_month(year: i32, month: i32) -> i32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of any ordinal, also of those before the first and behind the last year of dates.
pub(super) fn civil(ordinal: i64) -> (i64, i32, i32) {
    // In years that begin in March, leap days come last: then a day's month follows from its number in the year.
    let day = ordinal + ORDINAL_OF_ERA;
    let (era, day) = (day.div_euclid(DAYS_OF_ERA), day.rem_euclid(DAYS_OF_ERA));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + 400 * era + i64::from(month <= 2);
    (year, month as i32, day as i32)
}

impl Date {
    /// 1 January of the year 1.
    pub(super) const MIN: Self = Self::pack(YEAR_MIN, 1, 1);
    /// 31 December 9999.
    pub(super) const MAX: Self = Self::pack(YEAR_MAX, 12, 31);
    /// The first day of 1900, which stands in for a date where a time has none.
    pub(super) const STAND_IN: Self = Self::pack(1900, 1, 1);

    const fn pack(year: i32, month: i32, day: i32) -> Self {
        Self((year << 9 | month << 5 | day).cast_unsigned())
    }

    /// The bits of a date, 23 of them.
    pub(super) fn bits(self) -> u32 {
        self.0
    }

    /// The date with these [`bits`](Self::bits).
    pub(super) fn of_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// A day, if there is one.
    pub(super) fn new(year: i32, month: i32, day: i32) -> Option<Self> {
        let exists = (YEAR_MIN..=YEAR_MAX).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of_month(year, month)).contains(&day);
        exists.then(|| Self::pack(year, month, day))
    }

    /// The day with an ordinal, if its year is one that dates can have.
    pub(super) fn of_ordinal(ordinal: i64) -> Option<Self> {
        if !(1..=ORDINAL_MAX).contains(&ordinal) {
            return None;
        }
        let (year, month, day) = civil(ordinal);
        Some(Self::pack(year as i32, month, day))
    }

    /// From 1 to 9999.
    pub(super) fn year(self) -> i32 {
        (self.0 >> 9).cast_signed()
    }

    /// From 1 to 12.
    pub(super) fn month(self) -> i32 {
        (self.0 >> 5 & 0xF).cast_signed()
    }

    /// From 1 on.
    pub(super) fn day(self) -> i32 {
        (self.0 & 0x1F).cast_signed()
    }

    /// The day's ordinal.
    pub(super) fn ordinal(self) -> i64 {
        let is_early = self.month() <= 2;
        let year = i64::from(self.year() - i32::from(is_early));
        let month = i64::from(self.month() + if is_early { 9 } else { -3 });
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day()) - 1;
        365 * year + year / 4 - year / 100 + year / 400 + day_of_year - ORDINAL_OF_ERA
    }

    /// 0 for Monday.
    pub(super) fn weekday(self) -> i32 {
        ((self.ordinal() + 6) % 7) as i32
    }

    /// From 1 on.
    pub(super) fn day_of_year(self) -> i32 {
        (self.ordinal() - Self::pack(self.year(), 1, 1).ordinal() + 1) as i32
    }

    /// The day by week: the first week of a year is the one with its first Thursday.
    pub(super) fn week_date(self) -> WeekDate {
        let ordinal = self.ordinal();
        let in_year = |year| ordinal - first_monday(year);
        let mut year = self.year();
        if in_year(year) < 0 {
            year -= 1;
        } else if in_year(year + 1) >= 0 {
            year += 1;
        }
        WeekDate {
            year,
            week: (in_year(year) / 7 + 1) as i32,
            weekday: self.weekday() + 1,
        }
    }
}

/// The ordinal of the Monday of a year's first week.
fn first_monday(year: i32) -> i64 {
    // The week with 4 January is the one with the first Thursday.
    let fourth = Date::pack(year, 1, 4).ordinal();
    fourth - (fourth + 6).rem_euclid(7)
}

impl WeekDate {
    /// Whether the year has a week of this number.
    pub(super) fn has_week(self) -> bool {
        let weeks = (first_monday(self.year + 1) - first_monday(self.year)) / 7;
        (1..=weeks).contains(&i64::from(self.week))
    }

    /// The ordinal of the day, which may lie behind the last year of dates.
    pub(super) fn ordinal(self) -> i64 {
        first_monday(self.year) + i64::from((self.week - 1) * 7 + self.weekday - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_count_all_days_without_a_gap() {
        let mut expected = 1;
        for year in YEAR_MIN..=YEAR_MAX {
            for month in 1..=12 {
                for day in 1..=days_of_month(year, month) {
                    let date = Date::new(year, month, day).expect("the day exists");
                    assert_eq!(date.ordinal(), expected);
                    assert_eq!(Date::of_ordinal(expected), Some(date));
                    expected += 1;
                }
            }
        }
        assert_eq!(expected, ORDINAL_MAX + 1);
        assert_eq!(Date::of_ordinal(expected), None);
        assert_eq!(Date::of_ordinal(0), None);
    }

    #[test]
    fn weeks_lead_back_to_the_day() {
        for ordinal in (1..=ORDINAL_MAX).step_by(3) {
            let date = Date::of_ordinal(ordinal).expect("the day exists");
            let week = date.week_date();
            assert!(week.has_week() && week.ordinal() == ordinal, "{date:?}");
        }
    }

    #[test]
    fn days_beyond_the_years_of_dates_have_a_year_too() {
        assert_eq!(civil(0), (0, 12, 31));
        assert_eq!(civil(-365), (0, 1, 1));
        assert_eq!(civil(ORDINAL_MAX + 1), (10_000, 1, 1));
        assert_eq!(civil(EPOCH_ORDINAL), (1970, 1, 1));
    }
}
