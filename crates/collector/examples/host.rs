//! A language on the collector, with an object layout and a pointer type of its own.
//!
//! Its values are words: small integers with the lowest bit set, or pointers to records. A record is
//!
//! ```text
//! header 16 | field 0 | field 1 | …      so many as the header's host byte says
//! ```
//!
//! What the collector has to know of that is in a [`Class`] with four functions of the host's; what the collector wants
//! done is in a [`Host`]. Nothing here is a Rust type that the collector knows.
//!
//! `cargo run -p exuvia-collector --example host`
#![allow(
    unsafe_code,
    clippy::print_stdout,
    reason = "a host lays out its objects itself, and an example shows something"
)]

use exuvia_collector::{Collector, Generation, Host, audit};
use exuvia_object::{
    AnyRef, Class, Config, Flags, Header, Kind, Label, OutOfMemory, Space, Visitor,
};
use std::any::TypeId;
use std::cell::Cell;
use std::ptr::NonNull;

/// A word: a small integer, or a counted reference to a record.
#[repr(transparent)]
struct Value(usize);

impl Value {
    fn int(number: isize) -> Self {
        Self(number.cast_unsigned() << 1 | 1)
    }

    fn as_int(&self) -> Option<isize> {
        (self.0 & 1 == 1).then_some(self.0.cast_signed() >> 1)
    }

    fn as_record(&self) -> Option<NonNull<Header>> {
        let is_record = self.0 & 1 == 0;
        is_record.then(|| {
            let record = std::ptr::with_exposed_provenance_mut(self.0);
            NonNull::new(record).expect("words are never zero")
        })
    }

    /// The word for a handle, which is given away.
    fn record(object: AnyRef) -> Self {
        Self(object.into_raw().expose_provenance().get())
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        match self.as_record() {
            None => Self(self.0),
            // SAFETY: the word holds a reference, so the record is alive.
            Some(record) => Self::record(unsafe { AnyRef::from_borrowed(record) }),
        }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        if let Some(record) = self.as_record() {
            // SAFETY: the reference that the word held goes away with it.
            drop(unsafe { AnyRef::from_owned(record) });
        }
    }
}

/// The fields of a record.
///
/// # Safety
/// `record` is alive, and lives as long as the slice is used.
unsafe fn fields<'a>(record: NonNull<Header>) -> &'a [Cell<Value>] {
    // SAFETY: so many words lie behind the header.
    unsafe {
        let len = usize::from(record.as_ref().host_byte());
        NonNull::slice_from_raw_parts(record.add(1).cast(), len).as_ref()
    }
}

/// Reads a field.
fn get(field: &Cell<Value>) -> Value {
    // SAFETY: a copy is made while the field stays; nothing else runs meanwhile.
    unsafe { (*field.as_ptr()).clone() }
}

unsafe fn record_size(record: NonNull<Header>) -> usize {
    // SAFETY: the record is alive.
    size_of::<Header>() + 8 * usize::from(unsafe { record.as_ref() }.host_byte())
}

unsafe fn record_traverse(record: NonNull<Header>, visitor: &mut Visitor<'_>) {
    // SAFETY: the record is alive.
    for (index, field) in unsafe { fields(record) }.iter().enumerate() {
        // SAFETY: a look at the word; nothing changes it meanwhile.
        if let Some(target) = unsafe { (*field.as_ptr()).as_record() } {
            visitor.visit_raw(target, || Label::Index(index));
        }
    }
}

unsafe fn record_drop(record: NonNull<Header>) {
    // SAFETY: the collector and the counts call this once, when nobody uses the record any more.
    for field in unsafe { fields(record) } {
        // SAFETY: each field is dropped once.
        unsafe { field.as_ptr().drop_in_place() };
    }
}

/// Records whose first field is a negative number want to be told before they die.
unsafe fn record_needs_finalizer(record: NonNull<Header>) -> bool {
    // SAFETY: the record is alive, and nothing changes its fields meanwhile.
    let first = unsafe {
        fields(record)
            .first()
            .and_then(|field| (*field.as_ptr()).as_int())
    };
    first.is_some_and(|number| number < 0)
}

/// The language: its space, its collector, and the one class of its records.
struct Machine {
    space: Box<Space>,
    collector: Collector,
    class: Box<Class>,
}

impl Machine {
    fn new() -> Self {
        Self {
            space: Space::new(Config::default()),
            collector: Collector::new(),
            class: Box::new(Class {
                payload: TypeId::of::<Value>(),
                basic_size: size_of::<Header>() as u32,
                buffer_at: 0,
                kind: Kind::Tracked,
                owner_is_counted: Cell::new(false),
                size: Cell::new(Some(record_size)),
                drop: Cell::new(Some(record_drop)),
                traverse: Cell::new(Some(record_traverse)),
                needs_finalizer: Cell::new(Some(record_needs_finalizer)),
            }),
        }
    }

    /// A new record. This is the machine's safepoint: what is due is done here, and nowhere else.
    fn record(&self, values: &[Value]) -> Result<Value, OutOfMemory> {
        self.run_finalizers();
        self.collector.collect_due(&self.space, &mut Printer);
        let len = u8::try_from(values.len()).expect("a record has at most 255 fields");
        let size = size_of::<Header>() + size_of_val(values);
        // SAFETY: the class describes records and outlives them; all fields are written before anything else happens.
        unsafe {
            let class = NonNull::from(&*self.class);
            let record = self.space.allocate_raw(class, Kind::Tracked, size)?;
            record.as_ref().set_host_byte(len);
            for (index, value) in values.iter().enumerate() {
                record
                    .add(1)
                    .cast::<Value>()
                    .add(index)
                    .write(value.clone());
            }
            Ok(Value::record(AnyRef::from_owned(record)))
        }
    }

    fn set(record: &Value, index: usize, value: Value) {
        let object = record.as_record().expect("a record");
        // SAFETY: the word keeps the record alive.
        let fields = unsafe { fields(object) };
        drop(fields[index].replace(value));
    }

    /// Finalizes the records whose last reference is gone.
    fn run_finalizers(&self) {
        while let Some(record) = self.space.take_pending() {
            if !record.header().has(Flags::FINALIZED) {
                record.header().set(Flags::FINALIZED);
                Printer.finalize(&record);
            }
        }
    }

    fn collect(&self) -> usize {
        self.run_finalizers();
        let outcome = self
            .collector
            .collect(&self.space, Generation::Old, &mut Printer);
        outcome.collected
    }
}

/// What a collection asks of the language.
struct Printer;

impl Host for Printer {
    fn finalize(&mut self, object: &AnyRef) {
        // SAFETY: the handle keeps the record alive.
        let first = get(&unsafe { fields(object.as_raw()) }[0]);
        println!("finalizer of {}", first.as_int().unwrap_or_default());
    }
}

fn main() -> Result<(), OutOfMemory> {
    let machine = Machine::new();

    // By count: freed as soon as the last word goes, after its finalizer at the next safepoint.
    drop(machine.record(&[Value::int(-1)])?);
    machine.run_finalizers();

    // By a collection: a record that refers to itself, and holds another.
    let inner = machine.record(&[Value::int(7)])?;
    let ring = machine.record(&[Value::int(-2), inner, Value::int(0)])?;
    Machine::set(&ring, 2, ring.clone());
    println!("collected while in use: {}", machine.collect());
    drop(ring);
    println!("collected afterwards: {}", machine.collect());

    // A long list takes no deep recursion to free, and the verifiers find everything in order.
    let mut list = Value::int(0);
    for number in 0..1_000_000 {
        list = machine.record(&[Value::int(number), list])?;
    }
    let root = list.as_record().expect("a record");
    let mismatches = audit(&machine.space, &mut |visit| visit(root));
    println!("objects whose count is not explained: {}", mismatches.len());
    drop(list);
    machine.space.verify().expect("headers are in order");
    println!("left: {}", machine.space.heap().blocks_live());
    Ok(())
}
