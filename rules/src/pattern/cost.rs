//! How much work a pattern can make.
//!
//! Engines of regular expressions try one way after the other. How many ways there are on the worst text follows from the
//! pattern's automaton (one state per character of the pattern, by Glushkov's construction):
//!
//! - a state with two ways round on the same text doubles the ways with every round: refused ([`PatternFault::TooManyWays`]);
//! - a loop that can hand over to a second one anywhere on the same text multiplies the ways by the length of the text.
//!   Searching in a text is such a loop too, before the first character. So `\s+$` takes time quadratic in the length,
//!   `\s*\s*x` cubic, `.*a.*b.*c` worse. The work on [`MAX_TEXT`] characters is estimated; more than [`MAX_STEPS`] is
//!   refused ([`PatternFault::OverlappingRepeats`]);
//! - ways that fork outside loops multiply, and count into the estimate.
//!
//! Repeats inside repeats and repeats of what may be empty are refused before that: the automaton does not show all of
//! their ways.

use std::collections::VecDeque;

use super::PatternFault;
use super::automaton::{Automaton, MAX_UNROLLED, reachable};
use super::charset::CharSet;
use super::syntax::Node;
use crate::value::MAX_TEXT_CHARS as MAX_TEXT;

/// Steps a pattern may take on the worst text: about a quarter of a second in a browser that has not compiled it yet
/// (measured in V8: 5 ns a step).
const MAX_STEPS: f64 = 5e7;
/// Loops looked into at most.
const MAX_LOOPS: usize = 24;
/// Combinations of states looked into at most, for one pair of loops.
const MAX_COMBINATIONS: usize = 1_000_000;

pub(super) fn check(tree: &Node, ignore_case: bool) -> Result<(), PatternFault> {
    refuse_hidden_ways(tree, false)?;
    let mut automaton = Automaton::new(ignore_case);
    let part = automaton.build(tree)?;
    let mut starts = part.first;
    if !is_anchored(tree) {
        // Searching: any characters before the first.
        let search = automaton.state(CharSet::any())?;
        automaton.link(&[search], &starts);
        automaton.link(&[search], &[search]);
        starts = vec![search];
    }
    Work::new(&automaton, &starts).check()
}

/// Whether the pattern can only begin where the text does.
fn is_anchored(node: &Node) -> bool {
    match node {
        Node::Start => true,
        Node::Sequence(nodes) => nodes.first().is_some_and(is_anchored),
        Node::Choice(branches) => branches.iter().all(is_anchored),
        Node::Assertion | Node::Set(_) | Node::Repeat { .. } | Node::Look(_) => false,
    }
}

/// Whether the part can match without taking a character.
fn is_nullable(node: &Node) -> bool {
    match node {
        Node::Start | Node::Assertion | Node::Look(_) => true,
        Node::Set(_) => false,
        Node::Sequence(nodes) => nodes.iter().all(is_nullable),
        Node::Choice(branches) => branches.iter().any(is_nullable),
        Node::Repeat { node, min, .. } => *min == 0 || is_nullable(node),
    }
}

/// Refuses what makes several ways that the automaton shows as one.
fn refuse_hidden_ways(node: &Node, in_repeat: bool) -> Result<(), PatternFault> {
    match node {
        Node::Start | Node::Assertion | Node::Set(_) => Ok(()),
        Node::Look(_) if in_repeat => Err(PatternFault::Lookahead),
        Node::Look(node) => refuse_hidden_ways(node, in_repeat),
        Node::Sequence(nodes) => nodes
            .iter()
            .try_for_each(|node| refuse_hidden_ways(node, in_repeat)),
        Node::Choice(branches) => {
            if branches.iter().filter(|branch| is_nullable(branch)).count() > 1 {
                return Err(PatternFault::TooManyWays);
            }
            branches
                .iter()
                .try_for_each(|node| refuse_hidden_ways(node, in_repeat))
        }
        Node::Repeat { node, max, .. } => {
            let is_long = max.is_none_or(|max| max > MAX_UNROLLED);
            if is_long && in_repeat {
                return Err(PatternFault::NestedRepeat);
            }
            let repeats = max.is_none_or(|max| max > 1);
            refuse_hidden_ways(node, in_repeat || repeats)?;
            if is_nullable(node) {
                Err(PatternFault::TooManyWays)
            } else {
                Ok(())
            }
        }
    }
}

/// The estimate for one automaton.
struct Work<'a> {
    automaton: &'a Automaton,
    starts: &'a [usize],
    /// Which states each state leads to, over any number of steps.
    reach: Vec<Vec<bool>>,
    /// Which states can take the same character.
    overlap: Vec<Vec<bool>>,
}

/// States on a common round, smallest first.
type Loop = Vec<usize>;

impl<'a> Work<'a> {
    fn new(automaton: &'a Automaton, starts: &'a [usize]) -> Self {
        let count = automaton.sets.len();
        let reach = (0..count).map(|from| reachable(automaton, from)).collect();
        let overlap = automaton
            .sets
            .iter()
            .map(|one| {
                automaton
                    .sets
                    .iter()
                    .map(|other| one.intersects(other))
                    .collect()
            })
            .collect();
        Self {
            automaton,
            starts,
            reach,
            overlap,
        }
    }

    fn check(&self) -> Result<(), PatternFault> {
        let loops = self.loops();
        if loops.len() > MAX_LOOPS {
            return Err(PatternFault::TooComplex);
        }
        if loops.iter().any(|states| self.forks_inside(states)) {
            return Err(PatternFault::TooManyWays);
        }
        let ways = self.ways();
        if ways > MAX_STEPS {
            return Err(PatternFault::TooManyWays);
        }
        if self.steps(&loops)? * ways > MAX_STEPS {
            return Err(PatternFault::OverlappingRepeats);
        }
        Ok(())
    }

    fn leads(&self, from: usize, to: usize) -> bool {
        self.reach
            .get(from)
            .and_then(|row| row.get(to))
            .copied()
            .unwrap_or(false)
    }

    fn overlaps(&self, one: usize, other: usize) -> bool {
        self.overlap
            .get(one)
            .and_then(|row| row.get(other))
            .copied()
            .unwrap_or(false)
    }

    /// Whether one character is taken by all three.
    fn all_overlap(&self, (one, two, three): (usize, usize, usize)) -> bool {
        let set = |state: usize| self.automaton.sets.get(state);
        match (set(one), set(two), set(three)) {
            (Some(one), Some(two), Some(three)) => one.intersection(three).intersects(two),
            _ => false,
        }
    }

    fn loops(&self) -> Vec<Loop> {
        let mut loops: Vec<Loop> = Vec::new();
        for state in 0..self.automaton.sets.len() {
            if !self.leads(state, state) {
                continue;
            }
            let same = |states: &&mut Loop| {
                states
                    .first()
                    .is_some_and(|&other| self.leads(state, other) && self.leads(other, state))
            };
            match loops.iter_mut().find(same) {
                Some(states) => states.push(state),
                None => loops.push(vec![state]),
            }
        }
        loops
    }

    /// Whether one text leads round the loop in two ways: from a state to two different ones, and back to one.
    fn forks_inside(&self, states: &[usize]) -> bool {
        // Pairs of different states reachable from a common one; from each, the way back to a common state.
        let inside = |state: usize| {
            self.automaton
                .next(state)
                .iter()
                .copied()
                .filter(move |next| states.contains(next))
        };
        let mut seen = std::collections::BTreeSet::new();
        let mut waiting: Vec<(usize, usize)> = Vec::new();
        for &state in states {
            for left in inside(state) {
                for right in inside(state) {
                    if left < right && self.overlaps(left, right) && seen.insert((left, right)) {
                        waiting.push((left, right));
                    }
                }
            }
        }
        while let Some((left, right)) = waiting.pop() {
            for next_left in inside(left) {
                for next_right in inside(right) {
                    if !self.overlaps(next_left, next_right) {
                        continue;
                    }
                    if next_left == next_right {
                        // Met again. All of a loop leads to all of it, so the fork can be come back to.
                        return true;
                    }
                    let pair = (next_left.min(next_right), next_left.max(next_right));
                    if seen.insert(pair) {
                        waiting.push(pair);
                    }
                }
            }
        }
        false
    }

    /// In how many ways one text can fork outside loops, at most.
    fn ways(&self) -> f64 {
        let mut known = vec![None; self.automaton.sets.len()];
        let entry = self.fork(self.starts);
        let best = self
            .starts
            .iter()
            .map(|&state| self.ways_from(state, &mut known))
            .fold(1.0, f64::max);
        entry * best
    }

    fn ways_from(&self, state: usize, known: &mut Vec<Option<f64>>) -> f64 {
        if let Some(Some(ways)) = known.get(state) {
            return *ways;
        }
        // Every state of the same loop counts as one: leave it by its widest fork.
        let members: Vec<usize> = if self.leads(state, state) {
            (0..self.automaton.sets.len())
                .filter(|&other| self.leads(state, other) && self.leads(other, state))
                .collect()
        } else {
            vec![state]
        };
        let mut best: f64 = 1.0;
        for &member in &members {
            let exits: Vec<usize> = self
                .automaton
                .next(member)
                .iter()
                .copied()
                .filter(|next| !members.contains(next))
                .collect();
            let behind = exits
                .iter()
                .map(|&next| self.ways_from(next, known))
                .fold(1.0, f64::max);
            best = best.max(self.fork(&exits) * behind);
        }
        for member in members {
            if let Some(slot) = known.get_mut(member) {
                *slot = Some(best);
            }
        }
        best
    }

    /// How many of the states take one and the same character, at most (by pairs).
    fn fork(&self, states: &[usize]) -> f64 {
        // To enter a loop or to skip it is no fork: where the loop is left is counted by `steps`.
        let skips = |one: usize, other: usize| {
            one != other && self.leads(one, one) && self.automaton.next(one).contains(&other)
        };
        let forks = |one: usize, other: usize| {
            self.overlaps(one, other) && !skips(one, other) && !skips(other, one)
        };
        let widest = states
            .iter()
            .map(|&one| states.iter().filter(|&&other| forks(one, other)).count())
            .max()
            .unwrap_or(1);
        f64::from(u32::try_from(widest).unwrap_or(u32::MAX)).max(1.0)
    }

    /// Steps on the worst text, forks outside loops left aside.
    fn steps(&self, loops: &[Loop]) -> Result<f64, PatternFault> {
        let length = f64::from(u32::try_from(MAX_TEXT).unwrap_or(u32::MAX));
        // hand_over[a][b]: characters per round on which loop a can hand over to loop b anywhere.
        let mut hand_over = vec![vec![None; loops.len()]; loops.len()];
        for (row, from) in hand_over.iter_mut().zip(loops) {
            for (slot, to) in row.iter_mut().zip(loops) {
                *slot = self.hand_over(from, to)?;
            }
        }
        // best[loop]: by number of hand-overs behind it, the largest product of places to hand over at.
        let mut best: Vec<Vec<f64>> = vec![vec![1.0]; loops.len()];
        for _ in 0..loops.len() {
            let before = best.clone();
            for (from, row) in hand_over.iter().enumerate() {
                for (to, period) in row.iter().enumerate() {
                    let Some(period) = period else { continue };
                    for behind in 0..loops.len() {
                        // The next hand-over may begin at `to` or at any loop behind it.
                        let continues = behind == to || self.loop_leads(loops, to, behind);
                        let Some(chain) = before.get(behind).filter(|_| continues) else {
                            continue;
                        };
                        for (count, product) in chain.iter().enumerate() {
                            raise(best.get_mut(from), count + 1, product * length / period);
                        }
                    }
                }
            }
        }
        let mut worst = length;
        for chain in &best {
            let mut orders = 1.0;
            for (count, product) in chain.iter().enumerate() {
                orders *= f64::from(u32::try_from(count + 1).unwrap_or(u32::MAX));
                worst = worst.max(product * length / orders);
            }
        }
        Ok(worst)
    }

    fn loop_leads(&self, loops: &[Loop], from: usize, to: usize) -> bool {
        let state = |index: usize| loops.get(index).and_then(|states| states.first());
        match (state(from), state(to)) {
            (Some(&from), Some(&to)) => self.leads(from, to),
            _ => false,
        }
    }

    /// The shortest text on which loop `from` goes round, leads over to `to`, and `to` goes round; 1 where one character is enough
    /// for all of it.
    fn hand_over(&self, from: &[usize], to: &[usize]) -> Result<Option<f64>, PatternFault> {
        let (Some(&any_from), Some(&any_to)) = (from.first(), to.first()) else {
            return Ok(None);
        };
        if any_from == any_to || !self.leads(any_from, any_to) {
            return Ok(None);
        }
        // From each pair of states, every combination with a third may be walked.
        let pairs = from.len() * to.len();
        if pairs * pairs * self.automaton.sets.len() > MAX_COMBINATIONS {
            return Err(PatternFault::TooComplex);
        }
        if self.is_led_over_by_one_character(from, to) {
            return Ok(Some(1.0));
        }
        let mut shortest: Option<u32> = None;
        for &stays in from {
            for &arrives in to {
                let length = self.common_text(from, to, stays, arrives);
                shortest = [shortest, length].into_iter().flatten().min();
            }
        }
        Ok(shortest.map(f64::from))
    }

    /// Whether there is a character of which alone a text can be that goes round `from`, leads over to `to` and goes round it:
    /// then the hand-over can be at each of its characters, however long the way is. In `GGG.+..GGG.+`, between the two
    /// repeats, it is seven characters long, and of all `G`.
    fn is_led_over_by_one_character(&self, from: &[usize], to: &[usize]) -> bool {
        let goes_round = |state: usize| self.automaton.next(state).contains(&state);
        let characters: std::collections::BTreeSet<u32> = self
            .automaton
            .sets
            .iter()
            .flat_map(CharSet::range_starts)
            .collect();
        let takes = |state: usize, character: u32| {
            let set = self.automaton.sets.get(state);
            set.is_some_and(|set| set.contains(character))
        };
        characters.into_iter().any(|character| {
            let mut waiting: Vec<usize> = from
                .iter()
                .copied()
                .filter(|&state| goes_round(state) && takes(state, character))
                .collect();
            let mut seen = vec![false; self.automaton.sets.len()];
            while let Some(state) = waiting.pop() {
                if to.contains(&state) && goes_round(state) {
                    return true;
                }
                for &next in self.automaton.next(state) {
                    if let Some(is_seen) = seen.get_mut(next)
                        && !*is_seen
                        && takes(next, character)
                    {
                        *is_seen = true;
                        waiting.push(next);
                    }
                }
            }
            false
        })
    }

    /// Length of the shortest text with `stays → stays`, `stays → arrives` and `arrives → arrives`.
    fn common_text(
        &self,
        from: &[usize],
        to: &[usize],
        stays: usize,
        arrives: usize,
    ) -> Option<u32> {
        let start = (stays, stays, arrives);
        let goal = (stays, arrives, arrives);
        let mut seen = std::collections::BTreeSet::new();
        let mut waiting = VecDeque::from([(start, 0_u32)]);
        while let Some(((one, two, three), length)) = waiting.pop_front() {
            for &next_one in self
                .automaton
                .next(one)
                .iter()
                .filter(|state| from.contains(state))
            {
                for &next_three in self
                    .automaton
                    .next(three)
                    .iter()
                    .filter(|state| to.contains(state))
                {
                    if !self.overlaps(next_one, next_three) {
                        continue;
                    }
                    for &next_two in self.automaton.next(two) {
                        let next = (next_one, next_two, next_three);
                        if !self.all_overlap(next) {
                            continue;
                        }
                        if next == goal {
                            return Some(length + 1);
                        }
                        let useful = next_two == arrives || self.leads(next_two, arrives);
                        if useful && seen.insert(next) {
                            waiting.push_back((next, length + 1));
                        }
                    }
                }
            }
        }
        None
    }
}

fn raise(chain: Option<&mut Vec<f64>>, count: usize, product: f64) {
    if let Some(chain) = chain {
        if chain.len() <= count {
            chain.resize(count + 1, 0.0);
        }
        if let Some(slot) = chain.get_mut(count) {
            *slot = slot.max(product);
        }
    }
}
