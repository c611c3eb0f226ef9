"""Which lines of a program allocated the memory that is in use.

Starting, stopping and the traces themselves are native (`_tracemalloc`); this module groups, filters and shows them.
The interface is that of CPython's module of this name (PEP 454).
"""

import fnmatch
import functools
import linecache
import os
from collections.abc import Iterable, Sequence

from _tracemalloc import *
from _tracemalloc import _get_object_traceback, _get_traces

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def _size_text(size, signed=False):
    """A number of bytes with a unit: one decimal below a hundred, none above."""
    sign = "+" if signed else ""
    for unit in _UNITS:
        if abs(size) < 100 and unit != "B":
            return f"{size:{sign}.1f} {unit}"
        if abs(size) < 10240 or unit == _UNITS[-1]:
            return f"{size:{sign}.0f} {unit}"
        size /= 1024


def _source_name(name):
    """The name of the source file that a compiled file was made from."""
    return name[:-1] if name.endswith(".pyc") else name


@functools.total_ordering
class Frame:
    """A line of a file."""

    __slots__ = ("_pair",)

    def __init__(self, frame):
        self._pair = frame

    @property
    def filename(self):
        return self._pair[0]

    @property
    def lineno(self):
        return self._pair[1]

    def __eq__(self, other):
        return self._pair == other._pair if isinstance(other, Frame) else NotImplemented

    def __lt__(self, other):
        return self._pair < other._pair if isinstance(other, Frame) else NotImplemented

    def __hash__(self):
        return hash(self._pair)

    def __str__(self):
        return f"{self.filename}:{self.lineno}"

    def __repr__(self):
        return f"<Frame filename={self.filename!r} lineno={self.lineno!r}>"


@functools.total_ordering
class Traceback(Sequence):
    """The lines that led to an allocation, the one that allocated last."""

    __slots__ = ("_pairs", "_total_nframe")

    def __init__(self, frames, total_nframe=None):
        # The tracer gives the innermost frame first.
        self._pairs = tuple(frames)[::-1]
        self._total_nframe = total_nframe

    @property
    def total_nframe(self):
        """How many frames there were, those not recorded included; None if that is not known."""
        return self._total_nframe

    def __len__(self):
        return len(self._pairs)

    def __getitem__(self, index):
        found = self._pairs[index]
        return tuple(map(Frame, found)) if isinstance(index, slice) else Frame(found)

    def __contains__(self, frame):
        return frame._pair in self._pairs

    def __eq__(self, other):
        return self._pairs == other._pairs if isinstance(other, Traceback) else NotImplemented

    def __lt__(self, other):
        return self._pairs < other._pairs if isinstance(other, Traceback) else NotImplemented

    def __hash__(self):
        return hash(self._pairs)

    def __str__(self):
        return str(self[0])

    def __repr__(self):
        total = "" if self._total_nframe is None else f" total_nframe={self._total_nframe}"
        return f"<Traceback {tuple(self)}{total}>"

    def format(self, limit=None, most_recent_first=False):
        """The lines of text that a traceback of the interpreter would have, without its head.

        A positive limit keeps that many of the most recent frames, a negative one that many of the oldest.
        """
        if limit is None:
            frames = self[:]
        elif limit > 0:
            frames = self[-limit:]
        else:
            frames = self[:limit]
        text = []
        for frame in reversed(frames) if most_recent_first else frames:
            text.append(f'  File "{frame.filename}", line {frame.lineno}')
            if source := linecache.getline(frame.filename, frame.lineno).strip():
                text.append("    " + source)
        return text


class Trace:
    """One block of memory in use: its domain, its size in bytes, and where it was allocated."""

    __slots__ = ("_parts",)

    def __init__(self, trace):
        self._parts = trace

    @property
    def domain(self):
        return self._parts[0]

    @property
    def size(self):
        return self._parts[1]

    @property
    def traceback(self):
        return Traceback(*self._parts[2:])

    def __eq__(self, other):
        return self._parts == other._parts if isinstance(other, Trace) else NotImplemented

    def __hash__(self):
        return hash(self._parts)

    def __str__(self):
        return f"{self.traceback}: {_size_text(self.size)}"

    def __repr__(self):
        return f"<Trace domain={self.domain} size={_size_text(self.size)}, traceback={self.traceback!r}>"


class _Traces(Sequence):
    """Traces as the tracer gives them, each shown as a Trace when it is asked for."""

    def __init__(self, traces):
        self._traces = traces

    def __len__(self):
        return len(self._traces)

    def __getitem__(self, index):
        found = self._traces[index]
        return tuple(map(Trace, found)) if isinstance(index, slice) else Trace(found)

    def __contains__(self, trace):
        return trace._parts in self._traces

    def __eq__(self, other):
        return self._traces == other._traces if isinstance(other, _Traces) else NotImplemented

    def __repr__(self):
        return f"<Traces len={len(self)}>"


class Statistic:
    """What was allocated in one place: bytes and blocks."""

    __slots__ = ("traceback", "size", "count")

    def __init__(self, traceback, size, count):
        self.traceback = traceback
        self.size = size
        self.count = count

    def _values(self):
        return self.traceback, self.size, self.count

    def _rank(self):
        return self.size, self.count, self.traceback

    def __eq__(self, other):
        return self._values() == other._values() if isinstance(other, Statistic) else NotImplemented

    def __hash__(self):
        return hash(self._values())

    def __str__(self):
        text = f"{self.traceback}: size={_size_text(self.size)}, count={self.count}"
        if self.count:
            text += f", average={_size_text(self.size / self.count)}"
        return text

    def __repr__(self):
        return f"<Statistic traceback={self.traceback!r} size={self.size} count={self.count}>"


class StatisticDiff:
    """What is allocated in one place, and how much more that is than before."""

    __slots__ = ("traceback", "size", "size_diff", "count", "count_diff")

    def __init__(self, traceback, size, size_diff, count, count_diff):
        self.traceback = traceback
        self.size = size
        self.size_diff = size_diff
        self.count = count
        self.count_diff = count_diff

    def _values(self):
        return self.traceback, self.size, self.size_diff, self.count, self.count_diff

    def _rank(self):
        return abs(self.size_diff), self.size, abs(self.count_diff), self.count, self.traceback

    def __eq__(self, other):
        return self._values() == other._values() if isinstance(other, StatisticDiff) else NotImplemented

    def __hash__(self):
        return hash(self._values())

    def __str__(self):
        size, diff = _size_text(self.size), _size_text(self.size_diff, signed=True)
        text = f"{self.traceback}: size={size} ({diff}), count={self.count} ({self.count_diff:+})"
        if self.count:
            text += f", average={_size_text(self.size / self.count)}"
        return text

    def __repr__(self):
        sizes = f"size={self.size} ({self.size_diff:+})"
        return f"<StatisticDiff traceback={self.traceback!r} {sizes} count={self.count} ({self.count_diff:+})>"


def _ranked(statistics):
    return sorted(statistics, key=lambda statistic: statistic._rank(), reverse=True)


class BaseFilter:
    """Says which traces to keep (inclusive) or to leave out."""

    def __init__(self, inclusive):
        self.inclusive = inclusive


class Filter(BaseFilter):
    """Chooses traces by file, line and domain: of the frame that allocated, or of all frames."""

    def __init__(self, inclusive, filename_pattern, lineno=None, all_frames=False, domain=None):
        super().__init__(inclusive)
        self._filename_pattern = os.path.normcase(_source_name(filename_pattern))
        self.lineno = lineno
        self.all_frames = all_frames
        self.domain = domain

    @property
    def filename_pattern(self):
        return self._filename_pattern

    def _fits(self, frame):
        filename, lineno = frame
        filename = os.path.normcase(_source_name(filename))
        if not fnmatch.fnmatch(filename, self._filename_pattern):
            return False
        return self.lineno is None or self.lineno == lineno

    def _match(self, trace):
        domain, _, frames, _ = trace
        if self.domain is not None and domain != self.domain:
            return not self.inclusive
        fits = any(map(self._fits, frames if self.all_frames else frames[:1]))
        return fits == bool(self.inclusive)


class DomainFilter(BaseFilter):
    """Chooses traces by the domain that they were allocated in."""

    def __init__(self, inclusive, domain):
        super().__init__(inclusive)
        self._domain = domain

    @property
    def domain(self):
        return self._domain

    def _match(self, trace):
        return (trace[0] == self.domain) == bool(self.inclusive)


def _places(trace, key_type, cumulative):
    """The places, as frames innermost first, that a trace counts for."""
    frames = trace[2]
    if key_type == "traceback":
        return [frames]
    chosen = frames if cumulative else frames[:1]
    if key_type == "filename":
        chosen = [(filename, 0) for filename, _ in chosen]
    # A recursive function counts once.
    return [(frame,) for frame in dict.fromkeys(chosen)]


class Snapshot:
    """The traces of all blocks in use at one moment."""

    def __init__(self, traces, traceback_limit):
        self.traces = _Traces(traces)
        self.traceback_limit = traceback_limit

    def dump(self, filename):
        """Writes the snapshot into a file."""
        import pickle

        with open(filename, "wb") as file:
            pickle.dump(self, file, pickle.HIGHEST_PROTOCOL)

    @staticmethod
    def load(filename):
        """Reads a snapshot from a file."""
        import pickle

        with open(filename, "rb") as file:
            return pickle.load(file)

    def filter_traces(self, filters):
        """A snapshot of the traces that fit at least one inclusive filter, if there is one, and every other filter."""
        if not isinstance(filters, Iterable):
            raise TypeError(f"filters must be a list of filters, not {type(filters).__name__}")
        filters = list(filters)
        wanted = [choice for choice in filters if choice.inclusive]
        unwanted = [choice for choice in filters if not choice.inclusive]

        def stays(trace):
            if wanted and not any(choice._match(trace) for choice in wanted):
                return False
            return all(choice._match(trace) for choice in unwanted)

        return Snapshot(list(filter(stays, self.traces._traces)), self.traceback_limit)

    def _grouped(self, key_type, cumulative):
        if key_type not in ("traceback", "filename", "lineno"):
            raise ValueError(f"unknown key_type: {key_type!r}")
        if cumulative and key_type == "traceback":
            raise ValueError(f"cumulative mode cannot by used with key type {key_type!r}")
        groups = {}
        for trace in self.traces._traces:
            for frames in _places(trace, key_type, cumulative):
                group = groups.get(frames)
                if group is None:
                    groups[frames] = Statistic(Traceback(frames), trace[1], 1)
                else:
                    group.size += trace[1]
                    group.count += 1
        return {group.traceback: group for group in groups.values()}

    def statistics(self, key_type, cumulative=False):
        """Bytes and blocks by traceback, file or line, the largest first."""
        return _ranked(self._grouped(key_type, cumulative).values())

    def compare_to(self, old_snapshot, key_type, cumulative=False):
        """What has changed since an older snapshot, by traceback, file or line, the largest change first."""
        new = self._grouped(key_type, cumulative)
        old = old_snapshot._grouped(key_type, cumulative)
        differences = []
        for traceback in new | old:
            now, before = new.get(traceback), old.get(traceback)
            size, count = (now.size, now.count) if now else (0, 0)
            size_before, count_before = (before.size, before.count) if before else (0, 0)
            difference = StatisticDiff(traceback, size, size - size_before, count, count - count_before)
            differences.append(difference)
        return _ranked(differences)


def take_snapshot():
    """The traces of all blocks allocated since tracing started that are still in use."""
    if not is_tracing():
        message = "the tracemalloc module must be tracing memory allocations to take a snapshot"
        raise RuntimeError(message)
    return Snapshot(_get_traces(), get_traceback_limit())


def get_object_traceback(obj):
    """Where an object was allocated; None if that was not traced."""
    frames = _get_object_traceback(obj)
    return None if frames is None else Traceback(frames)
