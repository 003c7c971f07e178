//! `gateway`: every client served by one thread, or told why not.

use crate::program::{Program, beside_others};

/// The number that a line begins with.
fn leading(line: &str) -> u64 {
    let number: String = line.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
    number.replace(',', "").parse().unwrap_or_else(|_| panic!("no number begins {line:?}"))
}

/// The requests that the table counts in the row of this name.
fn requests(lines: &[String], row: &str) -> u64 {
    let line = lines.iter().find_map(|line| line.strip_prefix(row)).expect("there is such a row");
    leading(line.trim_start())
}

#[test]
fn one_thread_serves_all() {
    let _machine = beside_others();
    let lines =
        Program::start("gateway", &[], &["--clients", "200", "--rounds", "2"]).finish().lines;
    assert!(lines[1].starts_with("200 connections open after "), "{lines:#?}");
    assert_eq!(requests(&lines, "one a second"), 400);
    assert_eq!(requests(&lines, "flat out"), 400);
    assert!(!lines.iter().any(|line| line.contains("lost")), "{lines:#?}");
    assert_eq!(lines.last().unwrap(), "threads: 1 in the server, 1 in the clients");
}

#[test]
fn without_descriptors_it_goes_on_with_what_it_has() {
    let _machine = beside_others();
    let arguments = ["--clients", "40", "--rounds", "1", "--descriptors", "30"];
    let outcome = Program::start("gateway", &[], &arguments).finish();
    let lines = outcome.lines;
    assert!(outcome.errors.contains("Too many open files"), "{}", outcome.errors);
    let inside = leading(&lines[1]);
    assert!((20..30).contains(&inside), "{lines:#?}");
    assert_eq!(lines[2], format!("{} clients stay outside: not served within 5.00 s", 40 - inside));
    assert_eq!(requests(&lines, "flat out"), inside);
}
