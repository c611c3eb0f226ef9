//! Quoted-printable text (RFC 2045, section 6.7).

use super::{Text, bytes, hex_digit};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::{PyResult, Ref, Vm};

/// The most characters of a line.
const LINE_MAX: usize = 76;
/// Characters of an escape.
const ESCAPE: usize = 3;
const HEX_DIGITS: &[u8; 16] = b"0123456789ABCDEF";

pub fn decode(vm: &mut Vm, data: Text, header: Option<bool>) -> PyResult<Ref<PyBytes>> {
    let (data, is_header) = (data.get(vm), header.unwrap_or(false));
    let mut decoded = Vec::with_capacity(data.len());
    let mut rest = &*data;
    while let [first, behind @ ..] = rest {
        rest = behind;
        match first {
            b'=' => rest = decode_escape(behind, &mut decoded),
            b'_' if is_header => decoded.push(b' '),
            byte => decoded.push(*byte),
        }
    }
    bytes(vm, &decoded)
}

/// Decodes what stands behind an equals sign and answers what follows.
fn decode_escape<'a>(text: &'a [u8], decoded: &mut Vec<u8>) -> &'a [u8] {
    match text {
        [] => text,
        // A line break that is none, whatever it is made of.
        [b'\n' | b'\r', ..] => {
            let end = text.iter().position(|&byte| byte == b'\n');
            end.map_or(&[], |end| &text[end + 1..])
        }
        [b'=', rest @ ..] => {
            decoded.push(b'=');
            rest
        }
        [high, low, rest @ ..] => match hex_digit(*high).zip(hex_digit(*low)) {
            Some((high, low)) => {
                decoded.push(high << 4 | low);
                rest
            }
            None => {
                decoded.push(b'=');
                text
            }
        },
        _ => {
            decoded.push(b'=');
            text
        }
    }
}

pub fn encode(
    vm: &mut Vm,
    data: BytesLike,
    quotetabs: Option<bool>,
    istext: Option<bool>,
    header: Option<bool>,
) -> PyResult<Ref<PyBytes>> {
    let data = data.get(vm);
    let first_end = data.iter().position(|&byte| byte == b'\n');
    let mut encoder = Encoder {
        data: &data,
        at: 0,
        quotes_tabs: quotetabs.unwrap_or(false),
        is_text: istext.unwrap_or(true),
        is_header: header.unwrap_or(false),
        // Lines end as the first one does.
        has_returns: first_end.is_some_and(|end| end > 0 && data[end - 1] == b'\r'),
        encoded: Vec::with_capacity(data.len()),
        line_len: 0,
    };
    while encoder.at < encoder.data.len() {
        encoder.step();
    }
    bytes(vm, &encoder.encoded)
}

struct Encoder<'a> {
    data: &'a [u8],
    at: usize,
    quotes_tabs: bool,
    is_text: bool,
    is_header: bool,
    has_returns: bool,
    encoded: Vec<u8>,
    /// Characters in the line so far.
    line_len: usize,
}

impl Encoder<'_> {
    fn next_byte(&self) -> Option<u8> {
        self.data.get(self.at + 1).copied()
    }

    fn step(&mut self) {
        let byte = self.data[self.at];
        if self.needs_escape(byte) {
            if self.line_len + ESCAPE >= LINE_MAX {
                self.soft_break();
            }
            self.encoded.push(b'=');
            self.push_hex(byte);
            self.line_len += ESCAPE;
            self.at += 1;
        } else if self.is_text && self.ends_line(byte) {
            self.end_line();
            self.at += if byte == b'\r' { 2 } else { 1 };
        } else {
            let is_last = self.next_byte().is_none_or(|next| next == b'\n');
            if !is_last && self.line_len + 1 >= LINE_MAX {
                self.soft_break();
            }
            let is_blank = self.is_header && byte == b' ';
            self.encoded.push(if is_blank { b'_' } else { byte });
            self.line_len += 1;
            self.at += 1;
        }
    }

    fn needs_escape(&self, byte: u8) -> bool {
        let next = self.next_byte();
        match byte {
            b'=' | 127.. => true,
            b'_' => self.is_header,
            // A dot alone in a line ends a mail.
            b'.' => self.line_len == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)),
            b'\r' | b'\n' => !self.is_text,
            b'\t' | b' ' => next.is_none() || self.quotes_tabs,
            _ => byte < b' ',
        }
    }

    fn ends_line(&self, byte: u8) -> bool {
        byte == b'\n' || byte == b'\r' && self.next_byte() == Some(b'\n')
    }

    fn end_line(&mut self) {
        // Blanks at the end of a line may be lost on the way.
        if let Some(&last @ (b' ' | b'\t')) = self.encoded.last() {
            self.encoded.pop();
            self.encoded.push(b'=');
            self.push_hex(last);
        }
        self.push_break();
    }

    fn soft_break(&mut self) {
        self.encoded.push(b'=');
        self.push_break();
    }

    fn push_break(&mut self) {
        if self.has_returns {
            self.encoded.push(b'\r');
        }
        self.encoded.push(b'\n');
        self.line_len = 0;
    }

    fn push_hex(&mut self, byte: u8) {
        self.encoded.push(HEX_DIGITS[usize::from(byte >> 4)]);
        self.encoded.push(HEX_DIGITS[usize::from(byte & 15)]);
    }
}
