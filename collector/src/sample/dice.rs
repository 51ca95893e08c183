//! Numbers that look random and are the same on every machine: SplitMix64, seeded by what they are for.

/// A source of numbers.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// Numbers for the `number`th thing of a day.
    pub(super) fn of(seed: u64, day: i32, number: u32) -> Self {
        let day = u64::from(day.unsigned_abs());
        let mut dice = Self(seed ^ (day << 32) ^ u64::from(number));
        dice.next();
        Self(dice.next())
    }

    /// 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `limit` - 1.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        let scaled = (self.next() >> 32) * u64::from(limit);
        u32::try_from(scaled >> 32).unwrap_or_default()
    }

    /// A number from `low` to `high`.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True so many times in a thousand.
    pub(super) fn happens(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One of the items, by their weights. `None` of an empty list.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [(u32, T)]) -> Option<&'a T> {
        let total = items.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        items.iter().find_map(|(weight, item)| {
            let hit = left < *weight;
            left = left.saturating_sub(*weight);
            hit.then_some(item)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_things_get_the_same_numbers_and_others_do_not() {
        let numbers = |day, number| {
            let mut dice = Dice::of(7, day, number);
            (0..4).map(|_| dice.next()).collect::<Vec<_>>()
        };
        assert_eq!(numbers(20_000, 1), numbers(20_000, 1));
        assert_ne!(numbers(20_000, 1), numbers(20_001, 1));
        assert_ne!(numbers(20_000, 1), numbers(20_000, 2));
    }

    #[test]
    fn weights_are_respected() {
        let mut dice = Dice::of(1, 1, 1);
        let items = [(900, 'a'), (100, 'b'), (0, 'c')];
        let picks: Vec<char> = (0..10_000)
            .filter_map(|_| dice.pick(&items).copied())
            .collect();
        let share = |of| picks.iter().filter(|pick| **pick == of).count();
        assert_eq!(picks.len(), 10_000);
        assert!((8_700..9_300).contains(&share('a')), "{}", share('a'));
        assert_eq!(share('c'), 0);
    }
}
