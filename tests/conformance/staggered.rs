//! `staggered_race`: STG.

use crate::stage::*;
use asyncio::{AttemptError, Race, staggered_race};
use std::cell::RefCell;

type Attempt = Result<i32, &'static str>;

/// Says when it begins and how it ends.
async fn attempt(name: &'static str, seconds: u64, result: Attempt) -> Attempt {
    say!("{name}");
    job(name, 0, after(seconds, result)).await
}

/// The winner, and a word for each attempt that began.
fn told(race: &Race<i32, &str>) -> String {
    let words = race.exceptions.iter().map(|error| match error {
        None => "won",
        Some(AttemptError::Failed(text)) => text,
        Some(error) if error.is_cancelled() => "cancelled",
        Some(AttemptError::Late) => "late",
        Some(AttemptError::Ended(_)) => "panicked",
    });
    format!("{:?} {}", race.winner, words.collect::<Vec<_>>().join(","))
}

#[test]
fn stg_1_the_next_begins_after_the_delay_or_a_failure() {
    let trace = played(async {
        let attempts = [
            attempt("a", 8, Err("a")),
            attempt("b", 1, Err("b")),
            attempt("c", 9, Ok(3)),
            attempt("d", 4, Ok(4)),
        ];
        say!("{}", told(&staggered_race(attempts, secs(2)).await));
    });
    // b after two seconds; it fails after one; d two seconds later.
    assert_eq!(
        trace,
        "0:a · 2:b · 3:b+ · 3:b- · 3:c · 5:d · 8:a+ · 8:a- · 9:d+ · 9:d- · 9:c+ · 9:c- · \
         9:Some((3, 4)) a,b,cancelled,won"
    );
}

#[test]
fn stg_2_without_a_delay_only_a_failure_begins_the_next() {
    let trace = played(async {
        let attempts =
            [attempt("a", 100, Err("a")), attempt("b", 1, Ok(2)), attempt("c", 1, Ok(3))];
        say!("{}", told(&staggered_race(attempts, None).await));
    });
    assert_eq!(trace, "0:a · 100:a+ · 100:a- · 100:b · 101:b+ · 101:b- · 101:Some((1, 2)) a,won");
}

#[test]
fn stg_3_the_first_to_succeed_wins_and_the_others_are_waited_for() {
    let trace = played(async {
        let slow = async {
            job("slow", 5, pending()).await;
            Err::<i32, _>("never")
        };
        let attempts: Vec<Boxed<Attempt>> = vec![Box::pin(slow), Box::pin(after(1, Ok(1)))];
        let race = staggered_race(attempts, secs(1)).await;
        say!("{}", told(&race));
    });
    assert_eq!(trace, "2:slow+ · 7:slow- · 7:Some((1, 1)) cancelled,won");
}

#[test]
fn stg_4_an_entry_for_each_that_began() {
    timed(async {
        let made = RefCell::new(0);
        let attempts = (0..9).map(|n| {
            *made.borrow_mut() += 1;
            after(5, if n == 0 { Ok(0) } else { Err("late") })
        });
        let race = staggered_race(attempts, secs(2)).await;
        assert_eq!(told(&race), "Some((0, 0)) won,cancelled,cancelled");
        // What was not needed was not made.
        assert_eq!(made.into_inner(), 3);
    });
}

#[test]
fn stg_5_nobody_wins() {
    timed(async {
        let attempts: Vec<Boxed<Attempt>> = vec![
            Box::pin(after(1, Err("a"))),
            Box::pin(panics("boom")),
            Box::pin(after(1, Err("c"))),
        ];
        let race = staggered_race(attempts, secs(9)).await;
        assert_eq!((told(&race), second()), ("None a,panicked,c".into(), 2));
        let race = staggered_race(Vec::<Boxed<Attempt>>::new(), secs(9)).await;
        assert_eq!(told(&race), "None ");
    });
}

#[test]
fn stg_6_two_in_one_turn_have_one_winner() {
    timed(async {
        let attempts = [(2, 0), (1, 1)].map(|(seconds, n)| after(seconds, Ok(n)));
        let race = staggered_race(attempts, secs(1)).await;
        assert_eq!(told(&race), "Some((0, 0)) won,cancelled");
    });
}

#[test]
fn stg_7_each_request_goes_to_all_that_run() {
    let trace = played(cancelled_at(&[2, 3], async {
        let running = |name| async move {
            job(name, 9, pending()).await;
            Err::<i32, &str>("never")
        };
        let _ =
            staggered_race([running("a"), running("b"), running("c"), running("d")], secs(1)).await;
        say!("not here")
    }));
    // The second request interrupts the clean-ups of the first, and nobody else began.
    assert_eq!(trace, "2:a+ · 2:b+ · 3:t=Cancelled");
    let trace = played(cancelled_at(&[1], async {
        let running = async {
            job("a", 2, pending()).await;
            Err::<i32, &str>("never")
        };
        let _ = staggered_race([running], None).await;
    }));
    assert_eq!(trace, "1:a+ · 3:a- · 3:t=Cancelled");
}

#[test]
fn stg_9_a_failure_does_not_wait_for_the_delay() {
    timed(async {
        let attempts = [after(1, Err("a")), after(1, Ok(1))];
        let race = staggered_race(attempts, secs(60)).await;
        assert_eq!((told(&race), second()), ("Some((1, 1)) a,won".into(), 2));
    });
}
