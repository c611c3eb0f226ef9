# Making, comparing and adding up dates, times and durations, and what is refused.
import copy
import operator
import sys
from datetime import UTC, MAXYEAR, MINYEAR, date, datetime, time, timedelta, timezone, tzinfo


def shown(function, *args, **keywords):
    try:
        return repr(function(*args, **keywords))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Day(date):
    pass


class Moment(datetime):
    pass


class Span(timedelta):
    pass


moment = datetime(2020, 1, 2, 3, 4, 5, 6)

print("constructors")
for kind, cases in {
    date: [(0, 1, 1), (10000, 1, 1), (2020, 13, 1), (2020, 2, 30), (2020, 2, 29), (2020, 1), (), (1, 2, 3, 4), (2020, 1, "x"),
           (2020.0, 1, 1), (2**31, 1, 1), (-(2**31) - 1, 1, 1), (2**70, 1, 1), ("abcd",), (b"abcd",), (b"\x07\xe4\x02\x1d",)],
    time: [(), (24,), (-1,), (0, 60), (0, 0, 60), (0, 0, 0, 10**6), (0, 0, 0, 0, 5), (0, 0, 0, 0, None, 1),
           (b"\x81\x02\x03\x04\x05\x06",), (b"\x01\x02\x03\x04\x05\x06", 1), (b"\x99\x02\x03\x04\x05\x06",)],
    datetime: [(2020, 1), (2020, 1, 1), (2020, 1, 1, 24), (2020, 1, 1, 1, 1, 1, 1, 5), (2020, 2, 30, 1),
               (b"\x07\xe4\x81\x02\x03\x04\x05\x00\x00\x06", UTC), (b"\x07\xe4\x01\x02\x03\x04\x05\x00\x00\x06", 1)],
    timedelta: [(), (1, 2, 3, 4, 5, 6, 7), ("1",), (float("inf"),), (float("nan"),), (10**9,), (10**20,), (-1, 0, 1),
                (0.5, 0.5, 0.5), (0, 0, 1.5), (0, 0, 2.5), (0, 0, -0.5), (1e-6, 1e-6), (0, 0, 0, 0, 0, 1e15)],
    timezone: [(), (5,), (timedelta(1),), (timedelta(0),), (timedelta(0), None), (timedelta(0), "x"), (-timedelta(hours=1),)],
}.items():
    for args in cases:
        print(kind.__name__, args, shown(kind, *args))
for function, keywords in [
    (date, dict(year=2020, month=5, day=3)), (date, dict(year=1, month=1, day=1, x=1)), (time, dict(fold=2)), (time, dict(foo=1)),
    (time, dict(hour=1, tzinfo=UTC, fold=1)), (datetime, dict(year=1, month=1)), (timedelta, dict(foo=1)), (timedelta, dict(hours=None)),
    (timedelta, dict(weeks=-1, hours=1.25, milliseconds=3)), (timezone, dict(offset=timedelta(hours=1), name="x")),
]:
    print(function.__name__, keywords, shown(function, **keywords))
print(shown(lambda: datetime(2020, 1, 1, 5, hour=6)))
print(shown(date.__new__, datetime, 2020, 1, 1))
print(shown(type, "Zone", (timezone,), {}))

print("limits")
for kind in date, time, datetime, timedelta:
    print(kind.min, kind.max, kind.resolution)
print(timezone.min, timezone.max, timezone.utc is UTC, MINYEAR, MAXYEAR)

print("durations")
numbers = [0, 1, -3, 10**100, 1.5, -0.1, 1e300, 1e-300, float("inf"), float("nan"), True, "x", None]
for delta in timedelta(1), timedelta(0), timedelta(-1, 5, 3), timedelta.max:
    for number in numbers:
        print(delta, number, *(shown(op, delta, number) for op in (operator.mul, operator.truediv, operator.floordiv)),
              shown(operator.mul, number, delta) if isinstance(number, (int, float)) else "", sep=" | ")
    for other in timedelta(0), timedelta(hours=7), timedelta(microseconds=-1), timedelta.max, 5, date(2020, 1, 1), moment:
        print(delta, other, *(shown(op, delta, other) for op in (operator.add, operator.sub, operator.truediv,
              operator.floordiv, operator.mod, divmod, operator.lt, operator.eq)), sep=" | ")
    print(delta, shown(abs, delta), shown(operator.neg, delta), bool(delta), delta.total_seconds(), delta.__reduce__())
print([type(x).__name__ for x in (Span(1) + Span(1), -Span(1), +Span(1), Span(2) // 2, abs(Span(1)))], Span(1), repr(Span(1, 5)))
print(hash(Span(1)) == hash(timedelta(hours=24)), {timedelta(1): "a"}[timedelta(hours=24)])


class Ratio(float):
    def as_integer_ratio(self):
        return self.answer


for answer in (), (1,), (1, 2), (3, -2), (1, 0), 5:
    number = Ratio()
    number.answer = answer
    print(answer, shown(operator.mul, timedelta(1), number), shown(operator.truediv, timedelta(1), number))

print("dates")
for day in date.min, date(1600, 2, 29), date(2020, 12, 31), date(2021, 1, 3), date(2024, 12, 30), date.max:
    print(day, day.toordinal(), day.weekday(), day.isoweekday(), tuple(day.isocalendar()), day.ctime(), tuple(day.timetuple()))
    for delta in timedelta(1), timedelta(-1), timedelta(0, 86399), timedelta(days=400):
        print(shown(operator.add, day, delta), shown(operator.sub, day, delta), shown(operator.add, delta, day))
for ordinal in 0, 1, 737426, 3652059, 3652060, 10**20, "x":
    print(shown(date.fromordinal, ordinal), shown(Moment.fromordinal, ordinal))
for args in (2020, 53, 7), (2021, 53, 1), (2020, 1, 8), (0, 1, 1), (2**40, 1, 1), (9999, 52, 5), (9999, 52, 6), (1, 1, 1), ("a", 1, 1), (1,):
    print(args, shown(date.fromisocalendar, *args))
week = date(2020, 1, 1).isocalendar()
print(week, week.year, week.week, week.weekday, week[:2], week.__reduce__(), type(week).__mro__, shown(type(week), 1, 2), type(week)(1, 2, 3))
print(date(2020, 5, 5) - date(2019, 5, 5), shown(operator.sub, date(2020, 1, 1), moment), shown(operator.sub, moment, date(2020, 1, 1)))
print([shown(op, date(2020, 1, 2), moment) for op in (operator.lt, operator.eq, operator.ne)])
print(date.isoformat(moment), date.__eq__(moment, moment), date.__add__(moment, timedelta(1)), date.replace(moment, year=5))
print(Day(2020, 1, 1) + timedelta(1), repr(Day(2020, 1, 1) + timedelta(1)), repr(Day(2020, 1, 1).replace(day=5)), Day.fromordinal(5))
print(shown(setattr, date(1, 1, 1), "year", 5), shown(setattr, date, "foo", 5))

print("datetimes")
for delta in timedelta(0, 0, -7), timedelta(1), timedelta.max, timedelta.min:
    print(delta, shown(operator.add, moment, delta), shown(operator.sub, moment, delta), shown(operator.add, delta, moment))
print(shown(operator.add, moment, date(2020, 1, 1)), shown(operator.add, moment, 5), shown(operator.sub, 5, moment))
print(moment - datetime(2019, 12, 31, 23, 59, 59, 999999), Moment(2020, 1, 1, fold=1) + timedelta(1), type(Moment(2020, 1, 1) - timedelta(1)))
print(moment.date(), moment.time(), moment.timetz(), moment.ctime(), tuple(moment.timetuple()), tuple(moment.utctimetuple()))
for changes in dict(year=0), dict(hour=30), dict(fold=5), dict(tzinfo=5), dict(month=2, day=29, microsecond=0), dict(fold=1, tzinfo=UTC):
    print(changes, shown(moment.replace, **changes), shown(copy.replace, moment, **changes))
print(shown(moment.replace, 2021, 2, 3, 4, 5, 6, 7, UTC), shown(moment.replace, 2021, 2, 3, 4, 5, 6, 7, UTC, 1))
print(repr(Moment(2020, 1, 1, tzinfo=UTC, fold=1).replace(hour=3)), repr(time(1, fold=1).replace(minute=2)), shown(time(1).replace, hour=24))
for args in (1, 2), (date(2020, 1, 1), 2), (date(2020, 1, 1), time(1), 5), (moment, time(1, 2, 3, 4, UTC, fold=1)), (moment, time(5, tzinfo=UTC), None):
    print(shown(datetime.combine, *args))
print(repr(Moment.combine(Day(2020, 1, 1), time(1))), shown(datetime.combine, moment))
for value in moment, moment.replace(second=0, microsecond=0), moment.replace(microsecond=0), time(1), time(1, 2, 3), time(1, 0, 0, 4), time(1, tzinfo=UTC, fold=1):
    print(repr(value), str(value))
print(hash(moment) == hash(moment.replace(fold=1)), hash(time(5)) == hash(time(5, fold=1)), hash(Moment(2020, 1, 1)) == hash(datetime(2020, 1, 1)))
print(datetime.min.replace(tzinfo=timezone.max) < datetime.min.replace(tzinfo=UTC), shown(datetime.min.replace(tzinfo=timezone.max).utctimetuple))
print([shown(op, time(1), time(1, tzinfo=UTC)) for op in (operator.lt, operator.eq, operator.ne)])
print([shown(op, moment, moment.replace(tzinfo=UTC)) for op in (operator.lt, operator.eq, operator.ne, operator.sub)])
print(time(1) < time(1, 0, 0, 1), time(1) == time(1, fold=1), shown(operator.add, time(1), timedelta(1)), bool(time(0)))

print("sizes")
for value, most in (timedelta(1), 40), (date(2020, 1, 1), 32), (moment, 48), (moment.replace(tzinfo=UTC), 48), (time(1), 40), (UTC, 32), (tzinfo(), 16), (week, 80):
    print(type(value).__name__, sys.getsizeof(value) <= most)
