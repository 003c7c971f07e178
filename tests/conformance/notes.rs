//! What the behaviours of the low level are written with: loops in virtual time, notes in the order in which they were made,
//! reports, and child processes.

use asyncio::{EventLoop, LoopRef, Report};
use std::cell::RefCell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Output};
use std::rc::Rc;

pub fn virtual_loop() -> EventLoop {
    EventLoop::builder().virtual_time(true).build().unwrap()
}

/// What happened, in order.
#[derive(Clone, Default)]
pub struct Notes(Rc<RefCell<Vec<String>>>);

impl Notes {
    pub fn new() -> Notes {
        Notes::default()
    }

    pub fn say(&self, text: impl Display) {
        self.0.borrow_mut().push(text.to_string());
    }

    /// A callback that says it.
    pub fn note(&self, text: impl Display + 'static) -> impl FnOnce() + 'static {
        let notes = self.clone();
        move || notes.say(text)
    }

    /// All of it, and forgets it.
    pub fn read(&self) -> String {
        self.0.take().join(" ")
    }
}

/// Collects what the loop's exception handler gets.
pub fn reports(event_loop: &LoopRef) -> Rc<RefCell<Vec<Report>>> {
    let all = Rc::new(RefCell::new(Vec::new()));
    let seen = all.clone();
    let handler = move |_: &LoopRef, report| seen.borrow_mut().push(report);
    event_loop.set_exception_handler(handler);
    all
}

/// Runs `f`, which panics, and gives the text.
#[track_caller]
pub fn panics_with<R>(f: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("it should have panicked"),
        Err(payload) => match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => payload.downcast::<&str>().unwrap().to_string(),
        },
    }
}

/// Runs the test `name` of this binary alone in a process of its own, with `CONFORMANCE_CHILD` set.
pub fn alone(name: &str, variables: &[(&str, &str)]) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", name, "--nocapture", "--test-threads=1"]).env("CONFORMANCE_CHILD", "1");
    child.env_remove("ASYNCIO_DEBUG");
    let output = child.envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    output
}

/// Whether this is such a process.
pub fn is_alone() -> bool {
    std::env::var_os("CONFORMANCE_CHILD").is_some()
}
