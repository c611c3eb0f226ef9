//! What a format string says: which items lie where.

use exuvia_vm::{Heap, HeapVec, OutOfMemory, Traverse};

/// How bytes are ordered, and whether sizes and places are those of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Traverse)]
pub enum Order {
    /// `@`: as the machine has it, aligned.
    Native,
    /// `<`, and `=` here.
    Little,
    /// `>` and `!`.
    Big,
}

/// Items of one kind that lie side by side.
#[derive(Clone, Copy, Debug, Traverse)]
pub struct Field {
    /// The letter in the format.
    pub letter: u8,
    /// Where the first item begins.
    pub offset: usize,
    /// Bytes of an item.
    pub size: usize,
    /// The number of items.
    pub count: usize,
}

/// A whole format.
#[derive(Debug, Traverse)]
pub struct Layout {
    /// The order of bytes in items.
    pub order: Order,
    /// The fields, in order.
    pub fields: HeapVec<Field>,
    /// Bytes in all.
    pub size: usize,
    /// Items in all.
    pub items: usize,
}

/// What is wrong with a format.
#[derive(Debug)]
pub enum Wrong {
    /// A message of `struct.error`.
    Message(&'static str),
    /// There is no memory for it.
    Memory,
}

impl From<OutOfMemory> for Wrong {
    fn from(_: OutOfMemory) -> Self {
        Self::Memory
    }
}

const TOO_LONG: Wrong = Wrong::Message("total struct size too long");

/// Size and alignment of a letter's item; `None`: there is no such letter.
fn item(letter: u8, order: Order) -> Option<(usize, usize)> {
    let (native_size, alignment) = match letter {
        b'x' | b'b' | b'B' | b'c' | b'?' | b's' | b'p' => (1, 1),
        b'h' | b'H' | b'e' => (2, 2),
        b'i' | b'I' | b'f' => (4, 4),
        b'l' | b'L' | b'q' | b'Q' | b'd' => (8, 8),
        b'n' | b'N' | b'P' if order == Order::Native => (8, 8),
        b'F' => (8, 4),
        b'D' => (16, 8),
        _ => return None,
    };
    Some(match (order, letter) {
        (Order::Native, _) => (native_size, alignment),
        (_, b'l' | b'L') => (4, 1),
        _ => (native_size, 1),
    })
}

impl Layout {
    /// Reads a format.
    ///
    /// # Errors
    /// [`Wrong`].
    pub fn parse(heap: &Heap, format: &[u8]) -> Result<Self, Wrong> {
        let (order, rest) = match format {
            [b'<' | b'=', rest @ ..] => (Order::Little, rest),
            [b'>' | b'!', rest @ ..] => (Order::Big, rest),
            [b'@', rest @ ..] => (Order::Native, rest),
            rest => (Order::Native, rest),
        };
        let mut layout = Self {
            order,
            fields: HeapVec::new(),
            size: 0,
            items: 0,
        };
        let mut bytes = rest.iter().copied();
        while let Some(first) = bytes.next() {
            if first.is_ascii_whitespace() || first == 0x0B {
                continue;
            }
            let (count, letter) = repeated(first, &mut bytes)?;
            layout.add(heap, letter, count)?;
        }
        layout.fields.shrink_to_fit();
        Ok(layout)
    }

    fn add(&mut self, heap: &Heap, letter: u8, repeat: Option<usize>) -> Result<(), Wrong> {
        let Some((size, alignment)) = item(letter, self.order) else {
            return Err(Wrong::Message("bad char in struct format"));
        };
        let repeat = repeat.unwrap_or(1);
        let offset = self.size.checked_next_multiple_of(alignment);
        let offset = offset.ok_or(TOO_LONG)?;
        let bytes = size.checked_mul(repeat).ok_or(TOO_LONG)?;
        let end = offset.checked_add(bytes).ok_or(TOO_LONG)?;
        if isize::try_from(end).is_err() {
            return Err(TOO_LONG);
        }
        self.size = end;
        let (size, count) = match letter {
            b'x' => return Ok(()),
            b's' | b'p' => (repeat, 1),
            _ => (size, repeat),
        };
        if count > 0 {
            let field = Field {
                letter,
                offset,
                size,
                count,
            };
            self.fields.push(heap, field)?;
            self.items += count;
        }
        Ok(())
    }
}

/// The number in front of a letter, if there is one, and the letter.
fn repeated(first: u8, bytes: &mut impl Iterator<Item = u8>) -> Result<(Option<usize>, u8), Wrong> {
    if !first.is_ascii_digit() {
        return Ok((None, first));
    }
    let mut count = usize::from(first - b'0');
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return Ok((Some(count), byte));
        }
        let longer = count.checked_mul(10);
        let longer = longer.and_then(|count| count.checked_add(usize::from(byte - b'0')));
        count = longer
            .filter(|&count| isize::try_from(count).is_ok())
            .ok_or(TOO_LONG)?;
    }
    Err(Wrong::Message(
        "repeat count given without format specifier",
    ))
}
