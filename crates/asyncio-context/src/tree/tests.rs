//! What only the inside can see: sizes, and the list of children.

use super::kids::Kids;
use super::{Core, Node};
use crate::sync::Arc;

/// An idle task has 160 bytes, of which its record is a part; a node is one small allocation.
#[test]
fn records_and_nodes_are_small() {
    assert!(size_of::<crate::Record>() <= 72);
    assert!(size_of::<Core>() <= 144);
    assert!(size_of::<Node>() <= 48);
}

fn kid() -> Arc<Core> {
    Arc::new(Core::new(None, None, None))
}

fn are(kids: &Kids, expected: &[&Arc<Core>]) -> bool {
    let kids: Vec<_> = kids.iter().collect();
    kids.len() == expected.len() && kids.iter().zip(expected).all(|(a, b)| Arc::ptr_eq(a, b))
}

#[test]
fn children_stand_in_order_of_entry() {
    let (a, b, c) = (kid(), kid(), kid());
    let mut kids = Kids::default();
    kids.push(a.clone());
    kids.push(b.clone());
    kids.push(c.clone());
    assert!(are(&kids, &[&a, &b, &c]));
    assert!(kids.remove(&a).is_some());
    // The place that stands inline is not taken by a younger one while older ones are there.
    kids.push(a.clone());
    assert!(are(&kids, &[&b, &c, &a]));
    assert!(kids.remove(&b).is_some());
    assert!(kids.remove(&b).is_none());
    assert!(are(&kids, &[&c, &a]));
}

#[test]
fn thousands_of_children_leave_in_any_order() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut kids = Kids::default();
    let mut model: Vec<Arc<Core>> = Vec::new();
    for _ in 0..20_000 {
        if model.is_empty() || random.u8(..100) < 52 {
            let kid = kid();
            kids.push(kid.clone());
            model.push(kid);
        } else {
            let kid = model.remove(random.usize(..model.len()));
            assert!(Arc::ptr_eq(&kids.remove(&kid).expect("it was there"), &kid));
        }
    }
    assert!(are(&kids, &model.iter().collect::<Vec<_>>()));
    for kid in model {
        assert!(kids.remove(&kid).is_some());
    }
    assert!(are(&kids, &[]));
}
