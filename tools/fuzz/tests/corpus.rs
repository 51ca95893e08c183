//! Each target on its seeds, and on the same few thousand mutations of them every time.

#![cfg(test)]

use weir_fuzz::mutate::{Numbers, mutate};
use weir_fuzz::{TARGETS, seeds};

#[test]
fn every_target_stands_its_seeds_and_their_mutations() {
    std::thread::scope(|scope| {
        for target in TARGETS {
            scope.spawn(move || {
                let seeds = seeds::of(target.name).unwrap();
                assert!(!seeds.is_empty(), "`{}` has no seeds", target.name);
                for seed in &seeds {
                    (target.run)(seed);
                }
                let mut numbers = Numbers::new(7);
                for _ in 0..target.tries {
                    let input = &seeds[numbers.below(seeds.len())];
                    let other = &seeds[numbers.below(seeds.len())];
                    (target.run)(&mutate(input, other, &mut numbers));
                }
            });
        }
    });
}
