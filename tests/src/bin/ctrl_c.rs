//! A program that is interrupted: `ctrl_c MODE` sends itself SIGINT on its main thread and says what happens.

use asyncio::{Runner, catch_cancel, current_task, get_running_loop, sleep, with_cleanup};
use std::future::pending;
use std::time::Duration;

fn interrupt() {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT)
        .expect("it may signal itself");
}

/// A request from outside the loop's code, as a keyboard's is.
fn interrupt_soon() {
    get_running_loop().call_soon(interrupt);
}

async fn cleans_up() {
    interrupt_soon();
    with_cleanup(pending::<()>(), async || {
        sleep(Duration::from_millis(10)).await;
        println!("cleaned up");
    })
    .await;
}

async fn spins() {
    interrupt_soon();
    loop {
        sleep(Duration::ZERO).await;
    }
}

async fn goes_on() -> &'static str {
    interrupt_soon();
    match catch_cancel(pending::<()>()).await {
        Err(cancelled) => cancelled.swallow(),
        Ok(()) => unreachable!("pending never ends"),
    }
    "went on"
}

async fn is_cancelled_by_others_too() {
    current_task().cancel();
    interrupt();
    pending().await
}

async fn ignores_the_first() {
    interrupt_soon();
    let _ = catch_cancel(pending::<()>()).await.map_err(|cancelled| cancelled.swallow());
    println!("once");
    interrupt();
    println!("not reached");
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("clean-up") => asyncio::run(cleans_up()),
        Some("spin") => asyncio::run(spins()),
        Some("swallow") => println!("{}", asyncio::run(goes_on())),
        Some("runner") => {
            let error = Runner::new().run(cleans_up()).expect_err("main was cancelled");
            println!("{error} {}", error.by_interrupt());
        }
        Some("both") => {
            let error =
                Runner::new().run(is_cancelled_by_others_too()).expect_err("main was cancelled");
            println!("{error} {}", error.by_interrupt());
        }
        Some("twice") => asyncio::run(ignores_the_first()),
        Some("after") => {
            asyncio::run(async {});
            interrupt();
            println!("not reached");
        }
        Some("taken") => {
            // Somebody else has the signal: it is left to him.
            let seen = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
            signal_hook::flag::register(signal_hook::consts::SIGINT, seen.clone())
                .expect("SIGINT can be handled");
            asyncio::run(async move {
                interrupt();
                while !seen.load(std::sync::atomic::Ordering::Acquire) {
                    sleep(Duration::ZERO).await;
                }
            });
            println!("left alone");
        }
        other => panic!("unknown mode {other:?}"),
    }
}
