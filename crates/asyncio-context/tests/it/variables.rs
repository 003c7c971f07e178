//! Context variables.

use crate::world::*;
use asyncio_context::{context_var, copy_context, recorded};
use futures_lite::future::block_on;

context_var! {
    static USER: &'static str = "nobody";
    static DEPTH: usize = 0, not inherited;
    static COUNTS: Vec<u32> = vec![1];
}

#[test]
fn a_task_begins_with_its_spawners_values() {
    let trace = run(|| {
        plain(async {
            USER.set("ann");
            DEPTH.set(3);
            create_task(async {
                say!("{} {}", USER.get(), DEPTH.get());
                USER.set("bob");
            });
            USER.set("eve");
            sleep(1).await;
            say!("{} {}", USER.get(), DEPTH.get());
        });
        say!("{}", USER.get());
    });
    assert_eq!(trace, "0:nobody · 0:ann 0 · 1:eve 3 · 1:t=ok");
}

#[test]
fn reset_puts_back_what_was_there() {
    let unset = USER.set("ann");
    assert_eq!((unset.old_value(), USER.get()), (None, "ann"));
    let ann = USER.set("bob");
    assert_eq!(ann.old_value(), Some("ann"));
    USER.reset(ann);
    assert_eq!(USER.try_get(), Some("ann"));
    USER.reset(unset);
    assert_eq!((USER.try_get(), USER.get()), (None, "nobody"));
}

#[test]
#[should_panic(expected = "another variable")]
fn a_token_of_another_variable() {
    context_var! { static OTHER: &'static str = ""; }
    let token = OTHER.set("x");
    USER.reset(token);
}

#[test]
fn a_copy_is_apart_from_what_it_was_copied_from() {
    COUNTS.set(vec![2]);
    let mut copy = copy_context();
    COUNTS.set(vec![3]);
    let inside = copy.run(|| {
        let before = COUNTS.get();
        COUNTS.set(vec![4]);
        before
    });
    assert_eq!((inside, COUNTS.get()), (vec![2], vec![3]));
    assert_eq!(copy.run(|| COUNTS.get()), vec![4]);
}

#[test]
fn a_panic_in_run_restores_the_callers_values() {
    USER.set("ann");
    let mut copy = copy_context();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        copy.run(|| {
            USER.set("bob");
            panic!("boom")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!((USER.get(), copy.run(|| USER.get())), ("ann", "bob"));
}

/// A value's destructor and `clone` may use variables themselves.
#[test]
fn values_may_use_variables() {
    struct Curious;
    impl Clone for Curious {
        fn clone(&self) -> Curious {
            USER.get();
            Curious
        }
    }
    impl Drop for Curious {
        fn drop(&mut self) {
            USER.set("dropped");
        }
    }
    context_var! { static CURIOUS: Curious = Curious; }
    CURIOUS.set(Curious);
    drop(CURIOUS.get());
    drop(CURIOUS.set(Curious));
    assert_eq!(USER.get(), "dropped");
}

#[test]
fn values_go_to_the_thread_that_polls() {
    USER.set("ann");
    let task = recorded("t", async { USER.get() });
    let seen = std::thread::spawn(|| block_on(task).unwrap()).join().unwrap();
    assert_eq!(seen, "ann");
}
