//! The matcher: runs the instructions of a pattern against a text, with backtracking.
//!
//! It never recurses. What may have to be tried otherwise lies on one stack of [`Choice`]s; when a way fails, the topmost
//! choice is taken back and its other way tried. Marks (where groups begin and end) are changed in place, and the
//! stack remembers what they were. How often a repetition has gone round is not changed but written anew for each
//! round, so a choice only names the [`Round`] that it was made in. Assertions, atomic groups and possessive
//! repetitions are *bounded*: reaching their end throws away the choices made since they were entered.
//!
//! All of that lies on the runtime's heap: a pattern that needs much memory ends in `MemoryError`, like any program.

use super::code::{self, MAX_REPEAT, at, op};
use super::search::find_unit;
use exuvia_vm::types::str::search::Search;
use exuvia_vm::{Heap, HeapVec, OutOfMemory};

/// No position; of a mark: not set.
pub const NOWHERE: usize = usize::MAX;

/// No round: outside of every repetition.
const NO_ROUND: u32 = u32::MAX;

/// What a choice does when it is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Puts the mark `pc` back to `pos`, and the last closed group to `extra`.
    Mark,
    /// Tries the alternative at `pc`.
    Branch,
    /// The greedy repetition of one character at `pc` began at `pos` and may eat `extra`.
    Greedy,
    /// The lazy repetition of one character at `pc` has eaten `extra` up to `pos`.
    Lazy,
    /// Goes on behind the repetition that ends at `pc`.
    Tail,
    /// Goes round once more in the lazy repetition that ends at `pc`.
    Again,
    /// A bounded part entered at `pc`, `pos`: an assertion.
    Assert,
    /// As above: a negative assertion.
    AssertNot,
    /// As above: an atomic group.
    Atomic,
    /// As above: the round number `extra` (from 0) of a possessive repetition.
    Possessive,
}

#[derive(Clone, Copy, Debug)]
struct Choice {
    kind: Kind,
    pc: u32,
    round: u32,
    /// How many rounds there were: later ones are forgotten.
    rounds: u32,
    pos: usize,
    extra: usize,
}

/// How far a repetition is. Never changed once written.
#[derive(Clone, Copy, Debug)]
struct Round {
    /// The repetition's instruction.
    pc: u32,
    /// How many rounds are done.
    count: u32,
    /// The round of the repetition around this one.
    outer: u32,
    /// Where the last optional round began: a round that eats nothing is not repeated.
    last: usize,
}

/// What the next attempt does with its memory; made once and used for many attempts.
#[derive(Debug)]
pub struct Matcher {
    stack: HeapVec<Choice>,
    rounds: HeapVec<Round>,
    /// The choices at which the bounded parts were entered that we are in, innermost last.
    bounds: HeapVec<usize>,
    marks: HeapVec<usize>,
    last_group: usize,
    is_marked: bool,
}

/// What is wanted of a match.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// It must reach the end of the text.
    pub is_full: bool,
    /// It must not be empty.
    pub is_advancing: bool,
}

impl Matcher {
    /// A matcher for a pattern with this many groups.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new(heap: &Heap, groups: usize) -> Result<Self, OutOfMemory> {
        let marks = std::iter::repeat_n(NOWHERE, 2 * groups);
        Ok(Self {
            stack: HeapVec::new(),
            rounds: HeapVec::new(),
            bounds: HeapVec::new(),
            marks: HeapVec::from_elements(heap, marks)?,
            last_group: 0,
            is_marked: false,
        })
    }

    /// Begin and end of a group (from 0) in the last match, if it took part in it.
    pub fn group(&self, group: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.marks[2 * group], self.marks[2 * group + 1]);
        (start != NOWHERE && end != NOWHERE && start <= end).then_some((start, end))
    }

    /// The number of the group that was closed last (from 1); 0: none was.
    pub fn last_group(&self) -> usize {
        self.last_group
    }

    /// Forgets the last attempt.
    pub fn reset(&mut self) {
        if self.is_marked {
            self.marks.fill(NOWHERE);
            self.is_marked = false;
        }
        self.last_group = 0;
        self.stack.clear();
        self.rounds.clear();
        self.bounds.clear();
    }

    /// Tries to match at one place: runs the instructions from `pc` on at `pos`, where the match is said to begin at
    /// `start`; answers where it ends.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn attempt<U: Search>(
        &mut self,
        heap: &Heap,
        code: &[u32],
        text: &[U],
        pc: usize,
        start: usize,
        pos: usize,
        wanted: Wanted,
    ) -> Result<Option<usize>, OutOfMemory> {
        self.reset();
        let mut run = Run {
            matcher: self,
            heap,
            code,
            text,
            start,
            wanted,
            pc,
            pos,
            round: NO_ROUND,
        };
        Ok(run.run()?.then_some(run.pos))
    }
}

/// Adds an element; the room doubles, so that long stacks are not moved often.
#[inline]
fn push<T: Copy>(vec: &mut HeapVec<T>, heap: &Heap, value: T) -> Result<(), OutOfMemory> {
    if vec.push_within_capacity(value).is_err() {
        vec.reserve_exact(heap, vec.len().max(16))?;
        vec.push(heap, value)?;
    }
    Ok(())
}

/// What an instruction came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The next instruction is at `pc`.
    Next,
    /// This way is wrong.
    Fail,
    /// The whole pattern has matched.
    Matched,
}

type StepResult = Result<Step, OutOfMemory>;

/// One attempt.
struct Run<'a, U> {
    matcher: &'a mut Matcher,
    heap: &'a Heap,
    code: &'a [u32],
    text: &'a [U],
    start: usize,
    wanted: Wanted,
    pc: usize,
    pos: usize,
    round: u32,
}

impl<U: Search> Run<'_, U> {
    fn run(&mut self) -> Result<bool, OutOfMemory> {
        loop {
            match self.step()? {
                Step::Next => {}
                Step::Matched => return Ok(true),
                Step::Fail => {
                    if !self.backtrack()? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    fn step(&mut self) -> StepResult {
        match self.code[self.pc] {
            op::MARK => self.mark(),
            op::JUMP => Ok(self.go(self.skip(self.pc, 1))),
            op::AT => Ok(self.check_place()),
            op::BRANCH => self.branch(self.pc + 1),
            op::REPEAT_ONE => self.repeat_one(),
            op::MIN_REPEAT_ONE => self.min_repeat_one(),
            op::POSSESSIVE_REPEAT_ONE => Ok(self.possessive_repeat_one()),
            op::REPEAT => self.repeat(),
            op::MAX_UNTIL => self.max_until(),
            op::MIN_UNTIL => self.min_until(),
            op::POSSESSIVE_REPEAT => self.enter(Kind::Possessive, self.pc, 0, 4),
            op::ATOMIC_GROUP => self.enter(Kind::Atomic, self.pc, 0, 2),
            op::ASSERT => self.assertion(Kind::Assert),
            op::ASSERT_NOT => self.assertion(Kind::AssertNot),
            op::GROUPREF => Ok(self.same_as_group(|character| character)),
            op::GROUPREF_IGNORE | op::GROUPREF_LOC_IGNORE => {
                Ok(self.same_as_group(code::lower_ascii))
            }
            op::GROUPREF_UNI_IGNORE => Ok(self.same_as_group(code::lower_unicode)),
            op::GROUPREF_EXISTS => Ok(self.condition()),
            op::SUCCESS => self.success(),
            op::FAILURE => Ok(Step::Fail),
            _ => Ok(self.eat()),
        }
    }

    // ------------------------------------------------------------------------------------- reading

    /// An operand as a number of characters or words.
    #[inline]
    fn operand(&self, pc: usize, index: usize) -> usize {
        self.code[pc + index] as usize
    }

    /// Where the skip in an operand leads.
    #[inline]
    fn skip(&self, pc: usize, index: usize) -> usize {
        pc + index + self.operand(pc, index)
    }

    /// An operand that bounds a repetition.
    #[inline]
    fn bound(&self, pc: usize, index: usize) -> usize {
        match self.code[pc + index] {
            MAX_REPEAT => usize::MAX,
            bound => bound as usize,
        }
    }

    #[inline]
    fn peek(&self, pos: usize) -> Option<u32> {
        self.text.get(pos).map(|&unit| unit.into())
    }

    #[inline]
    fn go(&mut self, pc: usize) -> Step {
        self.pc = pc;
        Step::Next
    }

    #[inline]
    fn eats(&self, pc: usize, character: u32) -> bool {
        code::eats(&self.code[pc..], character).unwrap_or(false)
    }

    /// One instruction that eats one character.
    #[inline]
    fn eat(&mut self) -> Step {
        match self.peek(self.pos) {
            Some(character) if self.eats(self.pc, character) => {
                self.pos += 1;
                self.go(self.pc + code::unit_words(&self.code[self.pc..]))
            }
            _ => Step::Fail,
        }
    }

    // ------------------------------------------------------------------------------------- choices

    fn choose(
        &mut self,
        kind: Kind,
        pc: usize,
        pos: usize,
        extra: usize,
    ) -> Result<(), OutOfMemory> {
        let choice = Choice {
            kind,
            pc: pc as u32,
            round: self.round,
            rounds: self.matcher.rounds.len() as u32,
            pos,
            extra,
        };
        push(&mut self.matcher.stack, self.heap, choice)
    }

    /// Takes choices back until one of them has another way; `false`: there is none.
    fn backtrack(&mut self) -> Result<bool, OutOfMemory> {
        while let Some(choice) = self.matcher.stack.pop() {
            if choice.kind == Kind::Mark {
                self.unmark(choice);
                continue;
            }
            self.matcher.rounds.truncate(choice.rounds as usize);
            self.round = choice.round;
            self.pos = choice.pos;
            let step = self.other_way(choice)?;
            if step == Step::Next {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn other_way(&mut self, choice: Choice) -> StepResult {
        let pc = choice.pc as usize;
        match choice.kind {
            Kind::Mark => Ok(Step::Fail),
            Kind::Branch => self.branch(pc),
            Kind::Greedy => self.give_back(pc, choice.pos, choice.extra),
            Kind::Lazy => self.take_more(pc, choice.extra),
            Kind::Tail => Ok(self.leave_repeat(pc)),
            Kind::Again => self.again(),
            Kind::Assert | Kind::Atomic => {
                self.matcher.bounds.pop();
                Ok(Step::Fail)
            }
            Kind::AssertNot => {
                self.matcher.bounds.pop();
                Ok(self.go(self.skip(pc, 1)))
            }
            Kind::Possessive => {
                self.matcher.bounds.pop();
                if choice.extra < self.bound(pc, 2) {
                    return Ok(Step::Fail);
                }
                Ok(self.go(self.skip(pc, 1) + 1))
            }
        }
    }

    fn mark(&mut self) -> StepResult {
        let mark = self.operand(self.pc, 1);
        if !self.matcher.stack.is_empty() {
            let (old, last_group) = (self.matcher.marks[mark], self.matcher.last_group);
            self.choose(Kind::Mark, mark, old, last_group)?;
        }
        self.matcher.is_marked = true;
        self.matcher.marks[mark] = self.pos;
        if mark % 2 == 1 {
            self.matcher.last_group = mark / 2 + 1;
        }
        Ok(self.go(self.pc + 2))
    }

    fn unmark(&mut self, choice: Choice) {
        self.matcher.marks[choice.pc as usize] = choice.pos;
        self.matcher.last_group = choice.extra;
    }

    // -------------------------------------------------------------------------------- alternatives

    /// Tries the alternative whose skip is at `pc`.
    fn branch(&mut self, mut pc: usize) -> StepResult {
        loop {
            let skip = self.code[pc] as usize;
            if skip == 0 {
                return Ok(Step::Fail);
            }
            let (body, next) = (pc + 1, pc + skip);
            if self.is_hopeless(body) {
                pc = next;
                continue;
            }
            if self.code[next] != 0 {
                self.choose(Kind::Branch, next, self.pos, 0)?;
            }
            return Ok(self.go(body));
        }
    }

    /// Whether an alternative begins with a character that is not there.
    fn is_hopeless(&self, pc: usize) -> bool {
        match self.code[pc] {
            op::LITERAL | op::IN => !self
                .peek(self.pos)
                .is_some_and(|character| self.eats(pc, character)),
            _ => false,
        }
    }

    fn condition(&mut self) -> Step {
        let is_set = self.matcher.group(self.operand(self.pc, 1)).is_some();
        let pc = if is_set {
            self.pc + 3
        } else {
            self.pc + 1 + self.operand(self.pc, 2)
        };
        self.go(pc)
    }

    fn same_as_group(&mut self, normal: fn(u32) -> u32) -> Step {
        let Some((start, end)) = self.matcher.group(self.operand(self.pc, 1)) else {
            return Step::Fail;
        };
        let len = end - start;
        let Some(here) = self.text[self.pos..].get(..len) else {
            return Step::Fail;
        };
        let mut pairs = self.text[start..end].iter().zip(here);
        if !pairs.all(|(&a, &b)| a == b || normal(a.into()) == normal(b.into())) {
            return Step::Fail;
        }
        self.pos += len;
        self.go(self.pc + 2)
    }

    // --------------------------------------------------------------- repetitions of one character

    /// How many characters from `pos` on, at most `most`, the instruction at `pc` eats.
    fn count(&self, pc: usize, pos: usize, most: usize) -> usize {
        let rest = &self.text[pos..];
        let rest = &rest[..most.min(rest.len())];
        let run = |is_eaten: &dyn Fn(u32) -> bool| {
            let stop = rest.iter().position(|&unit| !is_eaten(unit.into()));
            stop.unwrap_or(rest.len())
        };
        match self.code[pc] {
            op::ANY_ALL => rest.len(),
            op::ANY => find_unit(rest, 0x0A).unwrap_or(rest.len()),
            op::NOT_LITERAL => find_unit(rest, self.code[pc + 1]).unwrap_or(rest.len()),
            op::IN => {
                let set = &self.code[pc + 2..];
                run(&|character| code::is_in_set(set, character))
            }
            _ => run(&|character| self.eats(pc, character)),
        }
    }

    fn repeat_one(&mut self) -> StepResult {
        let count = self.count(self.pc + 4, self.pos, self.bound(self.pc, 3));
        if count < self.bound(self.pc, 2) {
            return Ok(Step::Fail);
        }
        self.give_back(self.pc, self.pos, count)
    }

    /// Goes on behind a greedy repetition that began at `start` and eats `count` characters, or fewer if only then
    /// there can be what follows.
    fn give_back(&mut self, pc: usize, start: usize, mut count: usize) -> StepResult {
        let (least, tail) = (self.bound(pc, 2), self.skip(pc, 1));
        if self.code[tail] == op::LITERAL {
            let literal = self.code[tail + 1];
            while self.peek(start + count) != Some(literal) {
                if count <= least {
                    return Ok(Step::Fail);
                }
                count -= 1;
            }
        }
        if count > least {
            self.choose(Kind::Greedy, pc, start, count - 1)?;
        }
        self.pos = start + count;
        Ok(self.go(tail))
    }

    fn min_repeat_one(&mut self) -> StepResult {
        let least = self.bound(self.pc, 2);
        if self.count(self.pc + 4, self.pos, least) < least {
            return Ok(Step::Fail);
        }
        self.pos += least;
        self.try_tail(self.pc, least)
    }

    /// Goes on behind a lazy repetition that has eaten `count` characters, or more if only then there can be what
    /// follows.
    fn try_tail(&mut self, pc: usize, mut count: usize) -> StepResult {
        let (most, tail) = (self.bound(pc, 3), self.skip(pc, 1));
        if self.code[tail] == op::LITERAL {
            let literal = self.code[tail + 1];
            while self.peek(self.pos) != Some(literal) {
                if !self.eats_one_more(pc, count, most) {
                    return Ok(Step::Fail);
                }
                count += 1;
            }
        }
        if count < most {
            self.choose(Kind::Lazy, pc, self.pos, count)?;
        }
        Ok(self.go(tail))
    }

    fn eats_one_more(&mut self, pc: usize, count: usize, most: usize) -> bool {
        let is_eaten = count < most
            && self
                .peek(self.pos)
                .is_some_and(|character| self.eats(pc + 4, character));
        self.pos += usize::from(is_eaten);
        is_eaten
    }

    fn take_more(&mut self, pc: usize, count: usize) -> StepResult {
        if !self.eats_one_more(pc, count, self.bound(pc, 3)) {
            return Ok(Step::Fail);
        }
        self.try_tail(pc, count + 1)
    }

    fn possessive_repeat_one(&mut self) -> Step {
        let count = self.count(self.pc + 4, self.pos, self.bound(self.pc, 3));
        if count < self.bound(self.pc, 2) {
            return Step::Fail;
        }
        self.pos += count;
        self.go(self.skip(self.pc, 1))
    }

    // ------------------------------------------------------------------------- other repetitions

    fn repeat(&mut self) -> StepResult {
        let round = Round {
            pc: self.pc as u32,
            count: 0,
            outer: self.round,
            last: NOWHERE,
        };
        self.begin(round)?;
        Ok(self.go(self.skip(self.pc, 1)))
    }

    fn begin(&mut self, round: Round) -> Result<(), OutOfMemory> {
        let number = u32::try_from(self.matcher.rounds.len()).map_err(|_| OutOfMemory)?;
        push(&mut self.matcher.rounds, self.heap, round)?;
        self.round = number;
        Ok(())
    }

    /// Goes round once more; `last` is where the last optional round began.
    fn go_round(&mut self, done: Round, last: usize) -> StepResult {
        self.begin(Round {
            count: done.count.saturating_add(1),
            last,
            ..done
        })?;
        Ok(self.go(done.pc as usize + 4))
    }

    fn current_round(&self) -> Round {
        self.matcher.rounds[self.round as usize]
    }

    fn may_go_round(&self, round: Round) -> bool {
        let most = self.bound(round.pc as usize, 3);
        (round.count as usize) < most && self.pos != round.last
    }

    fn must_go_round(&self, round: Round) -> bool {
        (round.count as usize) < self.bound(round.pc as usize, 2)
    }

    fn max_until(&mut self) -> StepResult {
        let round = self.current_round();
        if self.must_go_round(round) {
            return self.go_round(round, round.last);
        }
        if self.may_go_round(round) {
            self.choose(Kind::Tail, self.pc, self.pos, 0)?;
            return self.go_round(round, self.pos);
        }
        Ok(self.leave_repeat(self.pc))
    }

    fn min_until(&mut self) -> StepResult {
        let round = self.current_round();
        if self.must_go_round(round) {
            return self.go_round(round, round.last);
        }
        if self.may_go_round(round) {
            self.choose(Kind::Again, self.pc, self.pos, 0)?;
        }
        Ok(self.leave_repeat(self.pc))
    }

    fn again(&mut self) -> StepResult {
        let round = self.current_round();
        self.go_round(round, self.pos)
    }

    /// Goes on behind the repetition whose last instruction is at `until`.
    fn leave_repeat(&mut self, until: usize) -> Step {
        self.round = self.current_round().outer;
        self.go(until + 1)
    }

    // ------------------------------------------------------------------------------ bounded parts

    /// Enters the bounded part whose instructions begin `body` words behind `pc`.
    fn enter(&mut self, kind: Kind, pc: usize, extra: usize, body: usize) -> StepResult {
        if kind == Kind::Possessive && extra >= self.bound(pc, 3) {
            return Ok(self.go(self.skip(pc, 1) + 1));
        }
        let depth = self.matcher.stack.len();
        push(&mut self.matcher.bounds, self.heap, depth)?;
        self.choose(kind, pc, self.pos, extra)?;
        Ok(self.go(pc + body))
    }

    fn assertion(&mut self, kind: Kind) -> StepResult {
        let back = self.operand(self.pc, 2);
        let here = self.pos;
        let Some(from) = here.checked_sub(back) else {
            return Ok(match kind {
                Kind::AssertNot => self.go(self.skip(self.pc, 1)),
                _ => Step::Fail,
            });
        };
        let step = self.enter(kind, self.pc, 0, 3);
        self.pos = from;
        step
    }

    fn success(&mut self) -> StepResult {
        let Some(depth) = self.matcher.bounds.pop() else {
            let is_short = self.wanted.is_full && self.pos != self.text.len();
            let is_empty = self.wanted.is_advancing && self.pos == self.start;
            return Ok(if is_short || is_empty {
                Step::Fail
            } else {
                Step::Matched
            });
        };
        let entered = self.matcher.stack[depth];
        if entered.kind == Kind::AssertNot {
            self.undo(depth);
            return Ok(Step::Fail);
        }
        self.forget_choices(depth);
        self.matcher.rounds.truncate(entered.rounds as usize);
        self.round = entered.round;
        let pc = entered.pc as usize;
        match entered.kind {
            Kind::Assert => {
                self.pos = entered.pos;
                Ok(self.go(self.skip(pc, 1)))
            }
            Kind::Possessive => self.next_possessive_round(pc, entered),
            _ => Ok(self.go(self.skip(pc, 1))),
        }
    }

    fn next_possessive_round(&mut self, pc: usize, entered: Choice) -> StepResult {
        if self.pos == entered.pos {
            // A round that eats nothing can be repeated as often as need be, to no effect.
            return Ok(self.go(self.skip(pc, 1) + 1));
        }
        self.enter(Kind::Possessive, pc, entered.extra + 1, 4)
    }

    /// Throws the choices away that were made since the stack was this deep, but for what puts marks back.
    fn forget_choices(&mut self, depth: usize) {
        let stack = &mut self.matcher.stack;
        let mut kept = depth;
        for index in depth..stack.len() {
            if stack[index].kind == Kind::Mark {
                stack[kept] = stack[index];
                kept += 1;
            }
        }
        stack.truncate(kept);
    }

    /// Takes everything back that was done since the stack was this deep.
    fn undo(&mut self, depth: usize) {
        while self.matcher.stack.len() > depth {
            if let Some(choice) = self.matcher.stack.pop()
                && choice.kind == Kind::Mark
            {
                self.unmark(choice);
            }
        }
    }

    // --------------------------------------------------------------------------------- places

    fn check_place(&mut self) -> Step {
        if self.is_at(self.code[self.pc + 1]) {
            self.go(self.pc + 2)
        } else {
            Step::Fail
        }
    }

    fn is_at(&self, place: u32) -> bool {
        let before = || self.pos.checked_sub(1).and_then(|pos| self.peek(pos));
        let is_end = self.pos == self.text.len();
        match place {
            at::BEGINNING | at::BEGINNING_STRING => self.pos == 0,
            at::BEGINNING_LINE => before().is_none_or(code::is_line_feed),
            at::END => {
                is_end
                    || (self.pos + 1 == self.text.len()
                        && self.peek(self.pos).is_some_and(code::is_line_feed))
            }
            at::END_LINE => is_end || self.peek(self.pos).is_some_and(code::is_line_feed),
            at::END_STRING => is_end,
            at::BOUNDARY | at::LOC_BOUNDARY => self.is_boundary(code::is_word_ascii),
            at::NON_BOUNDARY | at::LOC_NON_BOUNDARY => !self.is_boundary(code::is_word_ascii),
            at::UNI_BOUNDARY => self.is_boundary(code::is_word_unicode),
            _ => !self.is_boundary(code::is_word_unicode),
        }
    }

    fn is_boundary(&self, is_word: fn(u32) -> bool) -> bool {
        let before = self.pos.checked_sub(1).and_then(|pos| self.peek(pos));
        before.is_some_and(is_word) != self.peek(self.pos).is_some_and(is_word)
    }
}
