//! A pattern as an automaton: one state for each character it is written with, by Glushkov's construction.

use super::PatternFault;
use super::charset::CharSet;
use super::syntax::Node;

/// States looked into at most.
const MAX_STATES: usize = 256;
/// Counted repeats up to this count are written out; beyond, they are as good as endless.
pub(super) const MAX_UNROLLED: u32 = 12;

/// States by number: the set each takes, and which can follow.
pub(super) struct Automaton {
    ignore_case: bool,
    pub(super) sets: Vec<CharSet>,
    next: Vec<Vec<usize>>,
}

/// A part of the automaton: where it can begin, where it can end, whether it can be skipped.
pub(super) struct Part {
    pub(super) first: Vec<usize>,
    last: Vec<usize>,
    nullable: bool,
}

impl Automaton {
    pub(super) fn new(ignore_case: bool) -> Self {
        Self {
            ignore_case,
            sets: Vec::new(),
            next: Vec::new(),
        }
    }

    pub(super) fn state(&mut self, set: CharSet) -> Result<usize, PatternFault> {
        if self.sets.len() == MAX_STATES {
            return Err(PatternFault::TooComplex);
        }
        self.sets.push(if self.ignore_case {
            set.without_case()
        } else {
            set
        });
        self.next.push(Vec::new());
        Ok(self.sets.len() - 1)
    }

    pub(super) fn link(&mut self, from: &[usize], to: &[usize]) {
        for &state in from {
            if let Some(next) = self.next.get_mut(state) {
                for &target in to {
                    if !next.contains(&target) {
                        next.push(target);
                    }
                }
            }
        }
    }

    pub(super) fn build(&mut self, node: &Node) -> Result<Part, PatternFault> {
        match node {
            Node::Start | Node::Assertion => Ok(Part::empty()),
            Node::Set(set) => {
                let state = self.state(set.clone())?;
                Ok(Part {
                    first: vec![state],
                    last: vec![state],
                    nullable: false,
                })
            }
            Node::Look(node) => {
                // A way tried and left again: nothing follows it.
                let part = self.build(node)?;
                Ok(Part {
                    first: part.first,
                    last: Vec::new(),
                    nullable: true,
                })
            }
            Node::Sequence(nodes) => {
                let mut whole = Part::empty();
                for node in nodes {
                    let part = self.build(node)?;
                    whole = self.then(whole, part);
                }
                Ok(whole)
            }
            Node::Choice(branches) => {
                let mut whole = Part {
                    first: Vec::new(),
                    last: Vec::new(),
                    nullable: false,
                };
                for branch in branches {
                    let part = self.build(branch)?;
                    whole.first.extend(part.first);
                    whole.last.extend(part.last);
                    whole.nullable |= part.nullable;
                }
                Ok(whole)
            }
            Node::Repeat { node, min, max } => self.repeat(node, *min, *max),
        }
    }

    fn repeat(&mut self, node: &Node, min: u32, max: Option<u32>) -> Result<Part, PatternFault> {
        let Some(max) = max.filter(|max| *max <= MAX_UNROLLED) else {
            let part = self.build(node)?;
            self.link(&part.last, &part.first);
            return Ok(Part {
                nullable: part.nullable || min == 0,
                ..part
            });
        };
        let mut whole = Part::empty();
        for count in 0..max {
            let mut part = self.build(node)?;
            // What may be left out ends here as well.
            part.nullable |= count >= min;
            whole = self.then(whole, part);
        }
        Ok(whole)
    }

    fn then(&mut self, before: Part, after: Part) -> Part {
        self.link(&before.last, &after.first);
        let mut first = before.first;
        if before.nullable {
            first.extend_from_slice(&after.first);
        }
        let mut last = after.last;
        if after.nullable {
            last.extend(before.last);
        }
        Part {
            first,
            last,
            nullable: before.nullable && after.nullable,
        }
    }

    pub(super) fn next(&self, state: usize) -> &[usize] {
        self.next.get(state).map_or(&[], Vec::as_slice)
    }
}

impl Part {
    fn empty() -> Self {
        Self {
            first: Vec::new(),
            last: Vec::new(),
            nullable: true,
        }
    }
}

/// The states that `from` leads to in one step or more.
pub(super) fn reachable(automaton: &Automaton, from: usize) -> Vec<bool> {
    let mut seen = vec![false; automaton.sets.len()];
    let mut waiting = automaton.next(from).to_vec();
    while let Some(state) = waiting.pop() {
        if let Some(slot) = seen.get_mut(state)
            && !*slot
        {
            *slot = true;
            waiting.extend_from_slice(automaton.next(state));
        }
    }
    seen
}
