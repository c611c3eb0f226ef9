# Classes derived from dates, times and time zones, whose methods make garbage while native code waits for them.
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo


class Zone(tzinfo):
    def __init__(self, hours):
        self.hours = hours

    def utcoffset(self, when):
        garbage = [Zone(self.hours)]
        garbage.append(garbage)
        return timedelta(hours=self.hours)

    def dst(self, when):
        return timedelta(minutes=30 if when is not None and when.month > 6 else 0)

    def tzname(self, when):
        return f"zone {self.hours}"


class Moment(datetime):
    def __new__(cls, *args, **keywords):
        made = super().__new__(cls, *args, **keywords)
        made.history = [list(args), made.__class__]
        return made


class Day(date):
    __slots__ = ("note",)


class Span(timedelta):
    def __new__(cls, *args, **keywords):
        return super().__new__(cls, *args, **keywords)


east, west = Zone(2), Zone(-8)
moments = [Moment(2024, month, 5, 12, tzinfo=zone) for month in (1, 7) for zone in (east, west)]
for moment in moments:
    print(moment, moment.tzname(), moment.dst(), moment.astimezone(west), len(moment.astimezone(east).history[0]))
print(sorted(moments) == sorted(moments, key=lambda moment: moment.astimezone(UTC)), len(set(moments)), max(moments) - min(moments))
print([type(moment + timedelta(1)).__name__ for moment in moments], (moments[0] + timedelta(1)).history[0][:3])
print([moment.strftime("%d.%m.%y %H:%M %Z%z") for moment in moments])
day = Day(2024, 2, 29)
day.note = [day]
print(day.note[0] is day, day + timedelta(366), repr(day.replace(day=1)), Day.fromisoformat("20240301") - day)
print(repr(Span(hours=5)), Span(hours=5) + Span(minutes=1), {Span(1): "day"}[timedelta(1)])
print(time(5, tzinfo=east) < time(5, tzinfo=west), time.fromisoformat("05:00+02:00") == time(5, tzinfo=east))
print(datetime.combine(day, time(1, 2, tzinfo=east)), repr(Moment.combine(day, time(1, 2, tzinfo=timezone(Span(hours=1))))))
print([Moment.strptime("2024-02-29", "%Y-%m-%d").history[0][:3], Moment.fromtimestamp(0, UTC).history[0][:3]])
