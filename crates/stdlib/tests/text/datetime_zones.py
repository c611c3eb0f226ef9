# Time zones: classes of the program, fixed offsets, and local time, also where clocks are changed.
import os
import time as clock
import warnings
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo


def shown(function, *args, **keywords):
    try:
        return repr(function(*args, **keywords))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Zone(tzinfo):
    """Answers what it was made with."""

    def __init__(self, offset=None, dst=None, name=None):
        self.answers = offset, dst, name

    def __repr__(self):
        return "Zone"

    def utcoffset(self, when):
        return self.answers[0]

    def dst(self, when):
        return self.answers[1]

    def tzname(self, when):
        return self.answers[2]


class Folding(tzinfo):
    """An hour ahead, but not in the second of two hours."""

    def __repr__(self):
        return "Folding"

    def utcoffset(self, when):
        return timedelta(hours=0 if when is None or when.fold else 1)

    def dst(self, when):
        return self.utcoffset(when)

    def tzname(self, when):
        return f"fold {when.fold}"


hour, moment = timedelta(hours=1), datetime(2020, 1, 2, 3, 4, 5, 6)

print("questions")
for zone in Zone(), Zone(hour, hour, "n"), Zone(5, 5, 5), Zone(24 * hour, -24 * hour, b""), Zone(-timedelta(0, 5, 7)), tzinfo(), UTC:
    for value in moment.replace(tzinfo=zone), time(1, 2, tzinfo=zone):
        print(*(shown(getattr(value, name)) for name in ("utcoffset", "dst", "tzname")), sep=" | ")
        print(*(shown(function) for function in (value.isoformat, lambda: value.strftime("%z %:z %Z"), lambda: hash(value) != 0)), sep=" | ")
print(tuple(moment.replace(tzinfo=Zone(hour, hour)).timetuple()), tuple(moment.replace(tzinfo=Zone(hour, timedelta(0))).timetuple()))
print(tuple(moment.replace(tzinfo=Zone(-hour)).utctimetuple()))

print("fixed offsets")
for zone in UTC, timezone(hour), timezone(-hour, "x"), timezone(timedelta(hours=-1, microseconds=3)), timezone(timedelta(0), "UTC"):
    print(repr(zone), str(zone), zone == UTC, zone.utcoffset(None), zone.dst(moment), zone.tzname(None), zone.__reduce__(), hash(zone) == hash(zone.utcoffset(None)))
for name in "utcoffset", "dst", "tzname", "fromutc":
    print(shown(getattr(UTC, name), 5), shown(getattr(UTC, name), moment))
print(shown(lambda: UTC < UTC), UTC == 5, UTC != 5, timezone(timedelta(0)) is UTC)

print("from UTC")
for zone in Zone(), Zone(hour), Zone(hour, hour / 2), Folding(), timezone(hour):
    print(shown(zone.fromutc, moment.replace(tzinfo=zone)), shown(zone.fromutc, moment), shown(zone.fromutc, 5))
    print(shown(moment.replace(tzinfo=UTC).astimezone, zone))
aware = moment.replace(tzinfo=UTC)
print(aware.astimezone(UTC) is aware, shown(moment.astimezone, 5), repr(aware.astimezone(timezone(5 * hour))), shown(datetime.min.replace(tzinfo=timezone.max).astimezone, UTC))

print("comparison")
folding = moment.replace(tzinfo=Folding())
east = moment.replace(tzinfo=timezone(hour))
print(folding == east, folding != east, folding <= east, folding - east, folding.replace(fold=1) - folding, folding == folding.replace(fold=1))
print(hash(folding) == hash(folding.replace(fold=1)), east == aware - hour, hash(east) == hash(aware - hour), east - aware, east < aware)
print(time(5, tzinfo=timezone(hour)) == time(4, tzinfo=UTC), hash(time(5, tzinfo=timezone(hour))) == hash(time(4, tzinfo=UTC)), time(0, tzinfo=timezone(hour)) < time(0, tzinfo=UTC))
print(moment.replace(tzinfo=Zone()) == moment, moment.replace(tzinfo=Zone()) - moment, time(1, tzinfo=Zone()) == time(1))
print(shown(moment.replace(tzinfo=Zone()).timestamp), aware.timestamp(), east.timestamp())

print("local time")
for zone in "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0":
    os.environ["TZ"] = zone
    clock.tzset()
    print(zone)
    for seconds in 0, -0.0000005, 1.9999995, 1e9, 1577934245.000006, 1603587599, 1603587600, 1603591200.5, 1585443600, 1604210400, 1604214000, 1601744400, 1586012400:
        local = datetime.fromtimestamp(seconds)
        print(seconds, local, local.fold, date.fromtimestamp(seconds), datetime.fromtimestamp(seconds, UTC), repr(local.astimezone()), local.timestamp())
    for text in "2020-03-29T02:30", "2020-10-25T02:30", "2020-03-08T02:15", "2020-11-01T01:15", "2020-10-04T02:10", "2020-04-05T01:45", "2020-07-01T12:00:00.25":
        for fold in 0, 1:
            local = datetime.fromisoformat(text).replace(fold=fold)
            print(local, fold, local.timestamp(), local.astimezone(UTC), local.astimezone().tzname(), datetime.fromtimestamp(local.timestamp()).fold)
    print(shown(datetime.min.timestamp), shown(datetime.max.timestamp), shown(datetime.fromtimestamp, 1e12), shown(datetime.fromtimestamp, -1e12))
    print(shown(datetime.fromtimestamp, 1e17), shown(date.fromtimestamp, 1e20), shown(datetime.fromtimestamp, 2**70), shown(datetime.fromtimestamp, float("nan")))
    print(shown(datetime.fromtimestamp, "x"), shown(date.fromtimestamp, "x"), shown(datetime.fromtimestamp, 0, 5), shown(datetime.fromtimestamp), shown(datetime.now, 5))
del os.environ["TZ"]
clock.tzset()


class Now(datetime):
    def __new__(cls, *args, **keywords):
        made = super().__new__(cls, *args, **keywords)
        made.calls = len(args)
        return made


print([type(value).__name__ for value in (Now.now(), Now.now(UTC), Now.today(), Now.fromtimestamp(0), Now.now().astimezone(UTC), datetime.today(), date.today())])
print(Now.now().calls, Now.now(UTC).calls, Now(2020, 1, 1, fold=1).replace(day=2).fold)
print(abs(datetime.now(UTC).timestamp() - clock.time()) < 60, abs(datetime.now().timestamp() - clock.time()) < 60)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(datetime.utcfromtimestamp(1e9), datetime.utcnow().tzinfo)
    print(*(f"{warning.category.__name__}: {warning.message}" for warning in caught), sep="\n")
