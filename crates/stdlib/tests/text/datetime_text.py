# Dates and times to text and back.
import copy
import io
import pickle
import warnings
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo


def shown(function, *args, **keywords):
    try:
        return ascii(function(*args, **keywords))
    except Exception as error:
        return ascii(f"{type(error).__name__}: {error}")


moment = datetime(2020, 1, 2, 3, 4, 5, 6)
east = timezone(timedelta(hours=1, minutes=30))

print("isoformat")
for value in moment, moment.replace(tzinfo=east, microsecond=0), moment.replace(tzinfo=timezone(-timedelta(0, 5, 7))), datetime.min:
    for timespec in "auto", "hours", "minutes", "seconds", "milliseconds", "microseconds", "x", 5:
        print(shown(value.isoformat, timespec=timespec), shown(value.isoformat, " ", timespec), shown(value.timetz().isoformat, timespec))
for separator in "-", "\ud800", "ab", "", 5, None:
    print(shown(moment.isoformat, separator))

print("fromisoformat")
for text in """2020-01-01 20200101 2020-W01 2020W01 2020-W01-3 2020W013 2020-W53-7 2021-W53-1 2020-W00-1 2020-W01-8 0000-W01-1 2020 2020-1-1
        2020-0101 202001-01 2020-W013 2020W01-3 2020-02-30 2020-13-01 2020-01-0x ２020-01-01 9999-W52-5 9999-W52-6""".split():
    print(ascii(text), shown(date.fromisoformat, text), shown(datetime.fromisoformat, text))
for text in """12 1230 12:30 123045 12:30:45 12:30:45.1 12:30:45,12 123045.123456789 T12:30 24:00 24:00:00.0 24:01 25:00 12:60 12:30:60 1 123 12: 12:3
        12:3045 1230:45 12:30:45. 12:30:45.x 12:30.5 12Z 12:30z 12:30Zx 12+00 12-0130 12+01:30 12:30:45.5+01:30:15.25 12+1 12+01:3 12+24:00 12-23:59:59.999999
        12-00:00 12+0000 12+01-01""".split():
    print(text, shown(time.fromisoformat, text), shown(datetime.fromisoformat, "2020-12-31T" + text), shown(datetime.fromisoformat, "2020W013" + "T" + text))
for text in ["", "2020-01-01T", "2020-01-01 12", "2020-01-01\ud80012:30", "2020-01-01T1\ud8002:30", "2020-W01-12:30", "2020-W01-3T12", "2020W0131230", "2020W01123",
             "2020W01T12", "20200101512", "9999-12-31T24:00", "2020-01-01TT12", "2020-01-01T12:30:45.123456+01:00 "]:
    print(ascii(text), shown(datetime.fromisoformat, text))
for kind in date, time, datetime:
    print(shown(kind.fromisoformat, 5), shown(kind.fromisoformat, b"12"), shown(kind.fromisoformat))


class Moment(datetime):
    pass


class Name(str):
    def replace(self, *args):
        return None


class Zone(tzinfo):
    def __init__(self, name):
        self.name = name

    def utcoffset(self, when):
        return timedelta(hours=-1, seconds=-5, microseconds=-7)

    def tzname(self, when):
        return self.name


print(repr(Moment.fromisoformat("2020-01-01T12+01")), repr(Moment.fromisocalendar(2020, 1, 1)))

print("strftime")
for value in moment, moment.date(), moment.timetz(), datetime(1, 1, 1), date(999, 1, 1), moment.replace(tzinfo=Zone("a%Zb")), time(1, tzinfo=east):
    for format in "%Y-%m-%d %H:%M:%S.%f", "%a %A %b %B %y %j %U %W %w %u %V %p %I %e", "%z|%:z|%Z|%:a|%:|%%f|%%%f", "%G %C %F %D %T", "", "%", "a\0b%", "\ud800%Y":
        print(shown(value.strftime, format), shown(format_ := value.__format__, format))
print(shown(moment.replace(tzinfo=Zone(Name("x%"))).strftime, "%Z"), shown(moment.replace(tzinfo=Zone(5)).strftime, "%Z"))
print(shown(moment.strftime, 5), shown(moment.strftime), shown(moment.__format__, 5), f"{moment:%d.%m.%Y}", f"{moment}", f"{date(2020, 1, 1)!s:>12}")


class Odd(date):
    def timetuple(self):
        return (2000, 2, 3, 4, 5, 6, 0, 1, -1)

    def isoformat(self):
        return "odd"


print(Odd(2020, 1, 1).strftime("%Y-%m-%d %H"), str(Odd(2020, 1, 1)), f"{Odd(2020, 1, 1)}")

print("strptime")
for kind, text, format in [(datetime, "2020-01-02 03:04:05.25 +0130", "%Y-%m-%d %H:%M:%S.%f %z"), (datetime, "2020", "%Y-%m"), (datetime, "1", 2), (Moment, "02 Jan 20", "%d %b %y"),
                           (date, "2020-01-02", "%Y-%m-%d"), (time, "03:04 PM", "%I:%M %p"), (date, "12", "%H"), (datetime, "2020-W05-1", "%G-W%V-%u"), (datetime, "Z", "%z")]:
    print(shown(kind.strptime, text, format))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(datetime.strptime("12 Jan", "%d %b"))
    print(*(f"{warning.category.__name__}: {str(warning.message)[:40]}" for warning in caught))

print("pickles")
values = [date(2020, 1, 2), time(1, 2, 3, 4, fold=1), time(1, tzinfo=UTC), moment.replace(fold=1), moment.replace(tzinfo=east), timedelta(-1, 2, 3), UTC, timezone(timedelta(1) / 24, "x"),
          Moment(2020, 1, 1), date(2020, 1, 1).isocalendar()]
for value in values:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(value, protocol))
        print(again == value, type(again) is type(value), getattr(again, "fold", None), value.__reduce_ex__(protocol), end="; ")
    print(copy.copy(value) == value, copy.deepcopy(value) == value)
print(pickle.loads(pickle.dumps(UTC)) is UTC, copy.deepcopy(UTC) is UTC)
old = b"cdatetime\ndatetime\n(S'\\x07\\xe4\\x01\\x02\\x03\\x04\\x05\\x00\\x00\\x06'\ntR."
print(pickle.loads(old, encoding="latin1"), shown(pickle.loads, old, encoding="utf-8"))
print(shown(datetime, "\x07\xe4\x01\x02\x03\x04\x05\x00\x00\x06"), shown(date, "\x07\xe4\x01\u1234"), shown(time, "\x01\x02\x03\x04\x05"))


class Named(Zone):
    def __getinitargs__(self):
        return (self.name,)


class Wrong(Zone):
    def __getinitargs__(self):
        return 5


for zone in Zone, Named, Wrong:
    print(shown(lambda: zone("n").__reduce__()[1:]))
