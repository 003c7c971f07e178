//! Models of a join handle against the end of its task on another thread, run by loom over all
//! interleavings: `RUSTFLAGS="--cfg loom" cargo test -p asyncio-executor --release --lib loom`.

use super::join_state::{JoinState, SharedState};
use asyncio_context::Recorded;
use loom::sync::Notify;
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

struct Bell(Notify);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

fn state<T>() -> Arc<SharedState<T>> {
    Arc::new(JoinState::new(Recorded::new(async {}, Location::caller()).task()))
}

#[test]
fn loom_a_wait_sees_the_end() {
    loom::model(|| {
        let state = state::<u32>();
        let ends = state.clone();
        let ending = loom::thread::spawn(move || ends.complete(Ok(7)));
        let bell = Arc::new(Bell(Notify::new()));
        let waker = Waker::from(bell.clone());
        let value = loop {
            match state.poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(value) => break value.unwrap(),
                Poll::Pending => bell.0.wait(),
            }
        };
        assert_eq!(value, 7);
        ending.join().unwrap();
    });
}

#[test]
fn loom_a_result_is_dropped_once_and_not_lost() {
    struct Counts(loom::sync::Arc<loom::sync::atomic::AtomicUsize>);
    impl Drop for Counts {
        fn drop(&mut self) {
            self.0.fetch_add(1, loom::sync::atomic::Ordering::Relaxed);
        }
    }
    loom::model(|| {
        let drops = loom::sync::Arc::new(loom::sync::atomic::AtomicUsize::new(0));
        let state = state::<Counts>();
        let (ends, value) = (state.clone(), Counts(drops.clone()));
        let ending = loom::thread::spawn(move || ends.complete(Ok(value)));
        state.detach();
        ending.join().unwrap();
        // Ahead of the state's own end: nothing is left in it.
        assert_eq!(drops.load(loom::sync::atomic::Ordering::Relaxed), 1);
    });
}
