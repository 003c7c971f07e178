//! `with_cleanup` and `scoped`, however their bodies end.

use crate::scopes::{job, pending};
use crate::world::*;
use asyncio_context::{catch_cancel, scoped, with_cleanup};
use std::panic::AssertUnwindSafe;

/// A `()` that never comes.
async fn boom() {
    panic!("boom")
}

async fn release(name: &'static str) {
    say!("{name}+");
    sleep(1).await;
    say!("{name}-");
}

#[test]
fn a_value_goes_on_after_the_cleanup() {
    let trace = run(|| {
        plain(async {
            let value = with_cleanup(async { 5 }, || release("a")).await;
            say!("{value}")
        });
    });
    assert_eq!(trace, "0:a+ · 1:a- · 1:5 · 1:t=ok");
}

#[test]
fn a_panic_goes_on_after_the_cleanup() {
    let trace = run(|| {
        plain(with_cleanup(
            async {
                let _g = OnDrop("dropped");
                sleep(1).await;
                boom().await
            },
            || release("a"),
        ));
    });
    assert_eq!(trace, "1:dropped · 1:a+ · 2:a- · 2:t=Panic(boom)");
}

/// A request that had been delivered inside the body is not lost with its panic.
#[test]
fn a_panic_on_the_way_out_hands_the_request_back() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let unwinding = async {
                let _token = catch_cancel(pending()).await;
                panic!("boom")
            };
            let caught = futures_lite::FutureExt::catch_unwind(AssertUnwindSafe(unwinding)).await;
            say!("{}", caught.is_err() as u8);
            sleep(5).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:1 · 1:t=Cancelled");
}

#[test]
fn a_request_during_the_cleanup_of_a_panic_interrupts_it() {
    let trace = run(|| cancelled_at(&[2], with_cleanup(boom(), || job("a", 9, release("b")))));
    assert_eq!(trace, "0:b+ · 1:b- · 1:a+ · 2:t=Cancelled");
}

#[test]
fn scoped_releases_what_its_body_used() {
    let trace = run(|| {
        plain(async {
            let value = scoped(
                vec![1],
                async |lines: &mut Vec<i32>| {
                    lines.push(2);
                    sleep(1).await;
                    lines.len()
                },
                async |lines| say!("released {lines:?}"),
            )
            .await;
            say!("{value}")
        });
        cancelled_at(
            &[2],
            scoped(
                OnDrop("gone"),
                async |_: &mut OnDrop| pending().await,
                async |resource| {
                    release("r").await;
                    drop(resource)
                },
            ),
        )
    });
    let expected = "1:released [1, 2] · 1:2 · 1:t=ok · 2:r+ · 3:r- · 3:gone · 3:t=Cancelled";
    assert_eq!(trace, expected);
}

#[test]
fn scoped_releases_after_a_panic() {
    let trace = run(|| {
        plain(scoped(
            OnDrop("gone"),
            async |_: &mut OnDrop| boom().await,
            async |_resource| release("r").await,
        ));
    });
    assert_eq!(trace, "0:r+ · 1:r- · 1:gone · 1:t=Panic(boom)");
}
