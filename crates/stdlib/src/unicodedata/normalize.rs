//! Normal forms (Unicode Standard Annex 15).

use super::data::{Age, hangul};
use super::tables::COMPOSITIONS;
use exuvia_vm::types::str::{PyStr, StrBuilder};
use exuvia_vm::{HeapVec, PyResult, Ref, Vm};

/// A normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Whether characters that only mean the same are replaced (`K`).
    is_compatible: bool,
    /// Whether the result is composed (`C`).
    is_composed: bool,
}

impl Form {
    /// The form of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (is_compatible, is_composed) = match name {
            "NFC" => (false, true),
            "NFD" => (false, false),
            "NFKC" => (true, true),
            "NFKD" => (true, false),
            _ => return None,
        };
        Some(Self {
            is_compatible,
            is_composed,
        })
    }
}

/// A string in a normal form; the same string if it is in that form already.
///
/// # Errors
/// `OutOfMemory`.
pub(super) fn normalize(vm: &Vm, age: Age, form: Form, text: &Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    if text.as_str().is_some() {
        return Ok(text.clone());
    }
    let mut characters = decompose(vm, age, form, text)?;
    sort_marks(&mut characters);
    if form.is_composed {
        compose(&mut characters);
    }
    if characters.iter().copied().eq(text.code_points()) {
        return Ok(text.clone());
    }
    let mut out = StrBuilder::new();
    for &character in characters.iter() {
        out.push_char(vm, character)?;
    }
    out.finish(vm)
}

/// The full decomposition of each character, one after the other.
fn decompose(vm: &Vm, age: Age, form: Form, text: &Ref<PyStr>) -> PyResult<HeapVec<u32>> {
    let mut out = HeapVec::with_capacity(vm.heap(), text.len())?;
    let mut waiting = Vec::new();
    for character in text.code_points() {
        waiting.push(character);
        while let Some(character) = waiting.pop() {
            let parts = age
                .normal_parts(character)
                .filter(|parts| form.is_compatible || parts.tag.is_empty());
            match parts {
                Some(parts) => waiting.extend(parts.characters().iter().rev()),
                None => out.push(vm.heap(), character)?,
            }
        }
    }
    Ok(out)
}

/// Puts the marks behind each character into canonical order.
fn sort_marks(characters: &mut [u32]) {
    let class = |character: &u32| Age::Current.combining(*character);
    let mut start = 0;
    while start < characters.len() {
        let marks = &characters[start..];
        let count = marks
            .iter()
            .take_while(|character| class(character) != 0)
            .count();
        if count > 1 {
            characters[start..start + count].sort_by_key(class);
        }
        start += count + 1;
    }
}

/// Composes in place what can be composed: a character with each mark behind it that nothing keeps from it.
fn compose(characters: &mut HeapVec<u32>) {
    // Where what is kept ends; the last character that marks are composed with; the class of the last mark kept.
    let (mut kept, mut starter, mut last_class) = (0, None, 0);
    for at in 0..characters.len() {
        let character = characters[at];
        let class = Age::Current.combining(character);
        let is_blocked = |starter: usize| {
            let is_adjacent = starter + 1 == kept;
            !is_adjacent && (last_class == 0 || last_class >= class)
        };
        if let Some(first) = starter
            && !is_blocked(first)
            && let Some(composed) = composition(characters[first], character)
        {
            characters[first] = composed;
            continue;
        }
        if class == 0 {
            starter = Some(kept);
        }
        last_class = class;
        characters[kept] = character;
        kept += 1;
    }
    characters.truncate(kept);
}

/// What two characters become together.
fn composition(first: u32, second: u32) -> Option<u32> {
    use hangul::{COUNT, FIRST, LEAD_COUNT, LEADS, TRAIL_COUNT, TRAILS, VOWEL_COUNT, VOWELS};
    let (lead, vowel) = (first.wrapping_sub(LEADS), second.wrapping_sub(VOWELS));
    if lead < LEAD_COUNT && vowel < VOWEL_COUNT {
        return Some(FIRST + (lead * VOWEL_COUNT + vowel) * TRAIL_COUNT);
    }
    let (syllable, trail) = (first.wrapping_sub(FIRST), second.wrapping_sub(TRAILS));
    let has_no_trail = syllable < COUNT && syllable.is_multiple_of(TRAIL_COUNT);
    if has_no_trail && (1..TRAIL_COUNT).contains(&trail) {
        return Some(first + trail);
    }
    let found = COMPOSITIONS.binary_search_by_key(&(first, second), |row| (row.0, row.1));
    found.ok().map(|index| COMPOSITIONS[index].2)
}
