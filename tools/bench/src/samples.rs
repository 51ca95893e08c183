//! Pairs of measurements, and what they amount to.

/// Measurements of a figure and its baseline, taken in turns.
#[derive(Debug, Default)]
pub struct Samples {
    pairs: Vec<(f64, f64)>,
}

impl Samples {
    /// One measurement of each.
    pub fn add(&mut self, figure: f64, baseline: f64) {
        self.pairs.push((figure, baseline));
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The medians of the figure, of the baseline, and of their ratios pair by pair: those differ least when the machine
    /// is busy with something else for a while.
    pub fn medians(&self) -> Option<(f64, f64, f64)> {
        Some((
            median(self.pairs.iter().map(|(figure, _)| *figure))?,
            median(self.pairs.iter().map(|(_, baseline)| *baseline))?,
            median(self.ratios())?,
        ))
    }

    /// The median of what the figure is over its baseline, pair by pair.
    pub fn over(&self) -> Option<f64> {
        median(
            self.pairs
                .iter()
                .map(|(figure, baseline)| figure - baseline),
        )
    }

    /// The lower and the upper quarter of the ratios.
    pub fn spread(&self) -> [f64; 2] {
        let mut ratios: Vec<f64> = self.ratios().collect();
        ratios.sort_by(f64::total_cmp);
        let at = |quarter: usize| ratios.get(ratios.len() * quarter / 4).copied();
        [at(1).unwrap_or(0.0), at(3).unwrap_or(0.0)]
    }

    fn ratios(&self) -> impl Iterator<Item = f64> + '_ {
        self.pairs
            .iter()
            .filter(|(_, baseline)| *baseline > 0.0)
            .map(|(figure, baseline)| figure / baseline)
    }
}

/// The middle one; of an even number, the mean of both.
pub fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len().is_multiple_of(2) {
        Some((values.get(middle.wrapping_sub(1))? + upper) / 2.0)
    } else {
        Some(upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_few_and_of_many() {
        assert_eq!(median([].into_iter()), None);
        assert_eq!(median([3.0].into_iter()), Some(3.0));
        assert_eq!(median([4.0, 1.0].into_iter()), Some(2.5));
        assert_eq!(median([9.0, 1.0, 2.0].into_iter()), Some(2.0));
    }

    #[test]
    fn ratios_are_taken_pair_by_pair() {
        let mut samples = Samples::default();
        assert_eq!(samples.medians(), None);
        // The machine is ten times as slow for one pair.
        for (figure, baseline) in [(20.0, 10.0), (200.0, 100.0), (22.0, 11.0)] {
            samples.add(figure, baseline);
        }
        let (_, _, ratio) = samples.medians().unwrap();
        assert!((ratio - 2.0).abs() < 1e-9);
        assert_eq!(samples.over(), Some(11.0));
        assert_eq!(samples.len(), 3);
    }
}
