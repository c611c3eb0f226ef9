"""Prints crates/stdlib/src/unicodedata/tables.rs: what a CPython 3.14's `unicodedata` knows, as facts.

Run it with that interpreter:
python3.14 xtask/scripts/record_unicodedata.py > crates/stdlib/src/unicodedata/tables.rs
"""

import unicodedata
from unicodedata import ucd_3_2_0

END = 0x110000
CHARS = [chr(code) for code in range(END)]
# What these are made of is computed.
HANGUL = range(0xAC00, 0xD7A4)


class Names(list):
    """Names by index, in the order of their first use."""

    def index_of(self, name):
        if name not in self:
            self.append(name)
        return self.index(name)


CATEGORIES, BIDI, WIDTHS, TAGS, RECORDS = Names(), Names(), Names(), Names(), Names()


def record(db, char):
    """The index of the properties that nearly all characters of a block share."""
    return RECORDS.index_of((CATEGORIES.index_of(db.category(char)), BIDI.index_of(db.bidirectional(char)),
                             WIDTHS.index_of(db.east_asian_width(char)), db.combining(char), db.mirrored(char)))


def runs(db):
    found, previous = [], None
    for code, char in enumerate(CHARS):
        now = record(db, char)
        if now != previous:
            found.append(f"({code:#x}, {now})")
            previous = now
    return found


def numeric(db, char):
    """Kind (1 numeric, 2 also a digit, 3 also decimal) and value, or None."""
    value = db.numeric(char, None)
    if value is None:
        return None
    kind = 3 if db.decimal(char, None) is not None else 2 if db.digit(char, None) is not None else 1
    return kind, value


def numbers():
    """Runs of characters whose values go up by one."""
    found = []
    for code, char in enumerate(CHARS):
        known = numeric(unicodedata, char)
        if known is None:
            continue
        kind, value = known
        if found:
            start, count, last_kind, first = found[-1]
            if start + count == code and last_kind == kind and first + count == value:
                found[-1] = (start, count + 1, kind, first)
                continue
        found.append((code, 1, kind, value))
    return [f"({start:#x}, {count}, {kind}, {value!r})" for start, count, kind, value in found]


def decomposition(db, char):
    """Tag and characters, or None."""
    parts = db.decomposition(char).split()
    if not parts or ord(char) in HANGUL:
        return None
    tag = parts.pop(0) if parts[0].startswith("<") else ""
    return TAGS.index_of(tag), tuple(int(part, 16) for part in parts)


def decompositions(texts):
    found = []
    for code, char in enumerate(CHARS):
        known = decomposition(unicodedata, char)
        if known:
            tag, codes = known
            found.append(f"({code:#x}, {tag}, {len(texts)}, {len(codes)})")
            texts.extend(codes)
    return found


def compositions():
    """First, second and composed character; what is excluded from composition is not there."""
    found = []
    for code, char in enumerate(CHARS):
        known = decomposition(unicodedata, char)
        if known and TAGS[known[0]] == "" and len(known[1]) == 2:
            first, second = known[1]
            if unicodedata.normalize("NFC", chr(first) + chr(second)) == char:
                found.append((first, second, code))
    return [f"({first:#x}, {second:#x}, {code:#x})" for first, second, code in sorted(found)]


def differing_numbers():
    """What 3.2 had another value, or none, for, among the characters that it knew."""
    found = []
    for code, char in enumerate(CHARS):
        known = numeric(ucd_3_2_0, char)
        if ucd_3_2_0.category(char) != "Cn" and known != numeric(unicodedata, char):
            kind, value = known or (0, 0.0)
            found.append(f"({code:#x}, 1, {kind}, {value!r})")
    return found


def differing_normal_forms(texts):
    """Canonical decompositions that 3.2 only normalizes with (it does not show them)."""
    found = []
    for code, char in enumerate(CHARS):
        old = ucd_3_2_0.normalize("NFD", char)
        if (code not in HANGUL and ucd_3_2_0.category(char) != "Cn"
                and old != unicodedata.normalize("NFD", char)):
            codes = [ord(part) for part in old] if old != char else []
            found.append(f"({code:#x}, {TAGS.index_of('')}, {len(texts)}, {len(codes)})")
            texts.extend(codes)
    return found


def show(name, kind, rows, per_line):
    print(f"pub(super) static {name}: [{kind}; {len(rows)}] = [")
    for start in range(0, len(rows), per_line):
        print("    " + " ".join(f"{row}," for row in rows[start:start + per_line]))
    print("];\n")


def main():
    print("//! What CPython 3.14's `unicodedata` knows (Unicode " + unicodedata.unidata_version + "), as tables.")
    print("//!")
    print("//! Recorded by `xtask/scripts/record_unicodedata.py`, which also says how to renew this.\n")
    print("#![cfg_attr(rustfmt, rustfmt_skip)]\n")
    print("use super::data::{Decomposition, Number, Record, Run};\n")
    print("/// The version of the database.")
    print(f'pub(super) static VERSION: &str = "{unicodedata.unidata_version}";\n')
    texts = []
    tables = [
        ("RUNS", "Run", "Where runs of characters with the same record begin.", runs(unicodedata), 10),
        ("OLD_RUNS", "Run", "The same for Unicode 3.2.", runs(ucd_3_2_0), 10),
        ("NUMBERS", "Number", "Runs of characters whose values go up by one.", numbers(), 6),
        ("OLD_NUMBERS", "Number", "What 3.2 saw otherwise.", differing_numbers(), 6),
        ("DECOMPOSITIONS", "Decomposition", "Character, tag, first and number of `TEXTS`.", decompositions(texts), 7),
        ("OLD_NORMAL_FORMS", "Decomposition", "What 3.2 normalized otherwise.", differing_normal_forms(texts), 7),
        ("COMPOSITIONS", "(u32, u32, u32)", "First, second, composed.", compositions(), 6),
    ]
    for name, kind, doc, rows, per_line in tables:
        print("/// " + doc)
        show(name, kind, rows, per_line)
    print("/// Characters of decompositions, one after the other.")
    show("TEXTS", "u32", list(map(hex, texts)), 14)
    print("/// The distinct properties: category, bidirectional class, width, combining class, whether mirrored.")
    show("RECORDS", "Record", [f"({c}, {b}, {w}, {k}, {'true' if m else 'false'})" for c, b, w, k, m in RECORDS], 8)
    for name, words, names in [("CATEGORIES", "General categories.", CATEGORIES),
                               ("BIDI", "Bidirectional classes.", BIDI),
                               ("WIDTHS", "East Asian widths.", WIDTHS), ("TAGS", "Tags of decompositions.", TAGS)]:
        print("/// " + words)
        show(name, "&str", [f'"{text}"' for text in names], 14)


main()
