//! The examples that need nobody else.

use crate::program::{Program, beside_others};

fn lines_of(name: &'static str) -> Vec<String> {
    let _machine = beside_others();
    Program::start(name, &[], &[]).finish().lines
}

#[test]
fn custom_executor_runs_the_urgent_first() {
    let expected = [
        "Urgent      payment  1 of 2",
        "Urgent      payment  2 of 2",
        "Urgent      receipt  1 of 1",
        "Normal      page     1 of 2",
        "Normal      page     2 of 2",
        "Background  backup   1 of 3",
        "Background  backup   2 of 3, and something burns",
        "Urgent      alarm    1 of 1",
        "Background  backup   3 of 3",
    ];
    assert_eq!(lines_of("custom_executor"), expected);
}

#[test]
fn a_la_carte_does_the_same_under_both_executors() {
    let lines = lines_of("a_la_carte");
    let expected = [
        "  alice is guest 1",
        "  bob is guest 2",
        "  carol is guest 3",
        "  a silent guest: timed out",
        "  the ledger: alice, bob, carol",
        "  the server's end: task \"server\" was cancelled",
    ];
    assert!(lines[0].starts_with("under tokio"), "{lines:#?}");
    assert_eq!(lines[1..7], expected);
    assert_eq!(lines[7], "under async-executor:");
    assert_eq!(lines[8..14], expected);
    assert!(lines[14].starts_with("threads: 2, "), "{lines:#?}");
}

#[test]
fn hosted_draws_and_does_not_spin() {
    let lines = lines_of("hosted");
    let (last, frames) = lines.split_last().unwrap();
    for (n, frame) in frames.iter().enumerate() {
        assert!(frame.starts_with(&format!("frame {n:>2}  ")), "{lines:#?}");
    }
    let captions: Vec<&str> = ["THREE", "BLIND", "MICE"]
        .into_iter()
        .filter(|caption| frames.iter().any(|frame| frame.ends_with(caption)))
        .collect();
    assert_eq!(captions, ["THREE", "BLIND", "MICE"]);

    let expected = format!("{} frames by the host, 3 words by the event loop in ", frames.len());
    let turns = last.strip_prefix(&expected).and_then(|rest| rest.strip_suffix(" turns"));
    let turns: u32 = turns.and_then(|turns| turns.parse().ok()).unwrap_or_else(|| panic!("{last}"));
    assert!((6..200).contains(&turns), "the host took {turns} turns");
}

#[test]
fn timeline_draws_a_lane_for_each_task() {
    let lines = lines_of("timeline");
    assert_eq!(lines.len(), 6, "{lines:#?}");
    for (line, name) in lines.iter().zip(["baker", "seller", "reporter", "clock"]) {
        let (start, rest) = line.split_once(" |").expect("a lane has a left border");
        let (lane, numbers) = rest.split_once('|').expect("and a right one");
        assert_eq!(start.trim(), name);
        assert_eq!(lane.chars().count(), 44);
        assert!(lane.contains('█') && lane.contains('·') && !lane.contains('?'), "{line}");
        assert!(numbers.starts_with(" ran ") && numbers.ends_with(" turns"), "{line}");
    }
}
