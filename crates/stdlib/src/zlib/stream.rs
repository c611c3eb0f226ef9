//! Streams of the crate `flate2`, opened by zlib's numbers and with output on the heap.

use super::failed;
use exuvia_vm::{HeapVec, PyResult, Vm};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Bytes that are made at a time.
const STEP: usize = 16 * 1024;

/// The largest window, as a power of two.
pub const WINDOW_BITS_MAX: i32 = 15;
/// The smallest window.
const WINDOW_BITS_MIN: i32 = 9;

/// What surrounds the compressed bytes, and how large the window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// Nothing.
    Raw(u8),
    /// zlib's header and checksum.
    Zlib(u8),
    /// A gzip header and trailer.
    Gzip(u8),
    /// zlib's or gzip's, as the first byte says.
    Either(u8),
}

impl Wrapper {
    /// What zlib's `wbits` means; `None`: nothing.
    pub fn of(wbits: i32) -> Option<Self> {
        // The smallest window is treated as the next one; so does zlib itself.
        let window = |bits: i32| {
            let bits = if bits == WINDOW_BITS_MIN - 1 {
                WINDOW_BITS_MIN
            } else {
                bits
            };
            (WINDOW_BITS_MIN..=WINDOW_BITS_MAX)
                .contains(&bits)
                .then_some(bits as u8)
        };
        // Zero takes the size from the header.
        let named = |bits: i32| window(if bits == 0 { WINDOW_BITS_MAX } else { bits });
        match wbits {
            ..0 => window(wbits.checked_neg()?).map(Self::Raw),
            0..16 => named(wbits).map(Self::Zlib),
            16..32 => named(wbits - 16).map(Self::Gzip),
            32..48 => named(wbits - 32).map(Self::Either),
            _ => None,
        }
    }

    /// A stream that compresses; `None` if this is no way to.
    fn compressor(self, level: i32) -> Option<Compress> {
        const LEVEL_DEFAULT: i32 = -1;
        let level = match level {
            LEVEL_DEFAULT => Compression::default(),
            level => Compression::new(u32::try_from(level).ok().filter(|&level| level <= 9)?),
        };
        match self {
            Self::Raw(bits) => Some(Compress::new_with_window_bits(level, false, bits)),
            Self::Zlib(bits) => Some(Compress::new_with_window_bits(level, true, bits)),
            Self::Gzip(bits) => Some(Compress::new_gzip(level, bits)),
            Self::Either(_) => None,
        }
    }
}

/// A stream that compresses, by zlib's numbers; `None` if they mean none.
pub fn compressor(level: i32, wbits: i32) -> Option<Compress> {
    // There is no header yet to take the size of the window from.
    let names_window = wbits % 16 != 0;
    let wrapper = Wrapper::of(wbits).filter(|_| names_window)?;
    wrapper.compressor(level)
}

/// Compresses bytes, adding to the output.
///
/// # Errors
/// `zlib.error`; `OutOfMemory`.
pub fn compress(
    vm: &Vm,
    stream: &mut Compress,
    mut input: &[u8],
    flush: FlushCompress,
    out: &mut HeapVec<u8>,
) -> PyResult<()> {
    let mut room = vec![0; STEP];
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let status = stream.compress(input, &mut room, flush).map_err(|_| {
            failed(
                vm,
                -2,
                "while compressing data",
                "inconsistent stream state",
            )
        })?;
        input = &input[(stream.total_in() - read) as usize..];
        let made = (stream.total_out() - written) as usize;
        out.extend_from_copies(vm.heap(), &room[..made])?;
        let is_done = match status {
            Status::StreamEnd => true,
            // Whatever was left in the stream has been written once there is room to spare.
            _ => made < room.len() && (input.is_empty() || made == 0),
        };
        if is_done {
            return Ok(());
        }
    }
}

/// A stream that decompresses.
#[derive(Debug)]
pub struct Inflater {
    /// `None` until the first byte says what it is.
    stream: Option<Decompress>,
    wrapper: Wrapper,
    dictionary: Vec<u8>,
    is_at_end: bool,
}

/// What decompressing came to.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// How many bytes of the input were used.
    pub used: usize,
    /// Whether this is all that the stream has.
    pub is_at_end: bool,
}

const GZIP_FIRST: u8 = 0x1F;

impl Inflater {
    /// A stream for what is wrapped so, with a preset dictionary.
    pub fn new(wrapper: Wrapper, dictionary: Vec<u8>) -> Self {
        Self {
            stream: None,
            wrapper,
            dictionary,
            is_at_end: false,
        }
    }

    /// Whether the end of the stream was reached.
    pub fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    fn open(&mut self, vm: &Vm, first: u8) -> PyResult<&mut Decompress> {
        let stream = match self.wrapper {
            Wrapper::Raw(bits) => Decompress::new_with_window_bits(false, bits),
            Wrapper::Gzip(bits) => Decompress::new_gzip(bits),
            Wrapper::Either(bits) if first == GZIP_FIRST => Decompress::new_gzip(bits),
            Wrapper::Zlib(bits) | Wrapper::Either(bits) => {
                Decompress::new_with_window_bits(true, bits)
            }
        };
        let stream = self.stream.insert(stream);
        // Without a header to ask for it the dictionary is there from the start.
        if matches!(self.wrapper, Wrapper::Raw(_)) && !self.dictionary.is_empty() {
            let set = stream.set_dictionary(&self.dictionary);
            set.map_err(|_| failed(vm, -2, "while setting zdict", "inconsistent stream state"))?;
        }
        Ok(stream)
    }

    /// Decompresses bytes, adding at most `most` to the output.
    ///
    /// # Errors
    /// `zlib.error`; `OutOfMemory`.
    pub fn step(
        &mut self,
        vm: &Vm,
        input: &[u8],
        most: usize,
        out: &mut HeapVec<u8>,
    ) -> PyResult<Progress> {
        let Some(&first) = input.first() else {
            if self.stream.is_none() {
                return Ok(Progress {
                    used: 0,
                    is_at_end: self.is_at_end,
                });
            }
            return self.run(vm, input, most, out);
        };
        if self.stream.is_none() {
            self.open(vm, first)?;
        }
        self.run(vm, input, most, out)
    }

    fn run(
        &mut self,
        vm: &Vm,
        input: &[u8],
        most: usize,
        out: &mut HeapVec<u8>,
    ) -> PyResult<Progress> {
        let mut used = 0;
        let mut left = most;
        let mut room = vec![0; STEP.min(most)];
        while !self.is_at_end && left > 0 {
            let Some(stream) = &mut self.stream else {
                break;
            };
            let (read, written) = (stream.total_in(), stream.total_out());
            let len = room.len().min(left);
            let result = stream.decompress(&input[used..], &mut room[..len], FlushDecompress::Sync);
            used += (stream.total_in() - read) as usize;
            let made = (stream.total_out() - written) as usize;
            out.extend_from_copies(vm.heap(), &room[..made])?;
            left -= made;
            match result {
                Ok(Status::StreamEnd) => self.is_at_end = true,
                Ok(_) if made < len => break,
                Ok(_) => {}
                Err(error) if error.needs_dictionary().is_some() && !self.dictionary.is_empty() => {
                    let set = stream.set_dictionary(&self.dictionary);
                    set.map_err(|_| failed(vm, -3, "while setting zdict", "incorrect dictionary"))?;
                }
                Err(error) if error.needs_dictionary().is_some() => {
                    return Err(failed(vm, 2, "while decompressing data", ""));
                }
                Err(error) => {
                    let message = error.message().unwrap_or("invalid input data");
                    return Err(failed(vm, -3, "while decompressing data", message));
                }
            }
        }
        Ok(Progress {
            used,
            is_at_end: self.is_at_end,
        })
    }
}
