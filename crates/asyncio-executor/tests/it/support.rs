//! What the tests share.

use asyncio_context::report::{HandlerGuard, enter_handler};
use asyncio_executor::{LocalExecutor, ThreadPark};
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

/// Runs `future` on a fresh loop.
#[track_caller]
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    LocalExecutor::new()
        .run_until(future, &mut ThreadPark::new())
        .expect("main neither cancelled nor panicked")
}

/// Suspends once.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A list that tests write down what happens in.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub(crate) fn say(&self, line: impl Into<String>) {
        self.0.borrow_mut().push(line.into());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// Collects this thread's reports.
pub(crate) fn reports() -> (Log, HandlerGuard) {
    let log = Log::default();
    let lines = log.clone();
    (log, enter_handler(Rc::new(move |report| lines.say(report.to_string()))))
}

/// Says so when it is dropped.
pub(crate) struct OnDrop(pub(crate) Log, pub(crate) &'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.say(self.1);
    }
}

/// Panics when it is dropped, unless a panic is going on.
pub(crate) struct Bomb(pub(crate) &'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("{}", self.0);
        }
    }
}

/// Sets a panic hook that says nothing for panics on this thread while the guard lives.
pub(crate) fn quiet() {
    use std::sync::Once;
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let text = info.payload().downcast_ref::<&str>().copied().unwrap_or("");
            let text = info.payload().downcast_ref::<String>().map_or(text, String::as_str);
            if !text.starts_with("boom") {
                before(info);
            }
        }));
    });
}
