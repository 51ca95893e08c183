//! Sets of characters, as ranges of code points: enough to ask whether two parts of a pattern can take the same one.

/// The last code point.
const LAST: u32 = 0x10_FFFF;
/// Letters below this have their case folded; above, hardly any script has cases.
const FOLDED_BELOW: u32 = 0x530;

/// A set of characters.
// INVARIANT: ranges are sorted, apart from each other, and each begins before it ends.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct CharSet(Vec<(u32, u32)>);

impl CharSet {
    pub(super) fn any() -> Self {
        Self(vec![(0, LAST)])
    }

    /// The first character of each range: what several sets have in common has one of theirs among it.
    pub(super) fn range_starts(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|(from, _)| *from)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn single(char: char) -> Self {
        Self(vec![(u32::from(char), u32::from(char))])
    }

    pub(super) fn from_ranges(ranges: &[(u32, u32)]) -> Self {
        let mut set = Self(ranges.to_vec());
        set.normalise();
        set
    }

    pub(super) fn add(&mut self, from: char, to: char) {
        self.0.push((u32::from(from), u32::from(to)));
        self.normalise();
    }

    pub(super) fn union(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
        self.normalise();
    }

    pub(super) fn negated(&self) -> Self {
        let mut ranges = Vec::new();
        let mut next = 0;
        for &(from, to) in &self.0 {
            if from > next {
                ranges.push((next, from - 1));
            }
            next = to + 1;
        }
        if next <= LAST {
            ranges.push((next, LAST));
        }
        Self(ranges)
    }

    pub(super) fn intersects(&self, other: &Self) -> bool {
        self.0.iter().any(|&(from, to)| {
            // The first range of `other` that ends at or behind `from`.
            let at = other.0.partition_point(|range| range.1 < from);
            other.0.get(at).is_some_and(|range| range.0 <= to)
        })
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        let mut both = self.negated();
        both.union(&other.negated());
        both.negated()
    }

    /// The set with each letter in both cases.
    pub(super) fn without_case(&self) -> Self {
        let mut folded = self.clone();
        for code in (0..FOLDED_BELOW).filter(|code| self.contains(*code)) {
            let Some(char) = char::from_u32(code) else {
                continue;
            };
            for other in char.to_lowercase().chain(char.to_uppercase()) {
                folded.0.push((u32::from(other), u32::from(other)));
            }
        }
        folded.normalise();
        folded
    }

    pub(super) fn contains(&self, code: u32) -> bool {
        self.0.iter().any(|&(from, to)| (from..=to).contains(&code))
    }

    fn normalise(&mut self) {
        self.0.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(self.0.len());
        for &(from, to) in &self.0 {
            match merged.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        self.0 = merged;
    }
}

/// `\d`.
pub(super) fn digits() -> CharSet {
    CharSet::from_ranges(&[(0x30, 0x39)])
}

/// `\w`.
pub(super) fn word() -> CharSet {
    CharSet::from_ranges(&[(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)])
}

/// `\s`.
pub(super) fn space() -> CharSet {
    CharSet::from_ranges(&[
        (0x09, 0x0D),
        (0x20, 0x20),
        (0xA0, 0xA0),
        (0x1680, 0x1680),
        (0x2000, 0x200A),
        (0x2028, 0x2029),
        (0x202F, 0x202F),
        (0x205F, 0x205F),
        (0x3000, 0x3000),
        (0xFEFF, 0xFEFF),
    ])
}

/// `.`: everything but line ends.
pub(super) fn dot() -> CharSet {
    CharSet::from_ranges(&[(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)]).negated()
}
