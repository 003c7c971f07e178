//! Ticks in virtual time.

use crate::support::run;
use asyncio_context::clock::{self, VirtualClock};
use asyncio_reactor::{Driver, MissedTick, interval, interval_at, sleep, sleep_until};
use futures_lite::StreamExt;
use std::time::Duration;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn virtually<F: Future>(test: impl FnOnce() -> F) {
    let mut driver = Driver::virtual_time(VirtualClock::new()).unwrap();
    let _entered = driver.enter();
    run(&mut driver, test());
}

use std::future::Future;

#[test]
fn the_first_tick_is_now_and_the_rhythm_does_not_drift() {
    virtually(|| async {
        let start = clock::now();
        let mut beat = interval(secs(10));
        for n in 0..5 {
            assert_eq!(beat.tick().await - start, secs(10 * n));
            sleep(secs(3)).await;
        }
    });
}

#[test]
fn a_rhythm_may_be_older_than_the_first_look_at_the_clock() {
    virtually(|| async {
        let start = clock::now() - secs(25);
        assert_eq!(sleep_until(start).deadline(), start);
        let mut beat = interval_at(start, secs(10)).missed_tick(MissedTick::Skip);
        assert_eq!(beat.tick().await, start);
        assert_eq!(beat.tick().await, start + secs(30));
    });
}

#[test]
fn missed_ticks() {
    for (missed, expected) in [
        (MissedTick::Burst, [0, 10, 20, 30, 40]),
        (MissedTick::Delay, [0, 10, 45, 55, 65]),
        (MissedTick::Skip, [0, 10, 40, 50, 60]),
    ] {
        virtually(|| async move {
            let start = clock::now();
            let mut beat = interval(secs(10)).missed_tick(missed);
            let mut ticks = Vec::new();
            ticks.push((beat.tick().await - start).as_secs());
            sleep(secs(35)).await;
            for _ in 0..4 {
                ticks.push((beat.tick().await - start).as_secs());
            }
            assert_eq!(ticks, expected, "{missed:?}");
        });
    }
}

#[test]
fn a_dropped_tick_is_not_lost() {
    virtually(|| async {
        let start = clock::now();
        let mut beat = interval_at(start + secs(10), secs(10));
        assert!(crate::support::poll(&mut beat.tick()).is_pending());
        sleep(secs(12)).await;
        assert_eq!(beat.tick().await - start, secs(10));
    });
}

#[test]
fn reset_begins_anew_and_streams() {
    virtually(|| async {
        let start = clock::now();
        let mut beat = interval(secs(10));
        beat.tick().await;
        sleep(secs(4)).await;
        beat.reset();
        assert_eq!(beat.period(), secs(10));
        assert_eq!(beat.next().await.unwrap() - start, secs(14));
    });
}

#[test]
#[should_panic(expected = "needs a period")]
fn a_period_of_zero_is_refused() {
    let _ = interval(Duration::ZERO);
}
