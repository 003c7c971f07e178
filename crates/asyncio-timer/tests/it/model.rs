//! Random operations on the wheel and on an ordered map must give the same.

use asyncio_timer::{Key, Wheel};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

#[derive(Clone, Debug)]
enum Op {
    /// Insert, due so many ticks after now (or before).
    Insert(i64),
    /// Remove the nth key ever given out, in use or not.
    Remove(usize),
    Reset(usize, i64),
    /// Let so much time pass and take out at most so many.
    Pass(u64, usize),
    /// Let time pass up to the tick that the wheel says to wait for.
    PassToNext,
}

/// Distances of all sizes: the same tick, the same slot, each higher level, the far end.
fn distance() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => -3_i64..3,
        4 => 0_i64..70,
        4 => (0_u32..62, 0_i64..4).prop_map(|(bit, more)| (1_i64 << bit).saturating_add(more)),
        1 => any::<i64>(),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => distance().prop_map(Op::Insert),
        2 => any::<usize>().prop_map(Op::Remove),
        2 => (any::<usize>(), distance()).prop_map(|(n, d)| Op::Reset(n, d)),
        3 => (distance(), 0_usize..9).prop_map(|(d, n)| Op::Pass(d.unsigned_abs(), n)),
        1 => Just(Op::PassToNext),
    ]
}

/// The obvious implementation: by deadline, then by order of insertion.
#[derive(Default)]
struct Model {
    now: u64,
    order: u64,
    queue: BTreeMap<(u64, u64), usize>,
    at: HashMap<usize, (u64, u64)>,
}

impl Model {
    fn set(&mut self, id: usize, deadline: u64) {
        self.remove(id);
        self.order += 1;
        let place = (deadline.max(self.now), self.order);
        self.queue.insert(place, id);
        self.at.insert(id, place);
    }

    fn remove(&mut self, id: usize) -> bool {
        self.at.remove(&id).map(|place| self.queue.remove(&place)).is_some()
    }

    fn pop(&mut self, now: u64) -> Option<usize> {
        match self.queue.first_key_value() {
            Some((&(deadline, _), &id)) if deadline <= now => {
                self.now = self.now.max(deadline);
                self.remove(id);
                Some(id)
            }
            _ => {
                self.now = self.now.max(now);
                None
            }
        }
    }
}

fn run(start: u64, ops: Vec<Op>) {
    let mut wheel = Wheel::new(start);
    let mut model = Model { now: start, ..Model::default() };
    let mut keys: Vec<Key> = Vec::new();
    let mut clock = start;
    for op in ops {
        let due = |d: i64| clock.saturating_add_signed(d);
        match op {
            Op::Insert(d) => {
                keys.push(wheel.insert(due(d), keys.len()));
                model.set(keys.len() - 1, due(d));
            }
            Op::Remove(n) if !keys.is_empty() => {
                let id = n % keys.len();
                let removed = wheel.remove(keys[id]);
                assert_eq!(removed, model.remove(id).then_some(id));
            }
            Op::Reset(n, d) if !keys.is_empty() => {
                let id = n % keys.len();
                let waits = model.at.contains_key(&id);
                assert_eq!(wheel.reset(keys[id], due(d)), waits);
                if waits {
                    model.set(id, due(d));
                }
            }
            Op::Pass(time, most) => {
                clock = clock.saturating_add(time);
                for _ in 0..most {
                    let popped = wheel.pop_expired(clock);
                    assert_eq!(popped.map(|(_, id)| id), model.pop(clock));
                    let Some((key, id)) = popped else { break };
                    assert_eq!(key, keys[id]);
                }
            }
            Op::PassToNext => {
                clock = clock.max(wheel.next_deadline().unwrap_or(clock));
            }
            Op::Remove(_) | Op::Reset(..) => {}
        }
        check(&wheel, &model, &keys);
    }
    while let Some((_, id)) = wheel.pop_expired(u64::MAX) {
        assert_eq!(Some(id), model.pop(u64::MAX));
    }
    assert_eq!(model.pop(u64::MAX), None);
}

fn check(wheel: &Wheel<usize>, model: &Model, keys: &[Key]) {
    assert_eq!(wheel.len(), model.queue.len());
    assert_eq!(wheel.is_empty(), model.queue.is_empty());
    assert_eq!(wheel.now(), model.now);
    let earliest = model.queue.first_key_value().map(|(&(deadline, _), _)| deadline);
    match wheel.next_deadline() {
        next if model.queue.len() <= 64 => assert_eq!(next, earliest),
        next => assert!(next <= earliest && next >= Some(model.now)),
    }
    for (id, &key) in keys.iter().enumerate() {
        assert_eq!(wheel.get(key), model.at.get(&id).map(|_| &id));
        assert_eq!(wheel.deadline(key), model.at.get(&id).map(|place| place.0));
    }
}

proptest! {
    #[test]
    fn wheel_and_ordered_map_agree(
        start in prop_oneof![Just(0), Just(u64::MAX - 5), 0_u64..1 << 20, any::<u64>()],
        ops in proptest::collection::vec(op(), 0..300),
    ) {
        run(start, ops);
    }
}
