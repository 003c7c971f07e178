//! Error reporting.

use crate::notes::*;
use asyncio::{
    LoopRef, Report, ReportLevel, Task, context_var, create_future, create_task, get_running_loop,
    shield, sleep, with_cleanup, yield_now,
};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

context_var! { static NUMBER: u32 = 0; }

const SECOND: Duration = Duration::from_secs(1);

/// An error whose text cannot be had.
#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words")
    }
}

impl std::error::Error for Unspeakable {}

fn stderr(name: &str) -> String {
    String::from_utf8(alone(&format!("error_reporting::{name}"), &[]).stderr).unwrap()
}

#[test]
fn ll128_1_a_handler_gets_the_loop_and_the_report_none_takes_it_away() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let notes = Notes::new();
        let (said, own) = (notes.clone(), event_loop.clone());
        event_loop.set_exception_handler(move |at: &LoopRef, report: Report| {
            said.say(format!("{} {}", *at == own, report.message));
        });
        event_loop.call_exception_handler(Report::new("told"));
        assert_eq!(notes.read(), "true told");
        event_loop.set_exception_handler::<fn(&LoopRef, Report)>(None);
        event_loop.call_exception_handler(Report::new("to standard error"));
        assert_eq!(notes.read(), "");
    });
}

#[test]
fn ll129_1_the_handler_or_none() {
    let event_loop = virtual_loop();
    let own = event_loop.loop_ref();
    assert!(own.get_exception_handler().is_none());
    let notes = Notes::new();
    let said = notes.clone();
    own.set_exception_handler(move |_: &LoopRef, report: Report| said.say(report.message));
    let handler = own.get_exception_handler().unwrap();
    handler(&own, Report::new("called"));
    assert_eq!(notes.read(), "called");
    own.set_exception_handler::<fn(&LoopRef, Report)>(None);
    assert!(own.get_exception_handler().is_none());
}

#[test]
fn diff_ll130_1_the_default_handler_writes_the_message_and_a_line_for_each_fact() {
    if is_alone() {
        asyncio::run_virtual(async {
            let task = Task::builder().name("worker").spawn(async {});
            let report = Report::new("it broke").error("the reason").task(task.task_ref());
            get_running_loop().default_exception_handler(report);
        });
        return;
    }
    let text =
        stderr("diff_ll130_1_the_default_handler_writes_the_message_and_a_line_for_each_fact");
    let lines: Vec<_> = text.lines().skip_while(|line| !line.starts_with("asyncio")).collect();
    assert_eq!(lines[..2], ["asyncio: it broke", "  task: worker"]);
    assert!(lines[2].starts_with("  made at: ") && lines[3] == "  error: the reason", "{text}");
}

#[test]
fn ll130_2_a_report_tells_where_the_task_or_callback_was_made() {
    asyncio::run_virtual(async {
        let reports = reports(&get_running_loop());
        let line = line!() + 1;
        drop(create_task(async { panic!("lost") }));
        yield_now().await;
        let text = reports.borrow()[0].to_string();
        assert!(text.contains(&format!("made at: {}:{line}:", file!())), "{text}");
    });
}

#[test]
fn ll130_3_a_handler_may_pass_a_report_on_to_the_default_one() {
    if is_alone() {
        asyncio::run_virtual(async {
            let event_loop = get_running_loop();
            event_loop.set_exception_handler(|event_loop: &LoopRef, mut report: Report| {
                report.message.insert_str(0, "passed on: ");
                event_loop.default_exception_handler(report);
            });
            event_loop.call_exception_handler(Report::new("it broke"));
        });
        return;
    }
    let text = stderr("ll130_3_a_handler_may_pass_a_report_on_to_the_default_one");
    assert!(text.contains("asyncio: passed on: it broke"), "{text}");
}

#[test]
fn ll131_1_the_handler_is_called_once_and_here_and_now() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let reports = reports(&event_loop);
        event_loop.call_exception_handler(Report::new("one"));
        assert_eq!(reports.borrow().len(), 1);
        sleep(SECOND).await;
        assert_eq!(reports.borrow().len(), 1);
    });
}

#[test]
fn ll131_2_the_handler_has_the_variables_of_what_failed() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let notes = Notes::new();
        let said = notes.clone();
        event_loop.set_exception_handler(move |_: &LoopRef, _| said.say(NUMBER.get()));
        NUMBER.set(1);
        event_loop.call_soon(|| panic!("soon"));
        NUMBER.set(2);
        event_loop.call_later(SECOND, || panic!("later"));
        NUMBER.set(3);
        sleep(2 * SECOND).await;
        assert_eq!(notes.read(), "1 2");
    });
}

#[test]
fn ll131_3_a_handler_that_panics_is_told_by_the_default_one_with_what_it_did_not_tell() {
    if is_alone() {
        asyncio::run_virtual(async {
            let event_loop = get_running_loop();
            event_loop.set_exception_handler(|_: &LoopRef, _| panic!("a bad handler"));
            event_loop.call_soon(|| panic!("the first failure"));
            sleep(SECOND).await;
        });
        return;
    }
    let name = "ll131_3_a_handler_that_panics_is_told_by_the_default_one_with_what_it_did_not_tell";
    let text = stderr(name);
    assert!(text.contains("asyncio: the exception handler panicked"), "{text}");
    assert!(
        text.contains("a callback panicked") && text.contains("error: a bad handler"),
        "{text}"
    );
}

#[test]
fn ll131_4_a_default_handler_that_panics_ends_nothing() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let value = create_future::<()>();
        value.set_exception(Unspeakable);
        drop(value);
        event_loop.set_exception_handler(|_: &LoopRef, _| panic!("a bad handler"));
        let value = create_future::<()>();
        value.set_exception(Unspeakable);
        drop(value);
        event_loop.set_exception_handler::<fn(&LoopRef, Report)>(None);
        assert_eq!(create_task(async { 1 }).await.unwrap(), 1);
    });
}

#[test]
fn ll132_1_a_callback_that_failed_message_error_and_line() {
    asyncio::run_virtual(async {
        let reports = reports(&get_running_loop());
        get_running_loop().call_soon(|| panic!("broken"));
        sleep(SECOND).await;
        let reports = reports.borrow();
        let Report { message, level, error, task, location, .. } = &reports[0];
        assert_eq!((message.as_str(), *level), ("a callback panicked", ReportLevel::Error));
        assert_eq!(error.as_ref().unwrap().to_string(), "broken");
        assert!(task.is_none() && location.unwrap().file() == file!());
    });
}

#[test]
fn ll132_2_a_failure_nobody_read_message_error_and_task() {
    asyncio::run_virtual(async {
        let reports = reports(&get_running_loop());
        let task = Task::builder().name("worker").spawn(async { panic!("broken") });
        let task: Task<()> = task;
        drop(task);
        yield_now().await;
        let report = &reports.borrow()[0];
        assert!(report.message.contains("never retrieved"), "{report}");
        assert_eq!(report.task.as_ref().unwrap().name(), "worker");
        assert!(report.error.as_ref().unwrap().to_string().contains("broken"));
    });
}

#[test]
fn diff_ll132_3_a_pending_task_that_goes_with_its_loop_is_told_in_debug_mode() {
    let mut event_loop = virtual_loop();
    event_loop.loop_ref().set_debug(true);
    let reports = reports(&event_loop.loop_ref());
    let waits = event_loop.create_task(async { sleep(SECOND).await });
    event_loop.turn(Some(Duration::ZERO)).unwrap();
    event_loop.close();
    drop(waits);
    let reports = reports.borrow();
    assert_eq!((reports.len(), reports[0].level), (1, ReportLevel::Warning));
    assert!(reports[0].message.contains("waits for Sleep"), "{}", reports[0]);
    assert!(reports[0].task.is_some());
}

#[test]
fn ll132_4_a_shielded_failure_after_the_wait_was_cancelled() {
    asyncio::run_virtual(async {
        let reports = reports(&get_running_loop());
        let waits = create_task(shield(async {
            sleep(SECOND).await;
            panic!("behind the shield");
        }));
        yield_now().await;
        waits.cancel();
        let waited: Result<Result<(), _>, _> = waits.await;
        assert!(waited.is_err_and(|error| error.is_cancelled()));
        sleep(2 * SECOND).await;
        let reports = reports.borrow();
        assert!(reports[0].to_string().contains("behind the shield"), "{:?}", reports[0]);
    });
}

#[test]
fn ll132_6_a_task_that_fails_while_the_run_ends() {
    let all = Rc::new(std::cell::RefCell::new(None));
    let seen = all.clone();
    asyncio::run_virtual(async move {
        *seen.borrow_mut() = Some(reports(&get_running_loop()));
        drop(create_task(with_cleanup(std::future::pending::<()>(), async || {
            panic!("at the end")
        })));
        yield_now().await;
    });
    let reports = all.take().unwrap();
    assert!(reports.borrow()[0].to_string().contains("at the end"), "{:?}", reports.borrow());
}
