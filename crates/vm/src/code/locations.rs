//! Location tables: which part of the source each instruction comes from.
//!
//! The table (PEP 626 and 657, CPython's `co_linetable`) is a sequence of entries. The first byte of an entry has its top
//! bit set; then four bits say how the rest is written, and three how many code units, less one, the entry is for.
//! Lines are written as the difference to the entry before.

/// A part of the source. Lines count from one, columns from zero; columns are offsets into the line's UTF-8 bytes,
/// not counts of characters, and the end is excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Location {
    pub line: Option<u32>,
    pub end_line: Option<u32>,
    pub column: Option<u32>,
    pub end_column: Option<u32>,
}

impl Location {
    /// The parts, in the order of CPython's `co_positions`.
    pub const fn parts(self) -> [Option<u32>; 4] {
        [self.line, self.end_line, self.column, self.end_column]
    }
}

/// The location of the code units `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocationRange {
    pub start: u32,
    pub end: u32,
    pub location: Location,
}

/// The line of the code units `start..end`: what `co_lines` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRange {
    pub start: u32,
    pub end: u32,
    pub line: Option<u32>,
}

/// The entries of a location table, in order. A malformed table ends early.
#[derive(Clone, Debug)]
pub struct Locations<'a> {
    rest: &'a [u8],
    unit: u32,
    line: i32,
}

impl<'a> Locations<'a> {
    /// Starts to read a table.
    pub const fn new(table: &'a [u8], first_line: u32) -> Self {
        Self {
            rest: table,
            unit: 0,
            line: first_line.cast_signed(),
        }
    }

    /// The location of a code unit.
    pub fn of_unit(mut self, unit: u32) -> Option<Location> {
        let range = self.find(|range| unit < range.end)?;
        Some(range.location)
    }

    /// The location of every code unit: what `co_positions` lists.
    pub fn positions(self) -> impl Iterator<Item = Location> + use<'a> {
        self.flat_map(|range| (range.start..range.end).map(move |_| range.location))
    }

    /// Runs of code units of the same line: what `co_lines` lists.
    pub fn lines(self) -> impl Iterator<Item = LineRange> + use<'a> {
        let mut entries = self.peekable();
        std::iter::from_fn(move || {
            let first = entries.next()?;
            let line = first.location.line;
            let mut end = first.end;
            while let Some(more) = entries.next_if(|entry| entry.location.line == line) {
                end = more.end;
            }
            Some(LineRange {
                start: first.start,
                end,
                line,
            })
        })
    }

    fn entry(&mut self) -> Option<LocationRange> {
        let first = self.byte()?;
        if first & 0x80 == 0 {
            return None;
        }
        let start = self.unit;
        let end = start.checked_add(u32::from(first & 7) + 1)?;
        let location = self.location((first >> 3) & 15)?;
        self.unit = end;
        Some(LocationRange {
            start,
            end,
            location,
        })
    }

    fn location(&mut self, form: u8) -> Option<Location> {
        let form = u32::from(form);
        match form {
            0..=9 => {
                let columns = u32::from(self.byte()?);
                let column = form << 3 | (columns >> 4 & 7);
                self.on_one_line(0, column, column + (columns & 15))
            }
            10..=12 => {
                let column = self.byte()?;
                let end_column = self.byte()?;
                let line_delta = form.cast_signed() - 10;
                self.on_one_line(line_delta, column.into(), end_column.into())
            }
            13 => {
                let line_delta = self.signed_number()?;
                let line = self.advance(line_delta);
                Some(Location {
                    line,
                    end_line: line,
                    ..Location::default()
                })
            }
            14 => self.long_form(),
            _ => Some(Location::default()),
        }
    }

    fn on_one_line(&mut self, line_delta: i32, column: u32, end_column: u32) -> Option<Location> {
        let line = self.advance(line_delta);
        Some(Location {
            line,
            end_line: line,
            column: Some(column),
            end_column: Some(end_column),
        })
    }

    fn long_form(&mut self) -> Option<Location> {
        let line_delta = self.signed_number()?;
        let line = self.advance(line_delta);
        // The compiler writes a small negative number here for some instructions that it moved.
        let end_line_delta = self.number()?.cast_signed();
        let end_line = self.line.wrapping_add(end_line_delta);
        // Written plus one, so that zero means none.
        let column = self.number()?.checked_sub(1);
        let end_column = self.number()?.checked_sub(1);
        Some(Location {
            line,
            end_line: u32::try_from(end_line).ok(),
            column,
            end_column,
        })
    }

    fn advance(&mut self, line_delta: i32) -> Option<u32> {
        self.line = self.line.wrapping_add(line_delta);
        u32::try_from(self.line).ok()
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    /// A number in groups of six bits, the lowest first; bit 6 says that more follow.
    fn number(&mut self) -> Option<u32> {
        let mut value = 0_u32;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x3f).checked_shl(shift)?;
            if byte & 0x40 == 0 {
                return Some(value);
            }
            shift += 6;
        }
    }

    /// The same with the sign in the lowest bit.
    fn signed_number(&mut self) -> Option<i32> {
        let number = self.number()?;
        let magnitude = (number >> 1).cast_signed();
        Some(if number & 1 == 0 {
            magnitude
        } else {
            -magnitude
        })
    }
}

impl Iterator for Locations<'_> {
    type Item = LocationRange;

    fn next(&mut self) -> Option<LocationRange> {
        let entry = self.entry();
        if entry.is_none() {
            self.rest = &[];
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry's first byte.
    const fn first(form: u8, units: u8) -> u8 {
        0x80 | form << 3 | (units - 1)
    }

    const TABLE: &[u8] = &[
        first(2, 3),
        0x35, // line 10, columns 19 to 24, three units
        first(11, 1),
        80,
        100, // a line on
        first(13, 1),
        7, // three lines back, no columns
        first(14, 2),
        40,
        1,
        0x41,
        2,
        0,            // 20 lines on, to the line after; from column 128, no end
        first(15, 8), // nowhere
    ];

    #[test]
    fn reads_every_form() {
        let positions: Vec<_> = Locations::new(TABLE, 10)
            .map(|range| (range.start, range.end, range.location.parts()))
            .collect();
        assert_eq!(
            positions,
            [
                (0, 3, [Some(10), Some(10), Some(19), Some(24)]),
                (3, 4, [Some(11), Some(11), Some(80), Some(100)]),
                (4, 5, [Some(8), Some(8), None, None]),
                (5, 7, [Some(28), Some(29), Some(128), None]),
                (7, 15, [None; 4]),
            ]
        );
    }

    #[test]
    fn finds_the_location_of_a_unit() {
        let line = |unit| Locations::new(TABLE, 10).of_unit(unit).map(|l| l.line);
        assert_eq!(line(0), Some(Some(10)));
        assert_eq!(line(2), Some(Some(10)));
        assert_eq!(line(6), Some(Some(28)));
        assert_eq!(line(14), Some(None));
        assert_eq!(line(15), None);
        assert_eq!(Locations::new(TABLE, 10).positions().count(), 15);
    }

    #[test]
    fn joins_units_of_the_same_line() {
        let table = [first(0, 1), 0, first(1, 2), 0, first(11, 1), 0, 0];
        let lines: Vec<_> = Locations::new(&table, 1)
            .lines()
            .map(|range| (range.start, range.end, range.line))
            .collect();
        assert_eq!(lines, [(0, 3, Some(1)), (3, 4, Some(2))]);
    }

    #[test]
    fn a_malformed_table_ends_early() {
        for table in [
            &[first(0, 1), 0, 7][..],
            &[first(0, 1), 0, first(10, 1), 1],
            &[
                first(0, 1),
                0,
                first(13, 1),
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                1,
            ],
        ] {
            assert_eq!(Locations::new(table, 1).count(), 1, "{table:?}");
        }
    }
}
