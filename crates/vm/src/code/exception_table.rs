//! Exception tables: which instructions a handler covers, and how its stack begins.
//!
//! The encoded table is a sequence of entries of four numbers each: first code unit, number of units, unit of the
//! handler, and stack depth times two plus one if the position of the failing instruction is wanted. A number is written
//! six bits at a time, highest first; bit 6 says that more follow, bit 7 marks the first byte of an entry.

use super::error::CodeError;

/// Says where to go when one of the instructions `start..end` raises.
///
/// The stack is then cut to `depth` entries; the index of the instruction is pushed if `push_lasti`; then the exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    pub depth: u32,
    pub push_lasti: bool,
}

impl Handler {
    /// The depth of the stack at the handler's first instruction.
    pub const fn entry_depth(&self) -> u32 {
        self.depth.saturating_add(1 + self.push_lasti as u32)
    }
}

/// The handler that covers an instruction, among handlers that are sorted and do not overlap.
pub(super) fn find(handlers: &[Handler], index: u32) -> Option<&Handler> {
    let next = handlers.partition_point(|handler| handler.end <= index);
    handlers.get(next).filter(|handler| handler.start <= index)
}

/// Decodes a table into handlers whose positions are still code units.
pub(super) fn decode(table: &[u8]) -> Result<Vec<Handler>, CodeError> {
    let mut handlers = Vec::new();
    let mut rest = table;
    while !rest.is_empty() {
        let start = number(&mut rest, true)?;
        let length = number(&mut rest, false)?;
        let target = number(&mut rest, false)?;
        let depth_and_lasti = number(&mut rest, false)?;
        handlers.push(Handler {
            start,
            end: start
                .checked_add(length)
                .ok_or(CodeError::BadExceptionTable)?,
            target,
            depth: depth_and_lasti >> 1,
            push_lasti: depth_and_lasti & 1 != 0,
        });
    }
    Ok(handlers)
}

const START: u8 = 0x80;
const MORE: u8 = 0x40;
const DIGIT: u8 = 0x3f;

fn number(rest: &mut &[u8], first_of_entry: bool) -> Result<u32, CodeError> {
    let mut value = 0_u32;
    let mut is_start = first_of_entry;
    loop {
        let (&byte, tail) = rest.split_first().ok_or(CodeError::BadExceptionTable)?;
        *rest = tail;
        if (byte & START != 0) != is_start || value >> 26 != 0 {
            return Err(CodeError::BadExceptionTable);
        }
        is_start = false;
        value = (value << 6) | u32::from(byte & DIGIT);
        if byte & MORE == 0 {
            return Ok(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustpython_compiler_core::bytecode::{ExceptionTableEntry, encode_exception_table};

    #[test]
    fn decodes_what_the_compiler_encodes() {
        let entries = [
            ExceptionTableEntry::new(0, 10, 20, 2, false),
            ExceptionTableEntry::new(15, 70_000, 5_000_000, 1, true),
        ];
        let handlers = decode(&encode_exception_table(&entries)).expect("valid");
        let expected: Vec<_> = entries
            .iter()
            .map(|e| Handler {
                start: e.start,
                end: e.end,
                target: e.target,
                depth: e.depth.into(),
                push_lasti: e.push_lasti,
            })
            .collect();
        assert_eq!(handlers, expected);
    }

    #[test]
    fn finds_the_handler_of_an_instruction() {
        let handler = |start, end| Handler {
            start,
            end,
            target: 0,
            depth: 0,
            push_lasti: false,
        };
        let handlers = [handler(1, 3), handler(3, 4), handler(7, 9)];
        let starts: Vec<_> = (0..10)
            .map(|index| find(&handlers, index).map(|h| h.start))
            .collect();
        let none = None;
        assert_eq!(
            starts,
            [
                none,
                Some(1),
                Some(1),
                Some(3),
                none,
                none,
                none,
                Some(7),
                Some(7),
                none
            ]
        );
    }

    #[test]
    fn refuses_malformed_tables() {
        for table in [
            &[0_u8][..],                                    // no start mark
            &[0x80],                                        // ends early
            &[0x80, 0x81, 0, 0],                            // a start mark inside
            &[0x80, 0, 0, 0x40],                            // ends inside a number
            &[0x80, 0, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x3f], // too large
        ] {
            assert_eq!(
                decode(table),
                Err(CodeError::BadExceptionTable),
                "{table:?}"
            );
        }
    }
}
