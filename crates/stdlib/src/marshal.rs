//! `marshal`: values as bytes and back, in the format that compiled files are written in.
//!
//! Code objects can be neither read nor written: they keep nothing of
//! what the compiler said about them.

use exuvia_vm::table::Method;
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::complex::PyComplex;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::exception::EOF_ERROR;
use exuvia_vm::types::float::float_value;
use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::set::{FROZENSET, SET};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm, function};

/// The version of the format.
const VERSION: i64 = 5;

/// Deeper values are refused.
const DEPTH: usize = 1000;

static FUNCTIONS: &[Method] = &[
    function!(
        "dumps",
        "($module, value, version=5, /, *, allow_code=True)",
        dumps,
        "A value as bytes."
    ),
    function!(
        "loads",
        "($module, data, /, *, allow_code=True)",
        loads,
        "The value of some bytes."
    ),
    function!(
        "dump",
        "($module, value, file, version=5, /, *, allow_code=True)",
        dump,
        "Writes a value to a file."
    ),
    function!(
        "load",
        "($module, file, /, *, allow_code=True)",
        load,
        "Reads a value from a file."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    let version = vm.new_int(VERSION)?;
    vm.add_attribute(module, "version", version)
}

fn dumps(vm: &mut Vm, value: PyRef, _: Option<i64>, _: Option<bool>) -> PyResult<Ref<PyBytes>> {
    let mut bytes = Vec::new();
    write(vm, &mut bytes, &value, 0)?;
    vm.new_bytes(&bytes)
}

fn dump(vm: &mut Vm, value: PyRef, file: PyRef, _: Option<i64>, _: Option<bool>) -> PyResult {
    let bytes = dumps(vm, value, None, None)?.into_any();
    vm.call_method_str(&file, "write", &[bytes])
}

fn loads(vm: &mut Vm, data: PyRef, _: Option<bool>) -> PyResult {
    let data = vm.bytes_like(&data)?.to_vec(vm);
    Reader {
        data: &data,
        at: 0,
        known: Vec::new(),
    }
    .value(vm, 0)
}

fn load(vm: &mut Vm, file: PyRef, _: Option<bool>) -> PyResult {
    let start = vm.call_method_str(&file, "tell", &[])?;
    let data = vm.call_method_str(&file, "read", &[])?;
    let data = vm.bytes_like(&data)?.to_vec(vm);
    let mut reader = Reader {
        data: &data,
        at: 0,
        known: Vec::new(),
    };
    let value = reader.value(vm, 0)?;
    // The file goes on behind the value.
    let start = vm.index_i64(&start)?;
    let end = vm.new_int(start.saturating_add(reader.at as i64))?;
    vm.call_method_str(&file, "seek", &[end])?;
    Ok(value)
}

fn write_len(vm: &Vm, bytes: &mut Vec<u8>, len: usize) -> PyResult<()> {
    let len = i32::try_from(len).map_err(|_| vm.value_error("unmarshallable object"))?;
    bytes.extend_from_slice(&len.to_le_bytes());
    Ok(())
}

fn write(vm: &mut Vm, bytes: &mut Vec<u8>, value: &PyRef, depth: usize) -> PyResult<()> {
    if depth > DEPTH {
        return Err(vm.value_error("object too deeply nested to marshal"));
    }
    if vm.is_none(value) {
        bytes.push(b'N');
    } else if let Some(flag) = vm.bool_value(value) {
        bytes.push(if flag { b'T' } else { b'F' });
    } else if value.is(&vm.ellipsis()) {
        bytes.push(b'.');
    } else if let Some(int) = value.downcast_ref::<PyInt>() {
        write_int(vm, bytes, int)?;
    } else if let Some(float) = float_value(value) {
        bytes.push(b'g');
        bytes.extend_from_slice(&float.to_le_bytes());
    } else if let Some(complex) = value.downcast_ref::<PyComplex>() {
        let complex = complex.value();
        bytes.push(b'y');
        bytes.extend_from_slice(&complex.re.to_le_bytes());
        bytes.extend_from_slice(&complex.im.to_le_bytes());
    } else if let Some(text) = value.downcast_ref::<PyStr>() {
        bytes.push(b'u');
        let text = text.to_wtf8();
        write_len(vm, bytes, text.as_bytes().len())?;
        bytes.extend_from_slice(text.as_bytes());
    } else if let Some(tuple) = value.downcast_ref::<PyTuple>() {
        let items = tuple.to_vec();
        write_items(vm, bytes, b'(', &items, depth)?;
    } else if let Some(list) = value.downcast_ref::<PyList>() {
        let items = list.to_vec(vm);
        write_items(vm, bytes, b'[', &items, depth)?;
    } else if let Some(dict) = value.downcast_ref::<PyDict>() {
        bytes.push(b'{');
        for (key, value) in dict.to_vec(vm) {
            write(vm, bytes, &key, depth + 1)?;
            write(vm, bytes, &value, depth + 1)?;
        }
        bytes.push(b'0');
    } else if vm.is_instance_of_def(value, &SET) || vm.is_instance_of_def(value, &FROZENSET) {
        let kind = if vm.is_instance_of_def(value, &SET) {
            b'<'
        } else {
            b'>'
        };
        let items = vm.to_vec(value)?;
        write_items(vm, bytes, kind, &items, depth)?;
    } else if let Some(buffer) = vm.try_buffer(value)? {
        bytes.push(b's');
        let data = buffer.to_bytes(vm);
        write_len(vm, bytes, data.len())?;
        bytes.extend_from_slice(&data);
    } else {
        return Err(vm.value_error("unmarshallable object"));
    }
    Ok(())
}

fn write_items(
    vm: &mut Vm,
    bytes: &mut Vec<u8>,
    kind: u8,
    items: &[PyRef],
    depth: usize,
) -> PyResult<()> {
    bytes.push(kind);
    write_len(vm, bytes, items.len())?;
    items
        .iter()
        .try_for_each(|item| write(vm, bytes, item, depth + 1))
}

/// An int: 32 bits, or digits of 15 bits with the sign in their number.
fn write_int(vm: &Vm, bytes: &mut Vec<u8>, int: &Ref<PyInt>) -> PyResult<()> {
    if let Some(small) = int.to_i64().and_then(|value| i32::try_from(value).ok()) {
        bytes.push(b'i');
        bytes.extend_from_slice(&small.to_le_bytes());
        return Ok(());
    }
    let (_, magnitude) = int.to_bigint().to_bytes_le();
    let (mut digits, mut pending, mut bits) = (Vec::<u16>::new(), 0u32, 0);
    for byte in magnitude {
        pending |= u32::from(byte) << bits;
        bits += 8;
        if bits >= 15 {
            digits.push((pending & 0x7fff) as u16);
            pending >>= 15;
            bits -= 15;
        }
    }
    digits.push(pending as u16);
    while digits.last() == Some(&0) {
        digits.pop();
    }
    let count = i32::try_from(digits.len()).map_err(|_| vm.value_error("unmarshallable object"))?;
    bytes.push(b'l');
    bytes.extend_from_slice(&(if int.is_negative() { -count } else { count }).to_le_bytes());
    bytes.extend(digits.iter().flat_map(|digit| digit.to_le_bytes()));
    Ok(())
}

/// Reads values from bytes.
struct Reader<'a> {
    data: &'a [u8],
    at: usize,
    /// The values that later ones refer to; `None` while one is being read.
    known: Vec<Option<PyRef>>,
}

impl Reader<'_> {
    fn take(&mut self, vm: &Vm, count: usize) -> PyResult<&[u8]> {
        let end = self
            .at
            .checked_add(count)
            .filter(|&end| end <= self.data.len());
        let Some(end) = end else {
            return Err(vm.error(&EOF_ERROR, "marshal data too short"));
        };
        let start = std::mem::replace(&mut self.at, end);
        Ok(&self.data[start..end])
    }

    fn number<const N: usize>(&mut self, vm: &Vm) -> PyResult<[u8; N]> {
        let mut number = [0; N];
        number.copy_from_slice(self.take(vm, N)?);
        Ok(number)
    }

    fn int(&mut self, vm: &Vm) -> PyResult<i32> {
        Ok(i32::from_le_bytes(self.number(vm)?))
    }

    fn len(&mut self, vm: &Vm) -> PyResult<usize> {
        usize::try_from(self.int(vm)?).map_err(|_| bad(vm, "size out of range"))
    }

    fn byte(&mut self, vm: &Vm) -> PyResult<u8> {
        Ok(self.number::<1>(vm)?[0])
    }

    fn float(&mut self, vm: &Vm) -> PyResult<f64> {
        Ok(f64::from_le_bytes(self.number(vm)?))
    }

    fn value(&mut self, vm: &mut Vm, depth: usize) -> PyResult {
        match self.entry(vm, depth)? {
            Some(value) => Ok(value),
            None => Err(vm.type_error("NULL object in marshal data for object")),
        }
    }

    /// One value; `None` for the end of a dict.
    fn entry(&mut self, vm: &mut Vm, depth: usize) -> PyResult<Option<PyRef>> {
        if depth > DEPTH {
            return Err(bad(vm, "recursion limit exceeded"));
        }
        let kind = self.byte(vm)?;
        let (kind, is_referred) = (kind & 0x7f, kind & 0x80 != 0);
        let place = self.known.len();
        if is_referred {
            self.known.push(None);
        }
        let value = match kind {
            b'0' => return Ok(None),
            b'r' => {
                let index = self.len(vm)?;
                let value = self.known.get(index).cloned().flatten();
                return value.map(Some).ok_or_else(|| bad(vm, "invalid reference"));
            }
            b'(' | b')' | b'[' | b'<' | b'>' => self.items(vm, kind, depth)?,
            b'{' => self.dict(vm, depth)?,
            b'c' => {
                return Err(vm.not_implemented_error("code objects cannot be read with marshal"));
            }
            kind => self.plain(vm, kind)?,
        };
        if is_referred {
            self.known[place] = Some(value.clone());
        }
        Ok(Some(value))
    }

    fn plain(&mut self, vm: &mut Vm, kind: u8) -> PyResult {
        Ok(match kind {
            b'N' => vm.none(),
            b'T' => vm.new_bool(true),
            b'F' => vm.new_bool(false),
            b'.' => vm.ellipsis(),
            b'i' => {
                let value = self.int(vm)?;
                vm.new_int(value.into())?
            }
            b'l' => self.long(vm)?,
            b'g' => {
                let value = self.float(vm)?;
                vm.new_float(value)?
            }
            b'y' => {
                let (real, imaginary) = (self.float(vm)?, self.float(vm)?);
                vm.new_complex(real, imaginary)?
            }
            b's' => {
                let len = self.len(vm)?;
                let bytes = self.take(vm, len)?.to_vec();
                vm.new_bytes(&bytes)?.into_any()
            }
            b'u' | b't' | b'a' | b'A' => {
                let len = self.len(vm)?;
                self.text(vm, len, kind)?
            }
            b'z' | b'Z' => {
                let len = self.byte(vm)?.into();
                self.text(vm, len, kind)?
            }
            _ => return Err(bad(vm, "unknown type code")),
        })
    }

    fn text(&mut self, vm: &mut Vm, len: usize, kind: u8) -> PyResult {
        let bytes = self.take(vm, len)?.to_vec();
        let codes = decode(&bytes).ok_or_else(|| bad(vm, "invalid text"))?;
        let text = vm.new_str_from_chars(codes.iter().copied())?;
        match kind {
            b't' | b'A' | b'Z' => Ok(vm.intern_ref(text)?.into_any()),
            _ => Ok(text.into_any()),
        }
    }

    fn long(&mut self, vm: &mut Vm) -> PyResult {
        let count = self.int(vm)?;
        let digits = self.take(vm, 2 * count.unsigned_abs() as usize)?.to_vec();
        let (mut magnitude, mut pending, mut bits) = (Vec::new(), 0u32, 0);
        for digit in digits.chunks_exact(2) {
            pending |= u32::from(u16::from_le_bytes([digit[0], digit[1]]) & 0x7fff) << bits;
            bits += 15;
            while bits >= 8 {
                magnitude.push(pending as u8);
                pending >>= 8;
                bits -= 8;
            }
        }
        magnitude.push(pending as u8);
        let value = vm.new_bigint(exuvia_vm::types::int::big::from_le_bytes(&magnitude, false))?;
        if count < 0 {
            vm.negative(&value)
        } else {
            Ok(value)
        }
    }

    fn items(&mut self, vm: &mut Vm, kind: u8, depth: usize) -> PyResult {
        let len = if kind == b')' {
            self.byte(vm)?.into()
        } else {
            self.len(vm)?
        };
        let mut items = Vec::new();
        for _ in 0..len {
            items.push(self.value(vm, depth + 1)?);
        }
        match kind {
            b'[' => Ok(vm.new_list(items)?.into_any()),
            b'<' | b'>' => {
                let class = vm
                    .class(if kind == b'<' { &SET } else { &FROZENSET })
                    .clone()
                    .into_any();
                let items = vm.new_tuple(&items)?.into_any();
                vm.call_positional(&class, &[items])
            }
            _ => Ok(vm.new_tuple(&items)?.into_any()),
        }
    }

    fn dict(&mut self, vm: &mut Vm, depth: usize) -> PyResult {
        let dict = vm.new_dict()?;
        while let Some(key) = self.entry(vm, depth + 1)? {
            let value = self.value(vm, depth + 1)?;
            dict.set_item(vm, &key, value)?;
        }
        Ok(dict.into_any())
    }
}

/// The characters of UTF-8 that may hold lone surrogates.
fn decode(bytes: &[u8]) -> Option<Vec<u32>> {
    let (mut codes, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while !rest.is_empty() {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                codes.extend(text.chars().map(u32::from));
                break;
            }
            Err(error) => {
                let (valid, behind) = rest.split_at(error.valid_up_to());
                codes.extend(std::str::from_utf8(valid).ok()?.chars().map(u32::from));
                let [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, ..] = behind else {
                    return None;
                };
                codes.push(0xd000 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f));
                rest = &behind[3..];
            }
        }
    }
    Some(codes)
}

fn bad(vm: &Vm, what: &str) -> PyErr {
    vm.value_error(format!("bad marshal data ({what})"))
}
