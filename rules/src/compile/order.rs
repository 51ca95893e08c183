//! The order of triggers in a release.

use std::collections::BTreeSet;

use crate::container::{Container, TriggerKind};

/// The triggers at these positions and those that they look at, in the order of a release: by what they wait for, which has
/// those that wait for anything behind the others; then groups, each behind its members; apart from that as in the container.
pub(super) fn of_triggers(container: &Container, used: BTreeSet<usize>) -> Vec<usize> {
    let kind = |at: &usize| container.triggers.get(*at).map(|trigger| &trigger.kind);
    let mut all = used;
    let mut waiting: Vec<usize> = all.iter().copied().collect();
    while let Some(at) = waiting.pop() {
        if let Some(TriggerKind::Group { members, .. }) = kind(&at) {
            waiting.extend(members.iter().filter(|member| all.insert(**member)));
        }
    }
    let (groups, others): (Vec<usize>, Vec<usize>) = all
        .iter()
        .partition(|at| matches!(kind(at), Some(TriggerKind::Group { .. })));
    let mut order = others;
    // Stable: among those that wait for the same, the order of the container.
    order.sort_by_key(|at| kind(at).map(|kind| kind.event().heard_as() as u8));
    let mut placed: BTreeSet<usize> = order.iter().copied().collect();
    let mut left = groups;
    // INVARIANT: the check refuses cycles, so each round places a group at least.
    for _ in 0..left.len() {
        left.retain(|at| {
            let Some(TriggerKind::Group { members, .. }) = kind(at) else {
                return false;
            };
            let is_ready = members.iter().all(|member| placed.contains(member));
            if is_ready {
                placed.insert(*at);
                order.push(*at);
            }
            !is_ready
        });
    }
    order
}
