//! In which order items come out.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// An order of the items of a [`Queue`](super::Queue): [`Fifo`], [`Lifo`] or [`Smallest`].
pub trait Order<T>: Sealed {
    #[doc(hidden)]
    type Items;
    #[doc(hidden)]
    const EMPTY: Self::Items;
    #[doc(hidden)]
    fn push(items: &mut Self::Items, item: T);
    #[doc(hidden)]
    fn pop(items: &mut Self::Items) -> Option<T>;
    #[doc(hidden)]
    fn len(items: &Self::Items) -> usize;
}

/// The item that was put first.
#[derive(Debug)]
pub enum Fifo {}

/// The item that was put last.
#[derive(Debug)]
pub enum Lifo {}

/// The smallest item; among equal ones, any. Comparisons run inside the queue, so they must not use
/// it: a thread-safe queue would wait for itself, a local one panics. One that drops a future which
/// waits for a local queue ends the process.
#[derive(Debug)]
pub enum Smallest {}

impl<T> Order<T> for Fifo {
    type Items = VecDeque<T>;
    const EMPTY: VecDeque<T> = VecDeque::new();

    #[inline]
    fn push(items: &mut VecDeque<T>, item: T) {
        items.push_back(item);
    }

    #[inline]
    fn pop(items: &mut VecDeque<T>) -> Option<T> {
        items.pop_front()
    }

    #[inline]
    fn len(items: &VecDeque<T>) -> usize {
        items.len()
    }
}

impl<T> Order<T> for Lifo {
    type Items = Vec<T>;
    const EMPTY: Vec<T> = Vec::new();

    #[inline]
    fn push(items: &mut Vec<T>, item: T) {
        items.push(item);
    }

    #[inline]
    fn pop(items: &mut Vec<T>) -> Option<T> {
        items.pop()
    }

    #[inline]
    fn len(items: &Vec<T>) -> usize {
        items.len()
    }
}

impl<T: Ord> Order<T> for Smallest {
    type Items = BinaryHeap<Reverse<T>>;
    const EMPTY: BinaryHeap<Reverse<T>> = BinaryHeap::new();

    fn push(items: &mut Self::Items, item: T) {
        items.push(Reverse(item));
    }

    fn pop(items: &mut Self::Items) -> Option<T> {
        items.pop().map(|Reverse(item)| item)
    }

    #[inline]
    fn len(items: &Self::Items) -> usize {
        items.len()
    }
}

#[doc(hidden)]
pub trait Sealed {}
impl Sealed for Fifo {}
impl Sealed for Lifo {}
impl Sealed for Smallest {}
