//! Values may go at any moment, and their keys with them.

use asyncio_timer::Wheel;
use std::rc::Rc;

#[test]
fn what_is_due_can_be_removed_or_moved_between_two_expiries() {
    let mut wheel = Wheel::new(0);
    wheel.insert(10, "a");
    let b = wheel.insert(10, "b");
    let c = wheel.insert(10, "c");
    wheel.insert(10, "d");
    assert_eq!(wheel.pop_expired(10).unwrap().1, "a");
    assert_eq!(wheel.remove(b), Some("b"));
    assert!(wheel.reset(c, 11));
    wheel.insert(10, "e");
    assert_eq!(wheel.pop_expired(10).unwrap().1, "d");
    assert_eq!(wheel.pop_expired(10).unwrap().1, "e");
    assert_eq!(wheel.pop_expired(10), None);
    assert_eq!(wheel.pop_expired(11), Some((c, "c")));
}

#[test]
fn an_old_key_finds_nothing() {
    let mut wheel = Wheel::new(0);
    let expired = wheel.insert(1, 'x');
    wheel.pop_expired(1);
    let removed = wheel.insert(2, 'y');
    wheel.remove(removed);
    let current = wheel.insert(3, 'z'); // in the same place
    for old in [expired, removed] {
        assert_eq!(wheel.get(old), None);
        assert_eq!(wheel.get_mut(old), None);
        assert_eq!(wheel.deadline(old), None);
        assert!(!wheel.reset(old, 9));
        assert_eq!(wheel.remove(old), None);
    }
    *wheel.get_mut(current).unwrap() = 'w';
    assert_eq!(wheel.get(current), Some(&'w'));
}

#[test]
fn removing_the_earliest_shows_the_next() {
    let mut wheel = Wheel::new(0);
    let near = wheel.insert(1_000, 1);
    wheel.insert(1_001, 2);
    wheel.insert(900_000, 3);
    assert_eq!(wheel.next_deadline(), Some(1_000));
    wheel.remove(near);
    assert_eq!(wheel.next_deadline(), Some(1_001));
}

#[test]
fn values_are_dropped_once() {
    let value = Rc::new(());
    let mut wheel = Wheel::new(0);
    let key = wheel.insert(5, value.clone());
    wheel.insert(6, value.clone());
    wheel.insert(7, value.clone());
    drop(wheel.remove(key));
    drop(wheel.pop_expired(6));
    assert_eq!(Rc::strong_count(&value), 2);
    drop(wheel);
    assert_eq!(Rc::strong_count(&value), 1);
}
