//! Times of day, moments and durations as numbers. No Python here.

use super::calendar::Date;

pub(super) const MICROSECONDS: i64 = 1_000_000;
/// Seconds of a day.
pub(super) const DAY_SECONDS: i64 = 86_400;
/// Microseconds of a day.
pub(super) const DAY: i64 = DAY_SECONDS * MICROSECONDS;
/// The most days of a duration, either way.
pub(super) const DAYS_MAX: i32 = 999_999_999;

/// A time of day and its fold, in 38 bits: without the fold they order as the times do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clock(u64);

impl Clock {
    /// The bits of a clock.
    const BITS: u32 = 38;
    /// 00:00.
    pub(super) const MIDNIGHT: Self = Self(0);
    /// A microsecond before midnight.
    pub(super) const MAX: Self = Self::pack(23, 59, 59, 999_999);

    const fn pack(hour: i32, minute: i32, second: i32, microsecond: i32) -> Self {
        let [hour, minute, second, microsecond] = [
            hour.cast_unsigned() as u64,
            minute.cast_unsigned() as u64,
            second.cast_unsigned() as u64,
            microsecond.cast_unsigned() as u64,
        ];
        Self(hour << 33 | minute << 27 | second << 21 | microsecond << 1)
    }

    /// A time of day, with fold 0, if it is one.
    pub(super) fn new(hour: i32, minute: i32, second: i32, microsecond: i32) -> Option<Self> {
        let is_time = (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..1_000_000).contains(&microsecond);
        is_time.then(|| Self::pack(hour, minute, second, microsecond))
    }

    /// The time so many microseconds after midnight, with fold 0. What is more than a day is left out.
    pub(super) fn of_microseconds(since_midnight: i64) -> Self {
        let rest = since_midnight.rem_euclid(DAY);
        let (second, microsecond) = (rest / MICROSECONDS, rest % MICROSECONDS);
        Self::pack(
            (second / 3600) as i32,
            (second / 60 % 60) as i32,
            (second % 60) as i32,
            microsecond as i32,
        )
    }

    /// From 0 to 23.
    pub(super) fn hour(self) -> i32 {
        (self.0 >> 33 & 0x1F) as i32
    }

    /// From 0 to 59.
    pub(super) fn minute(self) -> i32 {
        (self.0 >> 27 & 0x3F) as i32
    }

    /// From 0 to 59.
    pub(super) fn second(self) -> i32 {
        (self.0 >> 21 & 0x3F) as i32
    }

    /// From 0 to 999,999.
    pub(super) fn microsecond(self) -> i32 {
        (self.0 >> 1 & 0xF_FFFF) as i32
    }

    /// Whether this is the second of two moments with the same reading of the clock.
    pub(super) fn fold(self) -> bool {
        self.0 & 1 == 1
    }

    /// The same time with another fold.
    #[must_use]
    pub(super) fn with_fold(self, fold: bool) -> Self {
        Self(self.0 & !1 | u64::from(fold))
    }

    /// Microseconds since midnight.
    pub(super) fn microseconds(self) -> i64 {
        let seconds = (self.hour() * 60 + self.minute()) * 60 + self.second();
        i64::from(seconds) * MICROSECONDS + i64::from(self.microsecond())
    }
}

/// A day and a time of day: what a naive datetime is, in 61 bits. Without the fold they order as the moments do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

impl Moment {
    /// Puts the parts together.
    pub(super) fn new(date: Date, clock: Clock) -> Self {
        Self(u64::from(date.bits()) << Clock::BITS | clock.0)
    }

    /// The moment so many microseconds after the midnight that ordinal 0 begins with, if its year is one of dates.
    pub(super) fn of_instant(instant: i64) -> Option<Self> {
        let date = Date::of_ordinal(instant.div_euclid(DAY))?;
        Some(Self::new(date, Clock::of_microseconds(instant)))
    }

    /// Microseconds since the midnight that ordinal 0 begins with.
    pub(super) fn instant(self) -> i64 {
        self.date().ordinal() * DAY + self.clock().microseconds()
    }

    /// The day.
    pub(super) fn date(self) -> Date {
        Date::of_bits((self.0 >> Clock::BITS) as u32)
    }

    /// The time of day.
    pub(super) fn clock(self) -> Clock {
        Clock(self.0 & ((1 << Clock::BITS) - 1))
    }

    /// The same reading of the clock with another fold.
    #[must_use]
    pub(super) fn with_fold(self, fold: bool) -> Self {
        Self(self.0 & !1 | u64::from(fold))
    }
}

/// A duration: whole days of either sign, and what is left of one, which is never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Delta {
    days: i32,
    seconds: u32,
    microseconds: u32,
}

impl Delta {
    /// Nothing.
    pub(super) const ZERO: Self = Self::pack(0, 0, 0);
    /// The shortest duration that can be told.
    pub(super) const RESOLUTION: Self = Self::pack(0, 0, 1);
    /// A day.
    pub(super) const DAY: Self = Self::pack(1, 0, 0);
    /// The most negative one.
    pub(super) const MIN: Self = Self::pack(-DAYS_MAX, 0, 0);
    /// The longest one.
    pub(super) const MAX: Self = Self::pack(DAYS_MAX, 86_399, 999_999);

    const fn pack(days: i32, seconds: u32, microseconds: u32) -> Self {
        Self {
            days,
            seconds,
            microseconds,
        }
    }

    /// A duration in microseconds.
    ///
    /// # Errors
    /// The number of days, if it is too large.
    pub(super) fn of_microseconds(total: i128) -> Result<Self, i128> {
        let (days, rest) = (
            total.div_euclid(i128::from(DAY)),
            total.rem_euclid(i128::from(DAY)) as i64,
        );
        let short = i32::try_from(days).ok();
        let short = short.filter(|days| days.unsigned_abs() <= DAYS_MAX.unsigned_abs());
        let pack = |days| {
            let (seconds, microseconds) = (rest / MICROSECONDS, rest % MICROSECONDS);
            Self::pack(days, seconds as u32, microseconds as u32)
        };
        short.map(pack).ok_or(days)
    }

    /// The duration in microseconds.
    pub(super) fn total(self) -> i128 {
        i128::from(self.days) * i128::from(DAY) + i128::from(self.within_day())
    }

    /// What is left of a day, in microseconds.
    fn within_day(self) -> i64 {
        i64::from(self.seconds) * MICROSECONDS + i64::from(self.microseconds)
    }

    /// The duration in microseconds if it is shorter than a day, either way: what can be an offset of UTC.
    pub(super) fn as_offset(self) -> Option<i64> {
        match self.days {
            0 => Some(self.within_day()),
            -1 if self.within_day() > 0 => Some(self.within_day() - DAY),
            _ => None,
        }
    }

    /// Whole days.
    pub(super) fn days(self) -> i32 {
        self.days
    }

    /// Whole seconds behind the days, from 0 to 86,399.
    pub(super) fn seconds(self) -> i32 {
        self.seconds.cast_signed()
    }

    /// Microseconds behind the seconds, from 0 to 999,999.
    pub(super) fn microseconds(self) -> i32 {
        self.microseconds.cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_lead_back_from_instants_and_order_as_they_do() {
        let instants = [
            DAY,
            DAY + 1,
            719_163 * DAY + 12_345_678_901,
            3_652_059 * DAY + DAY - 1,
        ];
        let moments = instants.map(|instant| Moment::of_instant(instant).expect("it is in range"));
        assert_eq!(moments.map(Moment::instant), instants);
        assert!(moments.is_sorted());
        assert_eq!(Moment::of_instant(DAY - 1), None);
        assert_eq!(Moment::of_instant(3_652_060 * DAY), None);
    }

    #[test]
    fn the_fold_changes_no_field() {
        let clock = Clock::new(23, 59, 58, 999_999).expect("it is a time");
        let folded = clock.with_fold(true);
        assert!(folded.fold() && !clock.fold());
        assert_eq!(folded.microseconds(), clock.microseconds());
        assert_eq!(folded.with_fold(false), clock);
    }

    #[test]
    fn durations_are_kept_with_a_rest_that_is_not_negative() {
        let delta = Delta::of_microseconds(-1).expect("it is short");
        assert_eq!(
            (delta.days(), delta.seconds(), delta.microseconds()),
            (-1, 86_399, 999_999)
        );
        assert_eq!(delta.as_offset(), Some(-1));
        assert_eq!(Delta::of_microseconds(Delta::MAX.total()), Ok(Delta::MAX));
        assert_eq!(
            Delta::of_microseconds(Delta::MAX.total() + 1),
            Err(1_000_000_000)
        );
        assert_eq!(Delta::of_microseconds(Delta::MIN.total()), Ok(Delta::MIN));
        assert_eq!(
            Delta::of_microseconds(i128::from(-DAY)).map(Delta::as_offset),
            Ok(None)
        );
    }
}
