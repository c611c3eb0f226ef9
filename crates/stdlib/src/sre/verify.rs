//! Checks the instructions of a pattern before they are ever run, whoever made them (`_sre.compile` takes any list).
//!
//! The matcher relies on this: every word that it reads exists, every skip leads to the end of the part that it
//! belongs to, each part ends with the instruction that its head expects, and marks and groups are within bounds.

use super::code::{self, at, info, op};

/// The instructions are not such as the compiler makes.
#[derive(Debug, PartialEq, Eq)]
pub struct Invalid;

type Check<T = ()> = Result<T, Invalid>;

/// Checks a whole pattern with this many groups.
///
/// # Errors
/// [`Invalid`].
pub fn verify(words: &[u32], groups: u32) -> Check {
    let Some((&op::SUCCESS, body)) = words.split_last() else {
        return Err(Invalid);
    };
    let mut whole = Part::new(words, 0, body.len());
    if body.first() == Some(&op::INFO) {
        whole.at = whole.skip(0, 1)?;
        check_info(&words[..whole.at], &words[whole.at..])?;
    }
    Verifier {
        words,
        groups,
        open: vec![whole],
        starts: vec![0; words.len()],
        jumps: Vec::new(),
    }
    .run()
}

/// Instructions from `at` to `end`, which must fall on an instruction's end.
#[derive(Clone, Copy, Debug)]
struct Part<'a> {
    words: &'a [u32],
    at: usize,
    end: usize,
    /// Of the first part of a condition: the part around it, which has the second one.
    around: Option<Place>,
}

/// Names a part.
#[derive(Clone, Copy, Debug)]
struct Place {
    number: u32,
    end: usize,
}

impl<'a> Part<'a> {
    fn new(words: &'a [u32], at: usize, end: usize) -> Self {
        Self {
            words,
            at,
            end,
            around: None,
        }
    }

    /// The operand `index` words behind the opcode at `at`.
    fn operand(&self, at: usize, index: usize) -> Check<u32> {
        let place = at + index;
        if place < self.end {
            Ok(self.words[place])
        } else {
            Err(Invalid)
        }
    }

    /// Where the skip in the operand `index` of the opcode at `at` leads.
    fn skip(&self, at: usize, index: usize) -> Check<usize> {
        let skip = self.operand(at, index)? as usize;
        let end = at + index + skip;
        if skip > 0 && end <= self.end {
            Ok(end)
        } else {
            Err(Invalid)
        }
    }
}

struct Verifier<'a> {
    words: &'a [u32],
    groups: u32,
    /// The parts that are still to be checked.
    open: Vec<Part<'a>>,
    /// The number of the part in which an instruction begins at each word; 0: none does.
    starts: Vec<u32>,
    /// Where jumps of conditions lead, and the part in which an instruction must begin there.
    jumps: Vec<(usize, Place)>,
}

impl<'a> Verifier<'a> {
    fn run(mut self) -> Check {
        let mut number = 0;
        while let Some(part) = self.open.pop() {
            number += 1;
            self.check(part, number)?;
        }
        let mut jumps = self.jumps.iter();
        check(jumps.all(|&(target, place)| {
            target == place.end || self.starts.get(target) == Some(&place.number)
        }))
    }

    fn check(&mut self, mut part: Part<'a>, number: u32) -> Check {
        let place = Place {
            number,
            end: part.end,
        };
        while part.at < part.end {
            self.starts[part.at] = number;
            part.at = match (part.words[part.at], part.around) {
                (op::JUMP, Some(around)) if part.at + 2 == part.end => {
                    let target = part.at + 1 + part.words[part.at + 1] as usize;
                    check(target >= part.end && target <= around.end)?;
                    self.jumps.push((target, around));
                    part.end
                }
                _ => self.instruction(part, place)?,
            };
        }
        check(part.at == part.end)
    }

    /// Checks the instruction at the front of a part, puts its inner parts off, and tells where it ends.
    fn instruction(&mut self, part: Part<'a>, place: Place) -> Check<usize> {
        let at = part.at;
        match part.words[at] {
            op::FAILURE => Ok(at + 1),
            op::MARK => {
                let mark = part.operand(at, 1)?;
                check(mark < self.groups.saturating_mul(2))?;
                Ok(at + 2)
            }
            op::AT => {
                check(part.operand(at, 1)? <= at::UNI_NON_BOUNDARY)?;
                Ok(at + 2)
            }
            op::GROUPREF
            | op::GROUPREF_IGNORE
            | op::GROUPREF_LOC_IGNORE
            | op::GROUPREF_UNI_IGNORE => {
                check(part.operand(at, 1)? < self.groups)?;
                Ok(at + 2)
            }
            op::ASSERT | op::ASSERT_NOT => {
                part.operand(at, 2)?;
                self.closed_part(part, at + 3, part.skip(at, 1)?)
            }
            op::ATOMIC_GROUP => self.closed_part(part, at + 2, part.skip(at, 1)?),
            op::BRANCH => self.branch(part),
            op::GROUPREF_EXISTS => self.condition(part, place),
            op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => {
                check_bounds(part, at)?;
                let end = part.skip(at, 1)?;
                self.check_unit_part(part, at + 4, end)?;
                Ok(end)
            }
            op::REPEAT | op::POSSESSIVE_REPEAT => self.repeat(part),
            _ => unit(part, at),
        }
    }

    /// A part that ends with [`op::SUCCESS`].
    fn closed_part(&mut self, outer: Part<'a>, from: usize, end: usize) -> Check<usize> {
        check(from < end && outer.words[end - 1] == op::SUCCESS)?;
        self.open.push(Part::new(self.words, from, end - 1));
        Ok(end)
    }

    /// One instruction that eats a character (or none at all), and [`op::SUCCESS`].
    fn check_unit_part(&self, outer: Part<'a>, from: usize, end: usize) -> Check {
        check(from + 1 < end && outer.words[end - 1] == op::SUCCESS)?;
        let inner = Part::new(self.words, from, end - 1);
        let behind = match outer.words[from] {
            op::FAILURE => from + 1,
            _ => unit(inner, from)?,
        };
        check(behind == end - 1)
    }

    /// Alternatives: each a skip and instructions that end in a jump behind all of them.
    fn branch(&mut self, part: Part<'a>) -> Check<usize> {
        let mut alternative = part.at + 1;
        let mut target = None;
        loop {
            if part.operand(alternative, 0)? == 0 {
                let end = alternative + 1;
                return check(target.is_none_or(|target| target == end)).map(|()| end);
            }
            let next = part.skip(alternative, 0)?;
            check(next >= alternative + 3 && part.words[next - 2] == op::JUMP)?;
            let jump_target = part.skip(next - 1, 0)?;
            check(*target.get_or_insert(jump_target) == jump_target)?;
            self.open
                .push(Part::new(self.words, alternative + 1, next - 2));
            alternative = next;
        }
    }

    /// `(?(group)yes|no)`: a jump at the end of the first part leads behind the second, which is not told from
    /// what follows it.
    fn condition(&mut self, part: Part<'a>, place: Place) -> Check<usize> {
        let at = part.at;
        check(part.operand(at, 1)? < self.groups)?;
        // This skip counts from the operand before it.
        let no = at + 1 + part.operand(at, 2)? as usize;
        check(no >= at + 3 && no <= part.end)?;
        self.open.push(Part {
            around: Some(place),
            ..Part::new(self.words, at + 3, no)
        });
        Ok(no)
    }

    fn repeat(&mut self, part: Part<'a>) -> Check<usize> {
        let at = part.at;
        check_bounds(part, at)?;
        let end = part.skip(at, 1)?;
        check(end < part.end && at + 4 <= end)?;
        let fits = match part.words[end] {
            op::MAX_UNTIL | op::MIN_UNTIL => part.words[at] == op::REPEAT,
            op::SUCCESS => part.words[at] == op::POSSESSIVE_REPEAT,
            _ => false,
        };
        check(fits)?;
        self.open.push(Part::new(self.words, at + 4, end));
        Ok(end + 1)
    }
}

fn check(holds: bool) -> Check {
    if holds { Ok(()) } else { Err(Invalid) }
}

fn check_bounds(part: Part<'_>, at: usize) -> Check {
    check(part.operand(at, 2)? <= part.operand(at, 3)?)
}

/// Checks an instruction that eats one character and tells where it ends.
fn unit(part: Part<'_>, at: usize) -> Check<usize> {
    match part.words[at] {
        op::ANY | op::ANY_ALL => Ok(at + 1),
        op::LITERAL
        | op::NOT_LITERAL
        | op::LITERAL_IGNORE
        | op::NOT_LITERAL_IGNORE
        | op::LITERAL_UNI_IGNORE
        | op::NOT_LITERAL_UNI_IGNORE
        | op::LITERAL_LOC_IGNORE
        | op::NOT_LITERAL_LOC_IGNORE => part.operand(at, 1).map(|_| at + 2),
        op::CATEGORY => {
            check(part.operand(at, 1)? < code::CATEGORY_COUNT)?;
            Ok(at + 2)
        }
        op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => {
            let end = part.skip(at, 1)?;
            check_set(&part.words[at + 2..end])?;
            Ok(end)
        }
        _ => Err(Invalid),
    }
}

/// Checks a set, which ends with [`op::FAILURE`].
fn check_set(set: &[u32]) -> Check {
    let Some((&op::FAILURE, items)) = set.split_last() else {
        return Err(Invalid);
    };
    let part = Part::new(items, 0, items.len());
    let mut at = 0;
    while at < items.len() {
        let len = match items[at] {
            op::NEGATE => 1,
            op::LITERAL => 2,
            op::RANGE | op::RANGE_UNI_IGNORE => 3,
            op::CATEGORY => {
                check(part.operand(at, 1)? < code::CATEGORY_COUNT)?;
                2
            }
            op::CHARSET => 1 + code::BITMAP_WORDS,
            op::BIGCHARSET => {
                let blocks = part.operand(at, 1)?;
                check(blocks <= 256)?;
                let indices = items.get(at + 2..at + 2 + code::BLOCK_INDEX_WORDS);
                let mut indices = indices.ok_or(Invalid)?.iter();
                check(indices.all(|word| {
                    word.to_le_bytes()
                        .iter()
                        .all(|&block| u32::from(block) < blocks)
                }))?;
                code::big_set_words(blocks)
            }
            _ => return Err(Invalid),
        };
        at += len;
    }
    check(at == items.len())
}

/// Checks what the compiler says about the whole pattern.
fn check_info(words: &[u32], body: &[u32]) -> Check {
    check(words.len() >= 5)?;
    let (flags, rest) = (words[2], &words[5..]);
    check(flags & !(info::PREFIX | info::LITERAL | info::CHARSET) == 0)?;
    if flags & info::PREFIX != 0 {
        let [len, done, data @ ..] = rest else {
            return Err(Invalid);
        };
        let (len, done) = (*len as usize, *done as usize);
        check(len > 0 && done <= len && data.len() == 2 * len && 2 * done <= body.len())?;
        // What need not be looked at again is one instruction for each character.
        let mut instructions = data.iter().zip(body.chunks_exact(2)).take(done);
        check(instructions.all(|(&literal, words)| *words == [op::LITERAL, literal]))?;
        return check(flags & info::CHARSET == 0);
    }
    check(flags & info::LITERAL == 0)?;
    if flags & info::CHARSET != 0 {
        return check_set(rest);
    }
    check(rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_compiler_makes_is_valid() {
        // re.compile("a+b"), without its INFO
        let code = [
            op::REPEAT_ONE,
            6,
            1,
            u32::MAX,
            op::LITERAL,
            97,
            op::SUCCESS,
            op::LITERAL,
            98,
            op::SUCCESS,
        ];
        assert_eq!(verify(&code, 0), Ok(()));
    }

    #[test]
    fn what_leads_astray_is_refused() {
        let bad: &[&[u32]] = &[
            &[],
            &[op::LITERAL],
            &[op::LITERAL, op::SUCCESS],
            &[op::MARK, 0, op::SUCCESS],
            &[op::JUMP, 1, op::SUCCESS],
            &[op::IN, 900, op::FAILURE, op::SUCCESS],
            &[op::BRANCH, 3, op::ANY, op::ANY, 0, op::SUCCESS],
            &[op::REPEAT, 4, 0, 1, op::ANY, op::SUCCESS],
            &[op::MAX_UNTIL, op::SUCCESS],
            &[op::ASSERT, 3, 0, op::ANY, op::SUCCESS],
            &[u32::MAX, op::SUCCESS],
        ];
        for code in bad {
            assert_eq!(verify(code, 0), Err(Invalid), "{code:?}");
        }
    }
}
