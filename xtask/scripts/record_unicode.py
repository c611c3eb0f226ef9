"""Prints crates/vm/src/types/str/unicode_data.rs: what a CPython 3.14 knows about characters, as facts.

Run it with that interpreter: python3.14 xtask/scripts/record_unicode.py > crates/vm/src/types/str/unicode_data.rs
"""

import unicodedata

END = 0x110000
ALPHA, LOWER, UPPER, TITLE, SPACE, PRINTABLE, CASED, IGNORABLE = (1 << bit for bit in range(8))
NUMERIC_SHIFT, IDENTIFIER_SHIFT = 8, 10
SIGMA, FINAL_SIGMA = "\u03a3", "\u03c2"


def is_case_ignorable(char):
    """Whether the final sigma rule looks past the character."""
    return (f"A{char}{SIGMA}".lower()[-1] == FINAL_SIGMA
            and f"1{char}{SIGMA}".lower()[-1] != FINAL_SIGMA)


def is_cased(char):
    """Whether title() goes on in lower case behind the character."""
    return f"{char}A".title()[-1] == "a"


def flags(code):
    char = chr(code)
    numeric = 3 if char.isdecimal() else 2 if char.isdigit() else 1 if char.isnumeric() else 0
    identifier = 2 if char.isidentifier() and char != "_" else 1 if f"a{char}".isidentifier() else 0
    bits = [(char.isalpha(), ALPHA), (char.islower(), LOWER), (char.isupper(), UPPER),
            (unicodedata.category(char) == "Lt", TITLE), (char.isspace(), SPACE), (char.isprintable(), PRINTABLE),
            (is_cased(char), CASED), (is_case_ignorable(char), IGNORABLE)]
    return sum(bit for holds, bit in bits if holds) | numeric << NUMERIC_SHIFT | identifier << IDENTIFIER_SHIFT


def runs():
    found, previous = [], None
    for code in range(END):
        now = flags(code)
        if now != previous:
            found.append((code, now))
            previous = now
    return found


def capital_sigma_apart(char):
    """The lower case of one character, out of context."""
    return char.lower() if char != SIGMA else "\u03c3"


def decimal_zeros():
    zeros = [code for code in range(END) if unicodedata.decimal(chr(code), None) == 0]
    for zero in zeros:
        assert [unicodedata.decimal(chr(zero + i), None) for i in range(10)] == list(range(10))
    return zeros


class Mappings:
    """Case mappings: a character, or END plus an index into the texts of several characters."""

    def __init__(self):
        self.expansions = []

    def value(self, text):
        if len(text) == 1:
            return ord(text)
        codes = [ord(char) for char in text] + [0] * (3 - len(text))
        if codes not in self.expansions:
            self.expansions.append(codes)
        return END + self.expansions.index(codes)

    def table(self, mapping, default):
        return [(code, self.value(mapping(chr(code)))) for code in range(END)
                if mapping(chr(code)) != default(chr(code))]


def show(name, kind, rows, per_line):
    print(f"pub(super) static {name}: [{kind}; {len(rows)}] = [")
    for start in range(0, len(rows), per_line):
        print("    " + " ".join(f"{row}," for row in rows[start:start + per_line]))
    print("];\n")


def main():
    print("//! What CPython 3.14 knows about characters (Unicode " + unicodedata.unidata_version + "), as tables.")
    print("//!")
    print("//! Recorded by `xtask/scripts/record_unicode.py`, which also says how to renew this.\n")
    print("#![cfg_attr(rustfmt, rustfmt_skip)]\n")
    found = runs()
    print("/// Where runs of characters with the same properties begin.")
    show("RUN_STARTS", "u32", [hex(code) for code, _ in found], 14)
    print("/// The properties of each run; the bits are named in `unicode.rs`.")
    show("RUN_FLAGS", "u16", [hex(bits) for _, bits in found], 16)
    print("/// The zeros of runs of ten decimal digits.")
    show("DECIMAL_ZEROS", "u32", [hex(code) for code in decimal_zeros()], 14)
    mappings = Mappings()
    pair = lambda row: f"({row[0]:#x}, {row[1]:#x})"
    tables = [
        ("LOWER", "lower case, if it is not the character", capital_sigma_apart, str),
        ("UPPER", "upper case, if it is not the character", str.upper, str),
        ("TITLE", "title case, if it is not the upper case", str.title, str.upper),
        ("FOLD", "folded case, if it is not the lower case", str.casefold, capital_sigma_apart),
    ]
    for name, words, mapping, default in tables:
        rows = mappings.table(mapping, default)
        print(f"/// The {words}; values from 0x110000 on are indices into `EXPANSIONS`.")
        show(name, "(u32, u32)", [pair(row) for row in rows], 7)
    print("/// Texts of two or three characters, filled up with zeros.")
    show("EXPANSIONS", "[u32; 3]", ["[" + ", ".join(map(hex, row)) + "]" for row in mappings.expansions], 5)


main()
