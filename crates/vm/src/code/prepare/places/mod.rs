//! Which part of the source each instruction is from, as tracebacks mark it.
//!
//! The compiler notes with each instruction the range of the node that it came to last. For an operation that follows its
//! operands that is often the last operand, or a part of it: in `a.b` the range of `a`. CPython notes the operation.
//!
//! The repair walks the syntax tree in the compiler's order and keeps account of the range that the compiler has at
//! each point ([`walk`]). That gives, for each instruction that can fail, the range noted and the right one
//! ([`events`]). Both together find the instructions: those of that kind with that range, in order. One that is not
//! found so keeps its place; nothing but the location tables depends on this.
//!
//! Functions that make values for types have other names than in CPython; those are repaired, too.

mod events;
mod expression;
mod pattern;
mod table;
mod walk;

use std::collections::VecDeque;
use std::ops::Range;

use ruff_text_size::{TextRange, TextSize};
use rustpython_compiler::ast;
use rustpython_compiler_core::bytecode::{CodeObject, CodeUnit, ConstantData, Instruction};
use rustpython_compiler_core::{OneIndexed, PositionEncoding, SourceFile};

use super::super::locations::{Location, Locations};
use events::{Events, Kind};

/// The code of a tree, with repaired location tables. They are without columns if `has_columns` is false.
pub(super) fn repaired(
    code: CodeObject,
    tree: &ast::Mod,
    file: &SourceFile,
    has_columns: bool,
) -> CodeObject {
    let (events, aliases) = walk::events(tree, file.source_text());
    Repair {
        file,
        events,
        aliases: aliases.into(),
        has_columns,
    }
    .code(&code, 0)
}

struct Repair<'a> {
    file: &'a SourceFile,
    events: Events,
    aliases: VecDeque<(u32, String)>,
    has_columns: bool,
}

impl Repair<'_> {
    /// A copy of a code object and those in it, which lie `depth` functions deep.
    fn code(&mut self, code: &CodeObject, depth: u32) -> CodeObject {
        let linetable = self.table(code, depth);
        let (obj_name, qualname) = self.names(code, depth);
        let constants = code.constants.iter().map(|constant| match constant {
            ConstantData::Code { code } => ConstantData::Code {
                code: Box::new(self.code(code, depth + 1)),
            },
            other => other.clone(),
        });
        CodeObject {
            constants: constants.collect(),
            linetable,
            locations: Box::default(),
            instructions: code.instructions.clone(),
            flags: code.flags,
            posonlyarg_count: code.posonlyarg_count,
            arg_count: code.arg_count,
            kwonlyarg_count: code.kwonlyarg_count,
            source_path: code.source_path.clone(),
            first_line_number: code.first_line_number,
            max_stackdepth: code.max_stackdepth,
            obj_name,
            qualname,
            names: code.names.clone(),
            varnames: code.varnames.clone(),
            cellvars: code.cellvars.clone(),
            freevars: code.freevars.clone(),
            localspluskinds: code.localspluskinds.clone(),
            exceptiontable: code.exceptiontable.clone(),
        }
    }

    /// Name and qualified name.
    fn names(&mut self, code: &CodeObject, depth: u32) -> (String, String) {
        let name = if code.obj_name == "TypeAlias" {
            let found = self.aliases.iter().position(|alias| alias.0 == depth);
            found
                .and_then(|index| self.aliases.remove(index))
                .map(|alias| alias.1)
        } else {
            let parts = code
                .obj_name
                .strip_prefix('<')
                .and_then(|name| name.strip_suffix('>'));
            let parameter = parts.and_then(|name| name.split_once(" of "));
            parameter
                .filter(|(what, _)| what.starts_with(['T', 'P']))
                .map(|(_, name)| name.to_owned())
        };
        let Some(name) = name else {
            return (code.obj_name.clone(), code.qualname.clone());
        };
        let outer = code.qualname.strip_suffix(code.obj_name.as_str());
        let qualname = format!("{}{name}", outer.unwrap_or_default());
        (name, qualname)
    }

    fn table(&mut self, code: &CodeObject, depth: u32) -> Box<[u8]> {
        let first_line = code.first_line_number.map_or(0, |line| line.get() as u32);
        let mut places: Vec<Location> = Locations::new(&code.linetable, first_line)
            .positions()
            .collect();
        for span in spans(&code.instructions) {
            let unit = &code.instructions[span.end_of_prefixes];
            let Some(kind) = Kind::of(unit.op, u8::from(unit.arg)) else {
                continue;
            };
            let Some(places) = places.get_mut(span.all) else {
                continue;
            };
            let noted = places.first().copied().unwrap_or_default();
            if let Some(place) = self.place(kind, noted, depth) {
                places.fill(place);
            }
        }
        table::encode(&places, first_line, self.has_columns)
    }

    /// The right place of the next instruction of a kind for which the compiler has noted a place.
    fn place(&mut self, kind: Kind, noted: Location, depth: u32) -> Option<Location> {
        let start = self.offset(noted.line?, noted.column?)?;
        let end = self.offset(noted.end_line?, noted.end_column?)?;
        let noted = TextRange::new(start, end.max(start));
        let range = self.events.next(kind, noted, depth)?;
        Some(self.location(range))
    }

    fn offset(&self, line: u32, column: u32) -> Option<TextSize> {
        let line = OneIndexed::new(usize::try_from(line).ok()?)?;
        let start = *self
            .file
            .index()
            .line_starts()
            .get(line.to_zero_indexed())?;
        start.checked_add(TextSize::new(column))
    }

    fn location(&self, range: TextRange) -> Location {
        let source = self.file.to_source_code();
        let position = |offset| {
            let position = source.source_location(offset, PositionEncoding::Utf8);
            let column = position.character_offset.to_zero_indexed();
            (
                u32::try_from(position.line.get()).ok(),
                u32::try_from(column).ok(),
            )
        };
        let (line, column) = position(range.start());
        let (end_line, end_column) = position(range.end());
        Location {
            line,
            end_line,
            column,
            end_column,
        }
    }
}

/// The code units of one instruction.
struct Span {
    /// With prefixes and caches.
    all: Range<usize>,
    end_of_prefixes: usize,
}

fn spans(units: &[CodeUnit]) -> impl Iterator<Item = Span> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = next;
        let is_prefix = |unit: &CodeUnit| matches!(unit.op, Instruction::ExtendedArg);
        let is_cache = |unit: &CodeUnit| matches!(unit.op, Instruction::Cache);
        let end_of_prefixes = start + units.get(start..)?.iter().position(|u| !is_prefix(u))?;
        let behind = units[end_of_prefixes + 1..].iter();
        next = end_of_prefixes + 1 + behind.take_while(|unit| is_cache(unit)).count();
        Some(Span {
            all: start..next,
            end_of_prefixes,
        })
    })
}
