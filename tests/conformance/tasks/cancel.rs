//! `cancel`: who is reached, and what comes of it.

use crate::stage::{cancelled_at, pending, played, say, sleep, turns};
use asyncio::{
    catch_cancel, create_future, create_task, current_task, gather, run_virtual, with_cleanup,
};
use std::cell::RefCell;
use std::rc::Rc;

#[test]
fn can_1_refused_by_a_task_that_is_over() {
    run_virtual(async {
        let task = create_task(async { 3 });
        assert!(task.cancel());
        assert_eq!(task.cancelling(), 1);
        let over = create_task(async { 3 });
        turns(1).await;
        assert!(!over.cancel());
        assert_eq!((over.cancelling(), over.await.unwrap()), (0, 3));
    });
}

#[test]
fn can_2_cancelled_when_it_has_ended_so() {
    let trace = played(async {
        let task = create_task(with_cleanup(pending(), async || sleep(1).await));
        turns(1).await;
        task.cancel();
        say!("{}", task.cancelled());
        turns(2).await;
        say!("{}", task.cancelled());
        sleep(2).await;
        say!("{}", task.cancelled());
    });
    assert_eq!(trace, "0:false · 0:false · 2:true");
}

#[test]
fn can_3_one_that_has_not_begun_never_does() {
    let trace = played(async {
        let mut task = create_task(async {
            say!("not reached");
            with_cleanup(pending(), async || say!("nor this")).await;
        });
        task.cancel();
        turns(1).await;
        say!("{}", task.result().unwrap().unwrap_err().is_cancelled());
    });
    assert_eq!(trace, "0:true");
}

#[test]
fn diff_can_4_what_it_waits_for_is_cancelled_in_its_next_turn() {
    run_virtual(async {
        let future = create_future::<()>();
        let waited = future.clone();
        let task = create_task(waited.into_future());
        turns(1).await;
        task.cancel();
        assert!(!future.cancelled(), "cancel() runs no code of anybody's");
        turns(1).await;
        assert!(future.cancelled());
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn can_5_forwarded_down_the_chain() {
    let trace = played(async {
        let inner = create_task(with_cleanup(pending(), async || {
            say!("inner cleans up");
            sleep(2).await;
        }));
        let middle = create_task(async move {
            let ended = inner.await;
            say!("not reached: {ended:?}");
        });
        let outer = create_task(async move {
            let ended = middle.await;
            say!("not reached: {ended:?}");
        });
        turns(3).await;
        outer.cancel();
        say!("outer cancelled: {}", outer.await.unwrap_err().is_cancelled());
    });
    assert_eq!(trace, "0:inner cleans up · 2:outer cancelled: true");
}

#[test]
fn can_6_an_inner_one_that_swallows_gives_its_value() {
    let trace = played(async {
        let inner = create_task(async {
            catch_cancel(pending()).await.unwrap_err().swallow();
            sleep(1).await;
            "value"
        });
        let outer = create_task(async move {
            let value = inner.await.unwrap();
            sleep(1).await;
            say!("{value}, count {}", current_task().cancelling());
        });
        turns(2).await;
        outer.cancel();
        say!("not interrupted: {}", outer.await.is_ok());
    });
    assert_eq!(trace, "2:value, count 1 · 2:not interrupted: true");
}

#[test]
fn can_7_wins_over_a_value_not_taken_yet() {
    run_virtual(async {
        let future = create_future();
        let waited = future.clone();
        let task = create_task(waited.into_future());
        turns(1).await;
        future.set_result(5).unwrap();
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(future.result().unwrap().unwrap(), 5);
    });
}

#[test]
fn can_8_a_task_that_cancels_itself_goes_on_to_its_next_suspension() {
    let trace = played(async {
        let future = create_future::<()>();
        let waited = future.clone();
        let task = create_task(async move {
            current_task().cancel();
            say!("goes on");
            let _ = waited.await;
            say!("not reached");
        });
        say!("{}", task.await.unwrap_err().is_cancelled());
        say!("future {}", future.cancelled());
    });
    assert_eq!(trace, "0:goes on · 0:true · 0:future true");
}

#[test]
fn can_9_or_to_its_end() {
    run_virtual(async {
        let task = create_task(async {
            current_task().cancel();
            "dropped"
        });
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn diff_can_10_a_panic_stands_and_an_err_is_a_value() {
    run_virtual(async {
        let panics = create_task(async {
            current_task().cancel();
            panic!("boom")
        });
        assert!(panics.await.unwrap_err().is_panic());
        let fails = create_task(async {
            current_task().cancel();
            Err::<(), _>("dropped as a value would be")
        });
        assert!(fails.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn can_11_who_catches_it_and_returns_is_not_cancelled() {
    run_virtual(async {
        let task = create_task(async {
            catch_cancel(pending()).await.unwrap_err().swallow();
            "value"
        });
        turns(1).await;
        task.cancel();
        turns(1).await;
        assert!(task.done() && !task.cancelled());
        assert_eq!(task.await.unwrap(), "value");
    });
}

#[test]
fn can_12_a_request_is_delivered_once() {
    let trace = played(cancelled_at(&[1, 4], async {
        catch_cancel(pending()).await.unwrap_err().swallow();
        say!("caught");
        sleep(2).await;
        say!("not interrupted");
        sleep(5).await;
        say!("not reached");
    }));
    assert_eq!(trace, "1:caught · 3:not interrupted · 4:t=Cancelled");
}

#[test]
fn can_13_several_before_the_delivery_are_one() {
    let trace = played(async {
        let task = create_task(async {
            catch_cancel(pending()).await.unwrap_err().swallow();
            say!("caught, count {}", current_task().cancelling());
            sleep(1).await;
            say!("not interrupted");
        });
        turns(1).await;
        say!("{} {}", task.cancel(), task.cancel());
        task.await.unwrap();
    });
    assert_eq!(trace, "0:true true · 0:caught, count 2 · 1:not interrupted");
}

#[test]
fn can_14_the_message_arrives() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    run_virtual(async {
        for message in [Some("enough"), None] {
            let seen = seen.clone();
            let task = create_task(async move {
                let token = catch_cancel(pending()).await.unwrap_err();
                seen.borrow_mut().push(token.message().map(String::from));
                token.swallow();
            });
            turns(1).await;
            match message {
                Some(text) => task.cancel_with(text),
                None => task.cancel(),
            };
            task.await.unwrap();
        }
    });
    assert_eq!(*seen.borrow(), [Some("enough".to_owned()), None]);
}

#[test]
fn diff_can_15_the_first_message_arrives() {
    run_virtual(async {
        for begun in [true, false] {
            let task = create_task(pending());
            turns(usize::from(begun)).await;
            task.cancel_with("first");
            task.cancel_with("second");
            assert_eq!(task.await.unwrap_err().message(), Some("first"), "begun: {begun}");
        }
    });
}

#[test]
fn can_16_the_awaiter_gets_the_message() {
    run_virtual(async {
        let awaited = create_task(pending());
        awaited.cancel_with("by await");
        assert_eq!(awaited.await.unwrap_err().message(), Some("by await"));
        let mut asked = create_task(pending());
        asked.cancel_with("by result()");
        turns(1).await;
        let error = asked.result().unwrap().unwrap_err();
        assert_eq!(error.message(), Some("by result()"));
        assert!(asked.result().is_none(), "the first reader has it");
        let inside = create_task(pending());
        inside.cancel();
        let (ended,) = gather!(inside).await;
        assert!(ended.unwrap_err().is_cancelled());
    });
}
