//! `cancel`: failures on the way, and what others cancel.

use crate::stage::{pending, played, say, turns};
use asyncio::{create_future, create_task, current_task, run_virtual, with_cleanup};

#[test]
fn can_17_another_failure_takes_its_place() {
    run_virtual(async {
        let task = create_task(with_cleanup(pending(), async || panic!("boom in a clean-up")));
        turns(1).await;
        task.cancel();
        turns(2).await;
        assert!(task.done() && !task.cancelled());
        assert!(task.await.unwrap_err().is_panic());
    });
}

#[test]
fn diff_can_19_what_others_cancelled_is_a_value() {
    let trace = played(async {
        let future = create_future::<()>();
        let waited = future.clone();
        let task = create_task(async move {
            let error = waited.await.unwrap_err();
            say!("{}, count {}", error.is_cancelled(), current_task().cancelling());
        });
        turns(1).await;
        future.cancel();
        task.await.unwrap();
    });
    assert_eq!(trace, "0:true, count 0");
}

#[test]
fn can_20_both_in_one_turn_are_one() {
    let trace = played(async {
        let future = create_future::<()>();
        let waited = future.clone();
        let task = create_task(async move {
            let token = asyncio::catch_cancel(waited).await.unwrap_err();
            token.swallow();
            turns(3).await;
            say!("interrupted once, count {}", current_task().cancelling());
        });
        turns(1).await;
        future.cancel();
        task.cancel();
        task.await.unwrap();
    });
    assert_eq!(trace, "0:interrupted once, count 1");
}
