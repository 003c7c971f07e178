//! Debug mode.

use crate::notes::*;
use asyncio::{EventLoop, Report, ReportLevel, Runner, Task, create_task, get_running_loop, sleep};
use std::time::{Duration, Instant};

/// Uses the thread up for longer than `limit`.
fn block(limit: Duration) {
    let began = Instant::now();
    while began.elapsed() <= limit {
        std::hint::spin_loop();
    }
}

const LIMIT: Duration = Duration::from_millis(2);

/// Runs `main` in debug mode with a limit of two milliseconds, and gives the warnings.
fn watched(main: impl AsyncFnOnce()) -> Vec<Report> {
    let mut event_loop = virtual_loop();
    let own = event_loop.loop_ref();
    own.set_debug(true);
    own.set_slow_callback_duration(LIMIT);
    let reports = reports(&own);
    event_loop.run_until_complete(main()).unwrap();
    event_loop.close();
    reports.take()
}

/// Those of them that name `what`: the machine may be slow elsewhere, too.
fn naming(reports: &[Report], what: &str) -> usize {
    reports.iter().filter(|report| report.to_string().contains(what)).count()
}

#[test]
fn ll133_1_debug_can_be_switched_while_the_loop_runs() {
    let mut event_loop = virtual_loop();
    let own = event_loop.loop_ref();
    own.set_slow_callback_duration(LIMIT);
    let reports = reports(&own);
    let slow = |name| Task::builder().name(name).spawn(async { block(LIMIT) });
    event_loop
        .run_until_complete(async move {
            slow("before").await.unwrap();
            get_running_loop().set_debug(true);
            sleep(Duration::from_secs(1)).await;
            slow("during").await.unwrap();
            get_running_loop().set_debug(false);
            sleep(Duration::from_secs(1)).await;
            slow("after").await.unwrap();
        })
        .unwrap();
    let reports = reports.borrow();
    let named = ["before", "during", "after"].map(|name| naming(&reports, name));
    assert_eq!(named, [0, 1, 0], "{reports:?}");
}

#[test]
fn ll133_2_it_begins_as_the_environment_says() {
    if is_alone() {
        let debug = EventLoop::new().unwrap().loop_ref().debug();
        println!("debug is {debug}");
        return;
    }
    let name = "debug::ll133_2_it_begins_as_the_environment_says";
    for (variable, expected) in [("1", true), ("0", false), ("", false)] {
        let output = alone(name, &[("ASYNCIO_DEBUG", variable)]).stdout;
        let text = String::from_utf8(output).unwrap();
        assert!(text.contains(&format!("debug is {expected}")), "{variable}: {text}");
    }
}

#[test]
fn ll133_3_a_runner_sets_it() {
    for debug in [true, false] {
        let mut runner = Runner::builder().virtual_time(true).debug(debug).build().unwrap();
        assert_eq!(runner.run(async { get_running_loop().debug() }).unwrap(), debug);
    }
}

#[test]
fn ll134_1_it_can_be_asked() {
    let event_loop = EventLoop::builder().virtual_time(true).debug(false).build().unwrap();
    let own = event_loop.loop_ref();
    assert!(!own.debug());
    own.set_debug(true);
    assert!(own.debug());
}

#[test]
fn ll135_1_a_slow_poll_or_call_is_reported_with_name_and_line() {
    let event_loop = virtual_loop();
    assert_eq!(event_loop.loop_ref().slow_callback_duration(), Duration::from_millis(100));
    let line = line!() + 2;
    let reports = watched(async || {
        let task = Task::builder().name("slow").spawn(async { block(LIMIT) });
        task.await.unwrap();
        get_running_loop().call_soon(|| block(LIMIT));
        sleep(Duration::from_secs(1)).await;
    });
    let of_task =
        reports.iter().find(|report| report.task.as_ref().is_some_and(|t| t.name() == "slow"));
    let report = of_task.unwrap();
    assert_eq!(report.level, ReportLevel::Warning);
    assert_eq!(report.location.unwrap().line(), line);
    assert!(report.message.contains("held the event loop up for"), "{report}");
    assert_eq!(naming(&reports, "a callback held"), 1, "{reports:?}");
    let called = reports.iter().find(|report| report.task.is_none()).unwrap();
    assert_eq!(called.location.unwrap().line(), line + 2);
}

#[test]
fn ll135_2_zero_reports_everything() {
    let reports = watched(async || {
        get_running_loop().set_slow_callback_duration(Duration::ZERO);
        // It counts from the next turn on.
        sleep(Duration::from_secs(1)).await;
        Task::builder().name("quick").spawn(async {}).await.unwrap();
    });
    assert_eq!(naming(&reports, "task: quick"), 1, "{reports:?}");
}

#[test]
fn diff_ll135_3_many_short_polls_that_block_the_loop_together_are_reported() {
    let reports = watched(async || {
        let tasks: Vec<_> = (0..20).map(|_| create_task(async { block(LIMIT / 10) })).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    // Where the machine is slow one of them may be reported by itself.
    assert!(naming(&reports, "saw no events for") + naming(&reports, "held the event loop up") > 0);
}

#[test]
fn diff_ll136_4_tasks_and_callbacks_remember_one_line_without_debug_mode() {
    let mut event_loop = EventLoop::builder().virtual_time(true).debug(false).build().unwrap();
    event_loop
        .run_until_complete(async {
            let line = line!() + 1;
            let (task, handle) = (create_task(async {}), get_running_loop().call_soon(|| ()));
            assert_eq!((task.task_ref().location().line(), handle.location().line()), (line, line));
        })
        .unwrap();
}

#[test]
fn diff_ll136_5_a_task_that_was_never_polled_is_told_when_its_loop_drops_it() {
    let mut event_loop = virtual_loop();
    event_loop.loop_ref().set_debug(true);
    let seen = reports(&event_loop.loop_ref());
    let task = event_loop.create_task(async {});
    event_loop.close();
    drop(task);
    assert_eq!(naming(&seen.borrow(), "never polled"), 1, "{:?}", seen.borrow());
}

#[test]
fn diff_ll138_1_reports_go_to_standard_error_under_one_name() {
    if is_alone() {
        asyncio::run_virtual(async {
            get_running_loop().call_soon(|| panic!("broken"));
            sleep(Duration::from_secs(1)).await;
        });
        return;
    }
    let output = alone("debug::diff_ll138_1_reports_go_to_standard_error_under_one_name", &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("asyncio: a callback panicked"), "{text}");
}
