//! What memory is used for: by type, by the line that allocated it, and what the heap adds. Looking changes nothing.

use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::types::type_::methods::full_name;
use crate::{Kind, PyRef, Ref, Vm};
use exuvia_object::Header;
use std::cmp::Reverse;
use std::collections::HashMap;

/// What the live objects of one type take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeUsage {
    /// The qualified name, with its module unless that is `builtins`; in parentheses for what is not an object of
    /// Python's.
    pub name: String,
    /// How many there are.
    pub objects: usize,
    /// Bytes asked of the heap for the objects and for the buffers that only they own.
    pub bytes: usize,
}

/// What one line of the program allocated that lives; estimates when allocations are sampled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineUsage {
    /// The file.
    pub filename: String,
    /// The line; 0 for what was allocated while nothing of the program ran.
    pub line: u32,
    /// Blocks: objects and their buffers.
    pub blocks: usize,
    /// Bytes asked for.
    pub bytes: usize,
}

/// From what was asked for to what the system gave, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUsage {
    /// Asked for and not released.
    pub bytes_live: usize,
    /// The most that was ever live, as the heap saw it when it took a pool or a large block.
    pub bytes_live_peak: usize,
    /// In the blocks that serve the requests, rounded up to their size classes.
    pub bytes_in_blocks: usize,
    /// In the pools that hold the blocks.
    pub bytes_in_pools: usize,
    /// Taken from the system.
    pub bytes_from_system: usize,
    /// The most that was ever taken from the system.
    pub bytes_from_system_peak: usize,
    /// Blocks in use.
    pub blocks_live: usize,
    /// Arenas.
    pub arenas: usize,
    /// Pools in use.
    pub pools: usize,
}

impl MemoryUsage {
    /// The part of what the system gave that serves no request, from 0 to 1.
    pub fn fragmentation(&self) -> f64 {
        match self.bytes_from_system {
            0 => 0.0,
            taken => 1.0 - self.bytes_live as f64 / taken as f64,
        }
    }
}

/// A sum over objects of one type.
struct OfType {
    ty: Option<Ref<PyType>>,
    objects: usize,
    bytes: usize,
}

impl Vm {
    /// From what was asked for to what the system gave. Linear in the number of pools and of free blocks.
    pub fn memory_usage(&self) -> MemoryUsage {
        let heap = self.heap().statistics();
        MemoryUsage {
            bytes_live: heap.bytes_live,
            bytes_live_peak: heap.bytes_live_peak,
            bytes_in_blocks: heap.bytes_in_blocks,
            bytes_in_pools: heap.bytes_in_pools,
            bytes_from_system: heap.bytes_committed,
            bytes_from_system_peak: heap.bytes_committed_peak,
            blocks_live: heap.blocks_live,
            arenas: heap.arenas,
            pools: heap.pools_used,
        }
    }

    /// What the live objects of each type take, most bytes first. Linear in the number of objects.
    ///
    /// The bytes add up to what lives on the heap: a line in parentheses has the buffers that no single object owns.
    pub fn memory_by_type(&self) -> Vec<TypeUsage> {
        let mut by_class: HashMap<usize, OfType> = HashMap::new();
        for kind in [Kind::Tracked, Kind::Untracked] {
            self.heap().for_each_object(kind, |block| {
                // SAFETY: between instructions every block with a class is a live object.
                let object = unsafe { PyRef::from_borrowed(block.cast::<Header>()) };
                self.add_object(&mut by_class, &object);
            });
        }
        let mut usage: Vec<TypeUsage> = by_class
            .into_values()
            .map(|of_type| TypeUsage {
                name: of_type
                    .ty
                    .map_or_else(|| "(shapes)".to_owned(), |ty| full_name(self, &ty)),
                objects: of_type.objects,
                bytes: of_type.bytes,
            })
            .collect();
        let of_objects: usize = usage.iter().map(|one| one.bytes).sum();
        usage.push(TypeUsage {
            name: "(other buffers)".to_owned(),
            objects: 0,
            bytes: self.heap().bytes_live().saturating_sub(of_objects),
        });
        usage.sort_by(|a, b| (Reverse(a.bytes), &a.name).cmp(&(Reverse(b.bytes), &b.name)));
        usage
    }

    fn add_object(&self, by_class: &mut HashMap<usize, OfType>, object: &PyRef) {
        let class = std::ptr::from_ref(object.class());
        // Shapes have a class that is no type's.
        let is_shape = class == self.shape_class().as_ptr().cast_const();
        let sum = by_class.entry(class.addr()).or_insert_with(|| OfType {
            ty: (!is_shape).then(|| self.type_of(object).clone()),
            objects: 0,
            bytes: 0,
        });
        sum.objects += 1;
        sum.bytes += if is_shape {
            object.size()
        } else {
            self.size_of_object(object)
        };
    }

    /// What each line allocated that lives, most bytes first, at most `limit` lines; nothing unless allocations are
    /// traced.
    pub fn memory_by_line(&self, limit: usize) -> Vec<LineUsage> {
        let Some(tracer) = self.tracer() else {
            return Vec::new();
        };
        let mut by_line: HashMap<(String, u32), (usize, usize)> = HashMap::new();
        for site in tracer.usage(self.heap()) {
            let frames = self.trace_frames(site.site);
            let line = frames.first().map_or_else(
                || ("<unknown>".to_owned(), 0),
                |frame| (text_of(&frame.filename), frame.line),
            );
            let sum = by_line.entry(line).or_default();
            sum.0 += site.blocks;
            sum.1 += site.bytes;
        }
        let mut usage: Vec<LineUsage> = by_line
            .into_iter()
            .map(|((filename, line), (blocks, bytes))| LineUsage {
                filename,
                line,
                blocks,
                bytes,
            })
            .collect();
        usage.sort_by(|a, b| {
            let key = |one: &LineUsage| (Reverse(one.bytes), one.line);
            key(a)
                .cmp(&key(b))
                .then_with(|| a.filename.cmp(&b.filename))
        });
        usage.truncate(limit);
        usage
    }
}

fn text_of(text: &Ref<PyStr>) -> String {
    text.to_text().into_owned()
}
