"""Calendars and the text of times; clocks and the local time zone are written in Rust."""

CLOCK_REALTIME = 0
CLOCK_MONOTONIC = 1
CLOCK_PROCESS_CPUTIME_ID = 2
CLOCK_THREAD_CPUTIME_ID = 3
CLOCK_MONOTONIC_RAW = 4
CLOCK_BOOTTIME = 7

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August",
           "September", "October", "November", "December")
_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_STRUCT_TM_ITEMS = 11
_NAMES = ("tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst")


def _item(index):
    return property(lambda self: self[index])


class struct_time(tuple):
    """A time of day in a calendar."""

    __match_args__ = _NAMES
    n_fields = 11
    n_sequence_fields = 9
    n_unnamed_fields = 0
    (tm_year, tm_mon, tm_mday, tm_hour, tm_min, tm_sec, tm_wday, tm_yday, tm_isdst) = map(_item, range(9))

    def __new__(cls, sequence, dict=None):
        items = tuple(sequence)
        if not 9 <= len(items) <= 11:
            raise TypeError(f"time.struct_time() takes an at least 9-sequence ({len(items)}-sequence given)")
        self = tuple.__new__(cls, items[:9])
        zone, offset = (items[9:] + (None, None))[:2]
        self.__dict__.update({"tm_zone": zone, "tm_gmtoff": offset} | (dict or {}))
        return self

    def __reduce__(self):
        return (struct_time, (tuple(self), self.__dict__))

    def __repr__(self):
        shown = ", ".join(f"{name}={value!r}" for name, value in zip(_NAMES, self))
        return f"time.struct_time({shown})"


def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_before_year(year):
    year -= 1
    return year * 365 + year // 4 - year // 100 + year // 400


def _day_of_year(year, month, day):
    return _BEFORE_MONTH[month - 1] + (month > 2 and _is_leap(year)) + day


_EPOCH_DAY = _days_before_year(1970)


def gmtime(seconds=None, /):
    """A time since 1970 in the calendar."""
    seconds = time() if seconds is None else seconds
    days, rest = divmod(int(seconds // 1), 86400)
    if not -719162 - 366 * 4000 < days < 366 * 100000:
        raise OverflowError("timestamp out of range for platform time_t")
    ordinal = days + _EPOCH_DAY
    cycles, in_cycle = divmod(ordinal, 146097)
    centuries = min(in_cycle // 36524, 3)
    in_century = in_cycle - centuries * 36524
    quads, in_quad = divmod(in_century, 1461)
    years = min(in_quad // 365, 3)
    year = cycles * 400 + centuries * 100 + quads * 4 + years + 1
    day_of_year = in_quad - years * 365 + 1
    month = 12
    while _day_of_year(year, month, 1) > day_of_year:
        month -= 1
    day = day_of_year - _day_of_year(year, month, 1) + 1
    return struct_time((year, month, day, rest // 3600, rest // 60 % 60, rest % 60,
                        ordinal % 7, day_of_year, 0, "UTC", 0))


def localtime(seconds=None, /):
    """A time since 1970 in the calendar of the local time zone."""
    seconds = time() if seconds is None else seconds
    whole = int(seconds // 1)
    offset, is_dst, zone = _zone_at(whole)
    local = gmtime(whole + offset)
    return struct_time((*local[:8], int(is_dst), zone, offset))


def mktime(when, /):
    """A time in the local calendar in seconds since 1970."""
    if not isinstance(when, tuple):
        raise TypeError("Tuple or struct_time argument required")
    if len(when) != 9:
        raise TypeError("mktime(): illegal time tuple argument")
    naive = _seconds_of(when)
    # What holds a day before and a day after are the offsets that can hold at the time itself.
    around = [_zone_at(naive + distance) for distance in (-86400, 86400)]
    found = [zone for zone in around if _zone_at(naive - zone[0])[0] == zone[0]]
    wanted = [zone for zone in found if zone[1] == bool(when[8])] if when[8] >= 0 else found
    if not wanted and when[8] >= 0 and daylight:
        return float(naive + (altzone if when[8] else timezone))
    return float(naive - (wanted or found or around)[0][0])


def _seconds_of(when):
    year, month, day, hour, minute, second = tuple(when)[:6]
    more, month = divmod(month - 1, 12)
    year, month = year + more, month + 1
    days = _days_before_year(year) + _day_of_year(year, month, 1) - 1 + day - 1 - _EPOCH_DAY
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def asctime(when=None, /):
    """A time as in 'Sat Jun 06 16:26:11 1998'."""
    when = localtime() if when is None else _checked(when)
    return (f"{_DAYS[when[6]][:3]} {_MONTHS[when[1] - 1][:3]} {when[2]:2d} "
            f"{when[3]:02d}:{when[4]:02d}:{when[5]:02d} {when[0]}")


def ctime(seconds=None, /):
    """A time since 1970 as in 'Sat Jun 06 16:26:11 1998'."""
    return asctime(localtime(seconds))


def _checked(when):
    if not isinstance(when, tuple):
        raise TypeError("Tuple or struct_time argument required")
    if len(when) != 9:
        raise TypeError("function takes exactly 9 arguments")
    limits = ((1, 12, "month"), (1, 31, "day of month"), (0, 23, "hour"), (0, 59, "minute"), (0, 61, "seconds"))
    fixed = [when[0]]
    for value, (least, most, what) in zip(when[1:6], limits):
        if value == 0 and least == 1:
            value = 1
        if not least <= value <= most:
            raise ValueError(f"{what} out of range")
        fixed.append(value)
    if not 0 <= (when[7] or 1) <= 366:
        raise ValueError("day of year out of range")
    checked = (*fixed, when[6] % 7, when[7] or 1, when[8])
    zone = getattr(when, "tm_zone", None)
    return checked if zone is None else struct_time((*checked, zone, when.tm_gmtoff))


def _iso_week(year, weekday, day_of_year):
    week = (day_of_year - weekday - 1 + 10) // 7
    if week < 1:
        last = _day_of_year(year - 1, 12, 31)
        return _iso_week(year - 1, (weekday - day_of_year) % 7, last)
    if week == 53 and (_day_of_year(year, 12, 31) - day_of_year + weekday) < 3:
        return year + 1, 1
    return year, week


def _field(letter, when):
    year, month, day, hour, minute, second, weekday, day_of_year, _ = when
    match letter:
        case "a": return _DAYS[weekday][:3]
        case "A": return _DAYS[weekday]
        case "b" | "h": return _MONTHS[month - 1][:3]
        case "B": return _MONTHS[month - 1]
        case "c": return asctime(when)
        case "C": return f"{year // 100:02d}"
        case "d": return f"{day:02d}"
        case "D" | "x": return f"{month:02d}/{day:02d}/{year % 100:02d}"
        case "e": return f"{day:2d}"
        case "F": return f"{year}-{month:02d}-{day:02d}"
        case "g": return f"{_iso_week(year, weekday, day_of_year)[0] % 100:02d}"
        case "G": return f"{_iso_week(year, weekday, day_of_year)[0]}"
        case "H": return f"{hour:02d}"
        case "I": return f"{(hour - 1) % 12 + 1:02d}"
        case "j": return f"{day_of_year:03d}"
        case "k": return f"{hour:2d}"
        case "l": return f"{(hour - 1) % 12 + 1:2d}"
        case "m": return f"{month:02d}"
        case "M": return f"{minute:02d}"
        case "n": return "\n"
        case "p": return "AM" if hour < 12 else "PM"
        case "P": return "am" if hour < 12 else "pm"
        case "r": return f"{(hour - 1) % 12 + 1:02d}:{minute:02d}:{second:02d} {_field('p', when)}"
        case "R": return f"{hour:02d}:{minute:02d}"
        case "s": return str(int(mktime(tuple(when))))
        case "S": return f"{second:02d}"
        case "t": return "\t"
        case "T" | "X": return f"{hour:02d}:{minute:02d}:{second:02d}"
        case "u": return str(weekday + 1)
        case "U": return f"{(day_of_year + 6 - (weekday + 1) % 7) // 7:02d}"
        case "V": return f"{_iso_week(year, weekday, day_of_year)[1]:02d}"
        case "w": return str((weekday + 1) % 7)
        case "W": return f"{(day_of_year + 6 - weekday) // 7:02d}"
        case "y": return f"{year % 100:02d}"
        case "Y": return str(year)
        case "z":
            minutes = abs(_local_zone(when)[0]) // 60
            return f"{'-' if _local_zone(when)[0] < 0 else '+'}{minutes // 60:02d}{minutes % 60:02d}"
        case "Z": return _local_zone(when)[1]
        case "%": return "%"
    return "%" + letter


def strftime(format, when=None, /):
    """A time as text, in a format."""
    when = localtime() if when is None else _checked(when)
    pieces, rest = [], iter(format)
    for character in rest:
        if character == "%":
            letter = next(rest, "")
            if letter in ("-", "_", "0", "^", "#", "E", "O") and letter:
                flag, letter = letter, next(rest, "")
                text = _field(letter, when)
                if flag == "-":
                    text = text.lstrip("0 ") or "0"
                elif flag == "^":
                    text = text.upper()
                pieces.append(text)
            else:
                pieces.append(_field(letter, when))
        else:
            pieces.append(character)
    return "".join(pieces)


def strptime(data_string, format="%a %b %d %H:%M:%S %Y", /):
    """The time that a text says in a format."""
    return _strptime()._strptime_time(data_string, format)


def process_time_ns():
    """Nanoseconds that this process used processors."""
    return clock_gettime_ns(CLOCK_PROCESS_CPUTIME_ID)


def process_time():
    """Seconds that this process used processors."""
    return process_time_ns() / 1e9


def thread_time_ns():
    """Nanoseconds that this thread used a processor."""
    return clock_gettime_ns(CLOCK_THREAD_CPUTIME_ID)


def thread_time():
    """Seconds that this thread used a processor."""
    return thread_time_ns() / 1e9


def clock_gettime(clk_id, /):
    """Seconds of a clock."""
    return clock_gettime_ns(clk_id) / 1e9


def clock_getres(clk_id, /):
    """The resolution of a clock in seconds."""
    clock_gettime_ns(clk_id)
    return 1e-09


def tzset():
    """Look again which time zone is the local one: the environment variable TZ says so."""
    import os
    _set_zone(os.environ.get("TZ"))
    _describe_zone()


def _describe_zone():
    # As in CPython: what holds in the middle of the winter and of the summer of this year.
    global timezone, altzone, daylight, tzname
    year = gmtime()[0]
    winter, summer = (_zone_at(_seconds_of((year, month, 1, 0, 0, 0))) for month in (1, 7))
    if winter[0] > summer[0]:
        winter, summer = summer, winter
    timezone, altzone = -winter[0], -summer[0]
    daylight = int(winter[0] != summer[0])
    tzname = (winter[2], summer[2])


def _local_zone(when):
    """Offset and name of the zone for a broken-down time."""
    offset = getattr(when, "tm_gmtoff", None)
    name = getattr(when, "tm_zone", None)
    if offset is None or name is None:
        is_summer = when[8] > 0
        return (-altzone, tzname[1]) if is_summer else (-timezone, tzname[0])
    return offset, name


def get_clock_info(name, /):
    """What is known of a clock."""
    known = {
        "time": ("clock_gettime(CLOCK_REALTIME)", False, True),
        "monotonic": ("clock_gettime(CLOCK_MONOTONIC)", True, False),
        "perf_counter": ("clock_gettime(CLOCK_MONOTONIC)", True, False),
        "process_time": ("clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", True, False),
        "thread_time": ("clock_gettime(CLOCK_THREAD_CPUTIME_ID)", True, False),
    }
    if name not in known:
        raise ValueError("unknown clock")
    import types
    implementation, monotonic, adjustable = known[name]
    return types.SimpleNamespace(implementation=implementation, monotonic=monotonic,
                                 adjustable=adjustable, resolution=1e-09)


struct_time.__module__ = "time"
_describe_zone()
