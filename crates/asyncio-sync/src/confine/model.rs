//! The confinement in which the protocols are model-checked: [`ThreadSafe`](super::ThreadSafe) made
//! of loom's parts.

use super::{Confinement, Sealed, Word};
use loom::sync::Mutex;
use loom::sync::atomic::AtomicUsize;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// Loom's parts cannot be constants, so they are made when first used, which is no step of a model.
pub(crate) struct Modelled(OnceLock<Mutex<()>>);

impl Confinement for Modelled {
    const INIT: Modelled = Modelled(OnceLock::new());
    type Word = OnceLock<AtomicUsize>;

    fn exclusive<T>(&self, f: impl FnOnce() -> T) -> T {
        let _guard = self.0.get_or_init(Mutex::default).lock().unwrap();
        f()
    }
}

impl Sealed for Modelled {}

fn word(cell: &OnceLock<AtomicUsize>) -> &AtomicUsize {
    cell.get_or_init(|| AtomicUsize::new(0))
}

atomic_word!(OnceLock<AtomicUsize>, OnceLock::new(), self => word(self));
