//! Reading program text from files and standard input: what cannot be a program is refused with the reason and a remedy.

use super::program::Failure;
use super::{STATUS_FAILED, STATUS_USAGE};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The bytes of a file.
///
/// # Errors
/// It cannot be read: why, and what to do about it.
pub(super) fn read(file: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| {
        let number = error.raw_os_error().unwrap_or(0);
        let reason = match error.kind() {
            ErrorKind::NotFound => "No such file or directory".to_owned(),
            ErrorKind::PermissionDenied => "Permission denied".to_owned(),
            _ => error.to_string(),
        };
        let hint = hint_for_missing(file).unwrap_or_default();
        let message = format!("can't open file '{file}': [Errno {number}] {reason}{hint}");
        Failure::Refused(message, STATUS_USAGE)
    })
}

/// The file that was probably meant.
fn hint_for_missing(file: &str) -> Option<String> {
    let candidates = ["py", "ipynb"].map(|end| format!("{file}.{end}"));
    let found = candidates
        .into_iter()
        .find(|name| Path::new(name).is_file())?;
    Some(format!("; did you mean '{found}'?"))
}

/// All of standard input.
///
/// # Errors
/// It cannot be read.
pub(super) fn read_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    match std::io::stdin().lock().read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure::Refused(
            format!("cannot read standard input: {error}"),
            STATUS_USAGE,
        )),
    }
}

/// Refuses what is no text: with null bytes, or in no encoding that the file declares.
///
/// # Errors
/// Where it stops being text, and what to do about it.
pub(super) fn check_is_text(bytes: &[u8], name: &str) -> Result<(), Failure> {
    let refuse = |position: usize, reason: String| {
        let line = bytes[..position]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count()
            + 1;
        Err(Failure::Refused(
            format!("'{name}' is not a Python program: line {line} {reason}"),
            STATUS_FAILED,
        ))
    };
    if let Some(position) = memchr(0, bytes) {
        let kind = known_format(bytes).map_or_else(String::new, |kind| format!("; it is {kind}"));
        return refuse(
            position,
            format!("has a null byte, so it is binary data{kind}"),
        );
    }
    let declares_encoding = bytes
        .split(|&byte| byte == b'\n')
        .take(2)
        .any(|line| line.starts_with(b"#") && line.windows(6).any(|word| word == b"coding"));
    match std::str::from_utf8(bytes) {
        Err(error) if !declares_encoding => {
            let position = error.valid_up_to();
            let byte = bytes[position];
            refuse(
                position,
                format!(
                    "has the byte {byte:#04x}, which is not UTF-8; save it as UTF-8, or declare its encoding in the first line: # -*- coding: latin-1 -*-"
                ),
            )
        }
        _ => Ok(()),
    }
}

fn memchr(needle: u8, bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| byte == needle)
}

/// What a binary file is, if its first bytes say so.
fn known_format(bytes: &[u8]) -> Option<&'static str> {
    let formats: [(&[u8], &str); 6] = [
        (b"\x7fELF", "a program or library in machine code (ELF)"),
        (b"PK\x03\x04", "a zip archive, which must be unpacked first"),
        (
            b"\x1f\x8b",
            "compressed data (gzip), which must be unpacked first",
        ),
        (b"\x89PNG", "a picture (PNG)"),
        (b"%PDF", "a document (PDF)"),
        (b"SQLite format 3", "a database (SQLite)"),
    ];
    let found = formats.iter().find(|(magic, _)| bytes.starts_with(magic));
    found.map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> String {
        match check_is_text(bytes, "x.py") {
            Err(Failure::Refused(message, _)) => message,
            _ => String::new(),
        }
    }

    #[test]
    fn says_where_and_why_a_file_is_no_text() {
        assert!(refusal(b"\x7fELF\x00").contains("ELF"));
        assert!(refusal(b"a = 1\nb = '\xe4'\n").contains("line 2 has the byte 0xe4"));
        assert_eq!(refusal(b"# -*- coding: latin-1 -*-\nb = '\xe4'\n"), "");
        assert_eq!(refusal("ä = 'ß'".as_bytes()), "");
    }
}
