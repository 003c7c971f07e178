//! Requests in force: what `cancelling()` and `outside` count.

use super::core::Core;
use crate::Record;
use crate::sync::{Arc, Ordering};
use std::sync::atomic::AtomicUsize;

/// Requests addressed to nodes that are not roots, in the whole program. While there are none,
/// nobody has to walk a tree to count them. Relaxed is enough: whoever counts an ancestor's request
/// runs inside that ancestor's poll, after it was made.
static IN_FORCE: AtomicUsize = AtomicUsize::new(0);

pub(super) fn count(node: &Core) {
    node.count.fetch_add(1, Ordering::Relaxed);
    IN_FORCE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
}

pub(super) fn is_counted(node: &Core) -> bool {
    node.count.load(Ordering::Relaxed) > 0
}

pub(super) fn withdraw(node: &Core) {
    if is_counted(node) {
        let count = node.count.swap(0, Ordering::Relaxed);
        IN_FORCE.fetch_sub(count as usize, std::sync::atomic::Ordering::Relaxed);
    }
}

fn none() -> bool {
    IN_FORCE.load(std::sync::atomic::Ordering::Relaxed) == 0
}

/// Requests on `node` and the nodes above it, up to the root of `record`.
pub(super) fn above(node: Option<&Arc<Core>>, record: Option<&Record>) -> usize {
    let Some(node) = node else { return 0 };
    let mut sum = record.map_or(0, |record| record.mailbox().count());
    if none() {
        return sum;
    }
    let mut node = node.clone();
    loop {
        sum += node.count.load(Ordering::Relaxed) as usize;
        let Some(parent) = node.parent() else { return sum };
        node = parent;
    }
}

/// Requests on the nodes under `root`.
pub(crate) fn below(root: &Arc<Core>) -> usize {
    if none() {
        return 0;
    }
    let mut sum = 0;
    let mut open = vec![root.clone()];
    while let Some(node) = open.pop() {
        sum += node.count.load(Ordering::Relaxed) as usize;
        open.extend(node.lock().kids.iter().cloned());
    }
    sum
}
