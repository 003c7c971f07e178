//! One implementation, two confinements: what differs is the box that a child is kept in.

use super::slot::End;
use std::fmt;
use std::pin::Pin;

/// Where the children of a group may be polled: [`ThreadSafe`] or [`LoopLocal`].
///
/// Sealed; it only chooses the box that children are kept in.
pub trait Confinement: sealed::Boxes {}

/// Children are `Send`, and so is the group's future.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadSafe;

/// Children may be `!Send`; the group stays on its thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoopLocal;

impl Confinement for ThreadSafe {}
impl Confinement for LoopLocal {}

impl sealed::Boxes for ThreadSafe {
    type Boxed<'e> = Pin<Box<dyn Future<Output = End> + Send + 'e>>;
}

impl sealed::Boxes for LoopLocal {
    type Boxed<'e> = Pin<Box<dyn Future<Output = End> + 'e>>;
}

pub(crate) mod sealed {
    use super::*;

    pub trait Boxes: fmt::Debug + 'static {
        type Boxed<'e>: Future<Output = End> + Unpin + 'e;
    }
}
