//! By deadline, then by age; never early.

use asyncio_timer::Wheel;

fn drain(wheel: &mut Wheel<u64>, now: u64) -> Vec<u64> {
    std::iter::from_fn(|| wheel.pop_expired(now)).map(|(_, value)| value).collect()
}

#[test]
fn equal_deadlines_keep_their_order_across_levels() {
    // The first is put in while its deadline is three levels away, the last when it is next.
    let mut wheel = Wheel::new(0);
    let deadline = 64 * 64 * 64 + 7;
    for (value, now) in
        [0, 64 * 64 * 63, 64 * 64 * 64 - 1, 64 * 64 * 64, deadline - 1].iter().enumerate()
    {
        assert_eq!(wheel.pop_expired(*now), None);
        wheel.insert(deadline, value as u64);
    }
    assert_eq!(drain(&mut wheel, deadline), [0, 1, 2, 3, 4]);
}

#[test]
fn resetting_goes_behind_those_of_the_same_deadline() {
    let mut wheel = Wheel::new(0);
    let first = wheel.insert(10, 1);
    wheel.insert(10, 2);
    assert!(wheel.reset(first, 10));
    assert_eq!(drain(&mut wheel, 10), [2, 1]);
}

#[test]
fn nothing_is_early() {
    for distance in [1, 63, 64, 65, 4_095, 4_096, 4_097, 1 << 30, (1 << 30) + 1] {
        let mut wheel = Wheel::new(3);
        wheel.insert(3 + distance, distance);
        assert_eq!(wheel.pop_expired(3 + distance - 1), None);
        assert_eq!(wheel.next_deadline(), Some(3 + distance));
        assert_eq!(drain(&mut wheel, 3 + distance), [distance]);
    }
}

#[test]
fn a_deadline_in_the_past_is_due_now() {
    let mut wheel = Wheel::new(100);
    let late = wheel.insert(5, 1);
    assert_eq!(wheel.deadline(late), Some(100));
    assert_eq!(wheel.next_deadline(), Some(100));
    assert_eq!(drain(&mut wheel, 100), [1]);
}

#[test]
fn a_clock_that_goes_back_hands_out_nothing() {
    let mut wheel = Wheel::new(100);
    wheel.insert(5, 1);
    assert_eq!(wheel.pop_expired(99), None);
    assert_eq!(wheel.now(), 100);
    assert_eq!(drain(&mut wheel, 100), [1]);
}

#[test]
fn a_crowded_slot_gives_a_bound_that_leads_to_the_deadline() {
    let mut wheel = Wheel::new(0);
    for n in 0..100 {
        wheel.insert(5_000, n);
    }
    let mut steps = 0;
    let mut now = 0;
    while now < 5_000 {
        let next = wheel.next_deadline().unwrap();
        assert!(now < next && next <= 5_000, "each step leads forward, none too far");
        now = next;
        if now < 5_000 {
            assert_eq!(wheel.pop_expired(now), None);
        }
        steps += 1;
    }
    assert!(steps <= 3);
    assert_eq!(drain(&mut wheel, 5_000), (0..100).collect::<Vec<_>>());
}
