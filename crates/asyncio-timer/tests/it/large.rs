//! A million values.

use asyncio_timer::Wheel;

const MANY: u64 = 1_000_000;

#[test]
fn a_million_values_fire_in_order_and_leave_their_memory_for_the_next() {
    let mut wheel = Wheel::new(0);
    for round in 0..2 {
        let base = round * 2 * MANY;
        // 7919 has no factor in common with MANY: every deadline once, in scattered order.
        let keys: Vec<_> =
            (0..MANY).map(|n| wheel.insert(base + 1 + n * 7_919 % MANY, n)).collect();
        assert_eq!(wheel.len() as u64, MANY);
        for key in keys.iter().skip(1).step_by(2) {
            assert!(wheel.remove(*key).is_some());
        }
        let (mut last, mut count) = (0, 0);
        while let Some((_, n)) = wheel.pop_expired(base + MANY) {
            let deadline = base + 1 + n * 7_919 % MANY;
            assert!(last < deadline && n % 2 == 0);
            last = deadline;
            count += 1;
        }
        assert_eq!(count, MANY / 2);
    }
}
