//! What a random program is made of.
//!
//! A task is a [`Block`]: statements, each between two sleeps of its own, and what it came to is said
//! after the second. All sleeps of a program are drawn from a range so wide that no two things begin at
//! once: what happens at one instant has one cause, and the order in which several tasks hear of it,
//! which is not defined where they share a place in the queue, is not seen.

use proptest::prelude::*;
use std::cmp::Ordering;

/// Nanoseconds.
pub type Time = u64;
/// Names a statement, and the task that one starts.
pub type Id = u32;

/// How many there are of each primitive.
pub const PRIMITIVES: usize = 2;
/// Permits of a semaphore, and places in a queue.
pub const ROOM: usize = 2;

#[derive(Clone, Debug)]
pub struct Program {
    /// Tasks that are there from the start.
    pub roots: Vec<(Id, Block)>,
}

pub type Block = Vec<(Time, Id, Stmt)>;

#[derive(Clone, Debug)]
pub enum Stmt {
    Sleep(Time),
    /// `async with lock`.
    Lock(usize, Block),
    /// `async with semaphore`.
    Semaphore(usize, Block),
    Put(usize),
    Get(usize),
    Set(usize),
    Clear(usize),
    Wait(usize),
    /// `async with timeout(..)`.
    Timeout(Time, Block),
    /// A task that runs beside.
    Spawn(Block),
    /// Awaits a task, by value.
    Join(usize),
    Cancel(usize),
    /// Children, and the body.
    Group(Vec<(Id, Block)>, Block),
    Gather(Vec<(Id, Block)>),
    /// `try`, `finally`.
    Finally(Block, Block),
    /// `try`, `except CancelledError` with a clean-up; whether it ends there.
    Catch(Block, Block, bool),
    /// Raises.
    Fail,
}

/// Does not shrink: it would make things happen at once.
fn time() -> impl Strategy<Value = Time> {
    (1..9_000_000_000u64).no_shrink()
}

fn which() -> std::ops::Range<usize> {
    0..PRIMITIVES
}

fn stmt() -> impl Strategy<Value = Stmt> {
    let leaf = prop_oneof![
        3 => time().prop_map(Stmt::Sleep),
        2 => which().prop_map(Stmt::Put),
        2 => which().prop_map(Stmt::Get),
        1 => which().prop_map(Stmt::Set),
        1 => which().prop_map(Stmt::Clear),
        2 => which().prop_map(Stmt::Wait),
        2 => any::<usize>().prop_map(Stmt::Join),
        3 => any::<usize>().prop_map(Stmt::Cancel),
        1 => Just(Stmt::Fail),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let block = || block_of(inner.clone(), 0..4);
        let tasks = || prop::collection::vec(block().prop_map(|b| (0, b)), 1..4);
        prop_oneof![
            2 => (which(), block()).prop_map(|(n, b)| Stmt::Lock(n, b)),
            2 => (which(), block()).prop_map(|(n, b)| Stmt::Semaphore(n, b)),
            3 => (time(), block()).prop_map(|(t, b)| Stmt::Timeout(t, b)),
            3 => block().prop_map(Stmt::Spawn),
            3 => (tasks(), block()).prop_map(|(t, b)| Stmt::Group(t, b)),
            2 => tasks().prop_map(Stmt::Gather),
            2 => (block(), block()).prop_map(|(a, b)| Stmt::Finally(a, b)),
            3 => (block(), block(), any::<bool>()).prop_map(|(a, b, s)| Stmt::Catch(a, b, s)),
        ]
    })
}

fn block_of(
    stmt: impl Strategy<Value = Stmt>,
    len: std::ops::Range<usize>,
) -> impl Strategy<Value = Block> {
    prop::collection::vec((time(), Just(0), stmt), len)
}

/// A program of up to four tasks at the start.
pub fn program() -> impl Strategy<Value = Program> {
    prop::collection::vec(block_of(stmt(), 1..6), 1..5).prop_map(|blocks| {
        let mut next = 0;
        let mut roots: Vec<(Id, Block)> = blocks.into_iter().map(|b| (0, b)).collect();
        number_tasks(&mut roots, &mut next);
        Program { roots }
    })
}

fn number_tasks(tasks: &mut [(Id, Block)], next: &mut Id) {
    for (id, block) in tasks {
        *next += 1;
        *id = *next;
        number(block, next);
    }
}

fn number(block: &mut Block, next: &mut Id) {
    for (_, id, stmt) in block {
        *next += 1;
        *id = *next;
        match stmt {
            Stmt::Lock(_, a) | Stmt::Semaphore(_, a) | Stmt::Timeout(_, a) | Stmt::Spawn(a) => {
                number(a, next)
            }
            Stmt::Finally(a, b) | Stmt::Catch(a, b, _) => {
                number(a, next);
                number(b, next);
            }
            Stmt::Group(tasks, body) => {
                number_tasks(tasks, next);
                number(body, next);
            }
            Stmt::Gather(tasks) => number_tasks(tasks, next),
            _ => {}
        }
    }
}

/// What travels outwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raised {
    Cancelled,
    Failed(Id),
    TimedOut,
    Group(Vec<Raised>),
}

impl Raised {
    /// A group's errors, of which the order is not defined where several ended at once.
    pub fn group(mut errors: Vec<Raised>) -> Raised {
        errors.sort_by(Raised::order);
        Raised::Group(errors)
    }

    fn order(&self, other: &Raised) -> Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl std::fmt::Display for Raised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Raised {}

/// What a run gives: for each task what it said and when, and what is left at the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub said: std::collections::BTreeMap<Id, Vec<(Time, String)>>,
    pub left: Vec<String>,
}

impl Outcome {
    pub fn say(&mut self, task: Id, now: Time, text: String) {
        self.said.entry(task).or_default().push((now, text));
    }
}

/// The end of every run: what is still there at this time is cancelled, task by task, so many times.
pub const HORIZON: Time = 100_000_000_000;
pub const ROUNDS: u64 = 8;
pub const BETWEEN: Time = 1_000_000_007;
