//! `bench SCENARIO RUNTIME [--n N] [--rounds N]` measures one figure in a process of its own and prints one line of
//! `key=value` words. `bench list` names what there is. `bench serve RUNTIME` is the server of the echo scenarios alone,
//! `bench load ADDRESS --conns N --requests N` the client. What the scenarios are stands in README.md.

#[macro_use]
mod scenarios;

mod echo;
mod load;
mod measure;
mod runtimes;

use measure::{Outcome, Params};
use std::env::args;
use std::process::exit;

/// The scenarios, with how many operations one round has.
const SCENARIOS: &[(&str, usize)] = &[
    ("spawn_join", 100_000),
    ("spawn_join_1m", 1_000_000),
    ("spawn_one", 300_000),
    ("self_wake", 3_000_000),
    ("yield_many", 1_000_000),
    ("ping_pong", 300_000),
    ("queue_1p1c_1", 300_000),
    ("queue_1p1c_100", 1_000_000),
    ("queue_4p4c_100", 1_000_000),
    ("lock_free", 3_000_000),
    ("lock_contended", 300_000),
    ("semaphore_contended", 300_000),
    ("event_1000", 1_000_000),
    ("reply", 300_000),
    ("timeout", 1_000_000),
    ("timeout_turn", 300_000),
    ("timers", 100_000),
    ("sleep_1ms", 300),
    ("sleep_100us", 1000),
    ("idle_task", 500_000),
    ("echo_1", 0),
    ("echo_64", 0),
];

fn main() {
    let args: Vec<String> = args().skip(1).collect();
    let words: Vec<&str> =
        args.iter().map(String::as_str).take_while(|a| !a.starts_with("--")).collect();
    let option = |name: &str| {
        let at = args.iter().position(|a| a == name)?;
        args.get(at + 1)?.parse::<usize>().ok()
    };
    match words[..] {
        ["list"] => {
            let names: Vec<_> = SCENARIOS.iter().map(|(name, _)| *name).collect();
            let runtimes: Vec<_> = runtimes::ALL.iter().map(|r| r.name).collect();
            println!("scenarios {}\nruntimes {}", names.join(" "), runtimes.join(" "));
        }
        ["load", address] => {
            load::main(address, option("--conns").unwrap_or(1), option("--requests"))
        }
        ["serve", runtime] => echo::serve(find(runtime)),
        [scenario, runtime] => {
            let runtime = find(runtime);
            let Some((_, n)) = SCENARIOS.iter().find(|(name, _)| *name == scenario) else {
                eprintln!("no scenario is called {scenario}");
                exit(2)
            };
            if let Some(conns) = scenario.strip_prefix("echo_") {
                return echo::main(scenario, runtime, conns.parse().expect("a number"));
            }
            measure::pin(0);
            let params =
                Params { n: option("--n").unwrap_or(*n), rounds: option("--rounds").unwrap_or(5) };
            match (runtime.measure)(scenario, &params) {
                Some(Outcome(figures)) => {
                    print!("scenario={scenario} runtime={}", runtime.name);
                    for (name, value) in figures {
                        print!(" {name}={value:.3}");
                    }
                    println!();
                }
                None => println!("scenario={scenario} runtime={} absent=1", runtime.name),
            }
            // Idle tasks and cached memory are not taken apart.
            exit(0)
        }
        _ => {
            eprintln!(
                "bench SCENARIO RUNTIME | bench list | bench serve RUNTIME | bench load ADDRESS"
            );
            exit(2)
        }
    }
}

fn find(name: &str) -> &'static runtimes::Runtime {
    runtimes::ALL.iter().find(|r| r.name == name).unwrap_or_else(|| {
        eprintln!("no runtime is called {name} (in this build)");
        exit(2)
    })
}
