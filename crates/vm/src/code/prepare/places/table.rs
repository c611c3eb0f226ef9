//! Writing location tables (PEP 626 and 657); [`Locations`](super::Locations) reads them.

use super::Location;

/// The most code units that one entry can be for.
const UNITS_MAX: usize = 8;

/// Forms of an entry, beside the short ones, whose number is a part of the column.
mod form {
    pub(super) const ONE_LINE: u8 = 10;
    pub(super) const NO_COLUMNS: u8 = 13;
    pub(super) const LONG: u8 = 14;
    pub(super) const NONE: u8 = 15;
}

/// The table for the locations of all code units, in order.
pub(super) fn encode(locations: &[Location], first_line: u32, has_columns: bool) -> Box<[u8]> {
    let mut encoder = Encoder {
        bytes: Vec::with_capacity(locations.len()),
        line: i64::from(first_line),
        has_columns,
    };
    for run in locations.chunk_by(|a, b| a == b) {
        for units in run.chunks(UNITS_MAX) {
            encoder.entry(units[0], units.len());
        }
    }
    encoder.bytes.into_boxed_slice()
}

struct Encoder {
    bytes: Vec<u8>,
    /// The line of the entry before.
    line: i64,
    has_columns: bool,
}

impl Encoder {
    fn entry(&mut self, location: Location, units: usize) {
        let Some(line) = location.line.map(i64::from) else {
            return self.first_byte(form::NONE, units);
        };
        let delta = line - self.line;
        self.line = line;
        let columns = location.column.zip(location.end_column);
        let (Some((start, end)), Some(end_line), true) =
            (columns, location.end_line, self.has_columns)
        else {
            self.first_byte(form::NO_COLUMNS, units);
            return self.signed(delta);
        };
        let is_one_line = i64::from(end_line) == line;
        match (u8::try_from(start), u8::try_from(end)) {
            (Ok(start), Ok(end))
                if is_one_line
                    && delta == 0
                    && start < 80
                    && (start..start + 16).contains(&end) =>
            {
                self.first_byte(start >> 3, units);
                self.bytes.push((start & 7) << 4 | (end - start));
            }
            (Ok(start), Ok(end)) if is_one_line && (0..3).contains(&delta) => {
                self.first_byte(form::ONE_LINE + delta as u8, units);
                self.bytes.extend([start, end]);
            }
            _ => {
                self.first_byte(form::LONG, units);
                self.signed(delta);
                // No end is before its start.
                self.number((i64::from(end_line) - line).max(0).unsigned_abs());
                self.number(u64::from(start) + 1);
                self.number(u64::from(end) + 1);
            }
        }
    }

    fn first_byte(&mut self, form: u8, units: usize) {
        let units = u8::try_from(units - 1).unwrap_or(0);
        self.bytes.push(0x80 | form << 3 | units);
    }

    /// Groups of six bits, the lowest first; bit 6 says that more follow.
    fn number(&mut self, mut value: u64) {
        while value >= 0x40 {
            self.bytes.push(0x40 | (value & 0x3f) as u8);
            value >>= 6;
        }
        self.bytes.push(value as u8);
    }

    /// The same with the sign in the lowest bit.
    fn signed(&mut self, value: i64) {
        self.number(value.unsigned_abs() << 1 | u64::from(value < 0));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Locations;
    use super::*;

    fn location(line: u32, end_line: u32, column: u32, end_column: u32) -> Location {
        Location {
            line: Some(line),
            end_line: Some(end_line),
            column: Some(column),
            end_column: Some(end_column),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let locations = [
            vec![location(3, 3, 0, 15); 19],
            vec![
                Location::default(),
                location(4, 4, 79, 80),
                location(4, 4, 79, 200),
                location(6, 6, 4, 9),
                location(2, 90, 4, 9),
                location(3, 3, 4, 3000),
                location(1000, 1000, 0, 0),
            ],
        ]
        .concat();
        let table = encode(&locations, 3, true);
        let read: Vec<_> = Locations::new(&table, 3).positions().collect();
        assert_eq!(read, locations);
    }

    #[test]
    fn lines_alone_are_written_without_columns() {
        let table = encode(&[location(5, 6, 1, 2), location(4, 4, 1, 2)], 1, false);
        let read: Vec<_> = Locations::new(&table, 1)
            .positions()
            .map(Location::parts)
            .collect();
        let line = |line| [Some(line), Some(line), None, None];
        assert_eq!(read, [line(5), line(4)]);
    }
}
