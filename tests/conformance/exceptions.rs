//! The exceptions and what they carry.

use crate::stage::{pending, played, say, secs, turns};
use asyncio::{
    ExceptionGroup, IncompleteReadError, JoinError, LimitOverrunError, ReadError, ReturnWhen,
    TaskGroup, TimeoutError, catch_cancel, create_future, create_task, gather, local, run_virtual,
    timeout, timeout_at, to_thread, wait, wait_for,
};
use std::error::Error;
use std::io;
use std::num::ParseIntError;

#[test]
fn diff_exc_1_a_cancellation_is_no_error() {
    let trace = played(async {
        let task = create_task(async {
            let ended: Result<(), Box<dyn Error>> = async {
                pending().await;
                Ok(())
            }
            .await;
            say!("not reached: {ended:?}");
        });
        turns(1).await;
        task.cancel();
        say!("{}", task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(trace, "0:true");
}

#[test]
fn exc_2_its_message_or_nothing() {
    run_virtual(async {
        let messages = [None, Some("enough")].map(|message| async move {
            let task = create_task(async {
                let token = catch_cancel(pending()).await.unwrap_err();
                let text = token.message().map(String::from);
                token.swallow();
                text
            });
            turns(1).await;
            message.map_or_else(|| task.cancel(), |text| task.cancel_with(text));
            task.await.unwrap()
        });
        for (got, sent) in gather(messages).await.into_iter().zip([None, Some("enough")]) {
            assert_eq!(got.as_deref(), sent);
        }
    });
}

#[test]
fn exc_3_not_the_one_of_the_thread_pool() {
    asyncio::run(async {
        let panics = to_thread(|| panic!("boom in a thread")).await.unwrap_err();
        let of_a_call: &dyn Error = &panics;
        assert!(!of_a_call.is::<JoinError>() && !panics.is_cancelled());
    });
}

#[test]
fn exc_4_a_value_in_lists_of_results() {
    run_virtual(async {
        let (cancelled, other) = (create_task(async { 1 }), create_task(async { 2 }));
        cancelled.cancel();
        let ended = gather([cancelled, other]).await;
        assert!(ended[0].as_ref().unwrap_err().is_cancelled());
        assert_eq!(*ended[1].as_ref().unwrap(), 2);
    });
}

#[test]
fn ext_1_one_of_the_system_errors() {
    let error: TimeoutError =
        run_virtual(async { wait_for(pending(), secs(1)).await.unwrap_err() });
    let error = io::Error::from(error);
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.get_ref().unwrap().is::<TimeoutError>());
}

#[test]
fn ext_2_from_what_has_a_limit_and_never_from_wait() {
    run_virtual(async {
        let _: TimeoutError = wait_for(pending(), secs(1)).await.unwrap_err();
        let _: TimeoutError = timeout(secs(1), async |_| pending().await).await.unwrap_err();
        let due = asyncio::now() + secs(1);
        let _: TimeoutError = timeout_at(due, async |_| pending().await).await.unwrap_err();
        let waits = wait([create_task(pending())], ReturnWhen::AllCompleted);
        let (done, left) = waits.timeout(secs(1)).await;
        assert_eq!((done.len(), left.len()), (0, 1));
    });
}

#[test]
fn diff_exi_1_what_is_pending_has_no_result_yet() {
    run_virtual(async {
        let (future, mut task) = (create_future::<u32>(), create_task(async { 1 }));
        assert!(future.result().is_none() && task.result().is_none());
    });
}

#[test]
fn exi_2_a_result_set_twice() {
    let future = create_future();
    future.set_result(1).unwrap();
    assert_eq!(future.set_result(2), Err(2), "given back");
    assert!(!future.set_exception("nor an error") && !future.cancel());
    assert_eq!(future.result().unwrap().unwrap(), 1);
}

fn incomplete(expected: Option<usize>) -> IncompleteReadError {
    IncompleteReadError { partial: b"abc".to_vec(), expected }
}

#[test]
fn exr_1_an_end_of_file() {
    let error = io::Error::from(ReadError::Incomplete(incomplete(Some(8))));
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    let error = ReadError::Incomplete(incomplete(Some(8)));
    assert!(error.is_incomplete());
    assert_eq!(error.into_partial().unwrap(), b"abc");
}

#[test]
fn exr_2_its_text() {
    let text = |expected| incomplete(expected).to_string();
    assert_eq!(text(Some(8)), "3 bytes read on a total of 8 expected bytes");
    assert_eq!(text(None), "3 bytes read on a total of undefined expected bytes");
}

#[test]
fn exl_1_how_many_bytes_were_looked_at() {
    let error = LimitOverrunError { consumed: 7, found: false };
    assert!((&error as &dyn Error).source().is_none());
    let error = ReadError::Limit(error);
    assert!(error.is_limit());
    assert!(matches!(error, ReadError::Limit(LimitOverrunError { consumed: 7, .. })));
}

#[test]
fn exb_1_a_barrier_that_was_aborted() {
    run_virtual(async {
        let barrier = std::rc::Rc::new(local::Barrier::new(2));
        let theirs = barrier.clone();
        let waits = create_task(async move { theirs.wait().await.err() });
        turns(1).await;
        barrier.abort();
        let broken = waits.await.unwrap().unwrap();
        assert!((&broken as &dyn Error).is::<asyncio::sync::BrokenBarrierError>());
    });
}

async fn failed() -> ExceptionGroup {
    TaskGroup::run(async |group| {
        group.create_task(async { "x".parse::<u32>().map(drop) });
        group.create_task(async { Err::<(), _>(io::Error::other("disk full")) });
    })
    .await
    .unwrap_err()
}

#[test]
fn exg_1_the_original_failures() {
    let group = run_virtual(failed());
    assert_eq!(group.len(), 2);
    assert_eq!(group.select::<ParseIntError>().count(), 1);
    assert_eq!(group.select::<io::Error>().next().unwrap().to_string(), "disk full");
}

#[test]
fn exg_2_some_are_handled_and_the_rest_goes_on() {
    let (handled, rest) = run_virtual(failed()).split::<io::Error>();
    assert_eq!(handled.unwrap().len(), 1);
    let rest = rest.unwrap();
    assert_eq!((rest.len(), rest.select::<ParseIntError>().count()), (1, 1));
    let (none, all) = rest.split::<io::Error>();
    assert!(none.is_none() && all.is_some());
}
