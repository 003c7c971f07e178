//! The deadline inside a timeout.

use crate::stage::*;
use asyncio::{Deadline, catch_cancel, timeout, timeout_at};
use futures_lite::future::block_on;
use std::cell::RefCell;

#[test]
fn tmc_1_it_can_be_moved_and_taken_away() {
    timed(async {
        let r = timeout(secs(1), async |t: Deadline| {
            assert!(t.reschedule_at(at(5)));
            assert_eq!(t.when(), Some(at(5)));
            sleep(2).await;
            assert!(t.reschedule(secs(1)));
            assert_eq!(t.when(), Some(at(3)));
            pending().await
        });
        assert!(r.await.is_err());
        assert_eq!(second(), 3);

        let r = timeout(secs(1), async |t: Deadline| {
            assert!(t.reschedule(None));
            assert_eq!(t.when(), None);
            sleep(100).await
        });
        assert!(r.await.is_ok());
    });
}

#[test]
fn tmc_2_moved_into_the_past() {
    timed(async {
        sleep(5).await;
        let r = timeout(None, async |t: Deadline| {
            sleep(1).await;
            t.reschedule_at(at(2));
            sleep(9).await
        });
        assert!(r.await.is_err());
        assert_eq!(second(), 6);
    });
}

#[test]
fn diff_tmc_3_it_can_be_moved_before_the_body_begins() {
    timed(async {
        let r = timeout(secs(1), |t: Deadline| {
            assert!(t.reschedule_at(at(5)));
            pending()
        });
        assert!(r.await.is_err());
        assert_eq!(second(), 5);
    });
}

#[test]
fn tmc_4_it_cannot_be_moved_when_it_is_too_late() {
    timed(async {
        let kept = RefCell::new(None);
        let r = timeout(secs(1), async |t: Deadline| {
            kept.replace(Some(t.clone()));
            let token = catch_cancel(pending()).await.unwrap_err();
            assert!(!t.reschedule(secs(9)), "expiring");
            token.propagate().await
        });
        let r: Result<(), _> = r.await;
        assert!(r.is_err());
        let t = kept.take().unwrap();
        assert!(!t.reschedule(secs(9)) && t.expired(), "expired");

        let t = timeout(secs(1), async |t: Deadline| t).await.unwrap();
        let before = t.when();
        assert!(!t.reschedule(secs(9)) && !t.expired(), "finished");
        assert_eq!(t.when(), before);
    });
}

#[test]
fn diff_tmc_6_it_needs_no_task() {
    assert_eq!(block_on(timeout(secs(100), async |_| 5)), Ok(5));
}

#[test]
fn tmc_7_expired_from_the_moment_on() {
    timed(async {
        let r = timeout(secs(1), async |t: Deadline| {
            assert!(!t.expired());
            let token = catch_cancel(pending()).await.unwrap_err();
            assert!(t.expired());
            sleep(1).await;
            assert!(t.expired());
            token.propagate().await
        });
        let r: Result<(), _> = r.await;
        assert!(r.is_err());
    });
}

#[test]
fn diff_tmc_8_its_text() {
    timed(async {
        let kept = RefCell::new(None);
        let r = timeout_at(None, async |t: Deadline| {
            kept.replace(Some(t.clone()));
            assert_eq!(format!("{t:?}"), "<Deadline [active] when=None>");
            t.reschedule(std::time::Duration::from_micros(1_234_567));
            let text = format!("{t:?}");
            let seconds = text.strip_prefix("<Deadline [active] when=").unwrap();
            let seconds = seconds.strip_suffix('>').unwrap();
            assert_eq!(seconds.split_once('.').unwrap().1.len(), 3, "{text}");
            let token = catch_cancel(pending()).await.unwrap_err();
            assert_eq!(format!("{t:?}"), "<Deadline [expiring]>");
            token.propagate().await
        });
        let r: Result<(), _> = r.await;
        assert!(r.is_err());
        assert_eq!(format!("{:?}", kept.take().unwrap()), "<Deadline [expired]>");
        let t = timeout(secs(1), async |t: Deadline| t).await.unwrap();
        assert_eq!(format!("{t:?}"), "<Deadline [finished]>");
    });
}
