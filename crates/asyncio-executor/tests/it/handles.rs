//! What handles offer besides awaiting.

use crate::support::{reports, run, yield_now};
use asyncio_context::{Wait, WaitKind, context_var, copy_context, current_task};
use asyncio_executor::{Task, create_task, spawn};
use std::future::pending;
use std::io;

#[test]
fn exe_6_a_task_that_is_over_is_awaited_without_suspending() {
    run(async {
        let task = create_task(async { 1 });
        let shared = spawn(async { 2 });
        yield_now().await;
        let order = std::cell::Cell::new(0);
        let other = create_task(async {});
        assert_eq!(task.await.unwrap() + shared.await.unwrap(), 3);
        order.set(1);
        assert!(!other.done());
    });
}

#[test]
fn tsk_12_a_task_that_awaits_itself_panics() {
    crate::support::quiet();
    run(async {
        let slot = std::rc::Rc::new(std::cell::RefCell::new(None::<Task<()>>));
        let inside = slot.clone();
        let task = create_task(async move {
            let own = inside.take().unwrap();
            let _ = std::panic::AssertUnwindSafe(own).0.await;
        });
        let other = task.task_ref();
        *slot.borrow_mut() = Some(task);
        let (reported, _guard) = reports();
        yield_now().await;
        assert!(other.done());
        assert!(reported.take()[0].contains("cannot await itself"));
    });
}

#[test]
fn the_record_says_what_a_wait_for_a_task_waits_for() {
    run(async {
        let inner = create_task(pending::<()>());
        let id = inner.id();
        let outer = create_task(async move { inner.await.unwrap() });
        yield_now().await;
        let Some(Wait { kind, resource, at, .. }) = outer.task_ref().waits_for() else {
            panic!("nothing noted")
        };
        assert_eq!((kind, resource), (WaitKind::Task, id.get() as usize));
        assert!(at.file().ends_with("handles.rs"));
    });
}

#[test]
fn names_places_and_parents() {
    run(async {
        let task =
            Task::builder().name("named").spawn(async { current_task().name().into_owned() });
        assert_eq!(task.task_ref().parent(), Some(current_task().id()));
        assert_eq!(task.task_ref().location().file(), file!());
        let text = format!("{task:?}");
        assert!(text.contains("named"), "{text}");
        assert_eq!(task.await.unwrap(), "named");
        let task = create_task(async {});
        assert_eq!(task.name(), format!("Task-{}", task.id()));
        task.set_name("later");
        assert_eq!(task.task_ref().name(), "later");
        let shared = Task::builder()
            .name("shared")
            .spawn_shared(async { current_task().name().into_owned() });
        assert_eq!(shared.await.unwrap(), "shared");
    });
}

#[test]
fn an_unread_err_is_reported_where_that_was_asked_for() {
    fn fails() -> io::Result<()> {
        Err(io::Error::other("it failed"))
    }
    for (reported, read, shared) in [
        (true, false, false),
        (false, false, false),
        (true, true, false),
        (true, false, true),
        (true, true, true),
    ] {
        let (log, _guard) = reports();
        run(async {
            if !reported {
                drop(Task::builder().spawn(async { fails() }));
            } else if shared {
                let task = Task::builder().reported().spawn_shared(async { fails() });
                if read {
                    assert!(task.await.unwrap().is_err());
                }
            } else {
                let task = Task::builder().reported().name("lost").spawn(async { fails() });
                if read {
                    assert!(task.await.unwrap().is_err());
                } else {
                    yield_now().await;
                }
            }
            yield_now().await;
        });
        let said = log.take();
        assert_eq!(said.len(), usize::from(reported && !read), "{said:?}");
        if let Some(said) = said.first() {
            assert!(said.contains("it failed") && said.contains("never retrieved"), "{said}");
        }
    }
}

#[test]
fn a_reported_task_keeps_its_callbacks_and_its_reader() {
    run(async {
        let task = Task::builder().reported().spawn(async { Err::<(), _>("bad") });
        let called = std::rc::Rc::new(std::cell::Cell::new(false));
        let flag = called.clone();
        task.add_done_callback(move |_| flag.set(true));
        let reader = create_task(async move { task.await.unwrap() });
        assert_eq!(reader.await.unwrap(), Err("bad"));
        assert!(called.get());
    });
}

#[test]
fn exe_7_many_readers_get_the_same_result() {
    crate::support::quiet();
    run(async {
        let result = create_task(async {
            yield_now().await;
            String::from("same")
        })
        .shared();
        assert!(result.peek().is_none());
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let result = result.clone();
                create_task(async move { result.await.unwrap() })
            })
            .collect();
        let mut left = Box::pin(result.clone());
        std::future::poll_fn(|cx| {
            assert!(left.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        drop(left);
        for reader in readers {
            assert_eq!(reader.await.unwrap(), "same");
        }
        assert_eq!(result.await.unwrap(), "same");
        let failed = create_task(async { panic!("boom for many") }).shared();
        let again = failed.clone();
        let error: std::sync::Arc<asyncio_context::JoinError> = failed.await.unwrap_err();
        assert!(std::sync::Arc::ptr_eq(&error, &again.await.unwrap_err()));
    });
}

#[test]
fn the_context_can_be_given() {
    context_var! { static WHO: u32 = 0; }
    run(async {
        WHO.set(1);
        assert_eq!(create_task(async { WHO.get() }).await.unwrap(), 1);
        let mut other = copy_context();
        other.run(|| WHO.set(2));
        let task = Task::builder().context(other.clone()).spawn(async { WHO.get() });
        assert_eq!(task.await.unwrap(), 2);
        let shared = Task::builder().context(other).spawn_shared(async { WHO.get() });
        assert_eq!(shared.await.unwrap(), 2);
    });
}

#[test]
fn a_task_that_ends_without_a_reader_drops_its_value_at_once() {
    let log = crate::support::Log::default();
    run(async {
        let note = crate::support::OnDrop(log.clone(), "dropped");
        drop(create_task(async move { note }));
        assert!(log.take().is_empty());
        yield_now().await;
        assert_eq!(log.take(), ["dropped"]);
    });
}
