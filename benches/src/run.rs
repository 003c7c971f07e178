//! `run [--repeats N] [--record FILE] [--only RUNTIME,..] [SCENARIO ..]` starts `bench` once per figure, the runtimes
//! interleaved (A B C A B C), takes the medians and prints one table per scenario. With `--record` the tables go to
//! `record/FILE.md`, with what they were measured on.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

/// Runtimes that are ours, or no runtimes.
const NOT_RIVALS: &[&str] = &["limit", "asyncio", "asyncio-shared"];

struct Arguments {
    repeats: usize,
    record: Option<String>,
    only: Option<Vec<String>>,
    scenarios: Vec<String>,
}

fn main() {
    let arguments = parse();
    let bench = std::env::current_exe().expect("a program knows its path").with_file_name("bench");
    let list = output(Command::new(&bench).arg("list"));
    let names = |kind: &str| -> Vec<String> {
        let line = list.lines().find_map(|l| l.strip_prefix(kind)).unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect()
    };
    let mut runtimes = names("runtimes");
    if let Some(only) = &arguments.only {
        runtimes.retain(|name| only.contains(name));
    }
    let scenarios =
        if arguments.scenarios.is_empty() { names("scenarios") } else { arguments.scenarios };

    let mut tables = String::new();
    for scenario in &scenarios {
        let mut figures: BTreeMap<&str, Vec<Figure>> = BTreeMap::new();
        for _ in 0..arguments.repeats {
            for runtime in &runtimes {
                match one(&bench, scenario, runtime) {
                    Ok(Some(figure)) => figures.entry(runtime).or_default().push(figure),
                    Ok(None) => {}
                    Err(why) => eprintln!("{scenario} {runtime}: {why}"),
                }
            }
        }
        let table = table(scenario, &runtimes, &mut figures);
        println!("{table}");
        tables.push_str(&table);
        tables.push('\n');
        if let Some(name) = &arguments.record {
            // After each table, so that what was measured is kept if somebody stops the run.
            record(name, &format!("{}\n{tables}", circumstances(arguments.repeats)));
        }
    }
}

fn record(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("record").join(format!("{name}.md"));
    if let Err(error) = std::fs::write(&file, text) {
        eprintln!("{}: {error}", file.display());
        exit(1);
    }
}

fn parse() -> Arguments {
    let mut arguments = Arguments { repeats: 5, record: None, only: None, scenarios: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_else(|| usage(&word));
        match &*word {
            "--repeats" => arguments.repeats = value().parse().unwrap_or_else(|_| usage(&word)),
            "--record" => arguments.record = Some(value()),
            "--only" => arguments.only = Some(value().split(',').map(str::to_owned).collect()),
            word if word.starts_with("--") => usage(word),
            _ => arguments.scenarios.push(word),
        }
    }
    arguments
}

fn usage(word: &str) -> ! {
    eprintln!("{word}?\nrun [--repeats N] [--record NAME] [--only RUNTIME,..] [SCENARIO ..]");
    exit(2)
}

/// What one process has measured: the words of its line, the first one first.
type Figure = Vec<(String, f64)>;

fn one(bench: &PathBuf, scenario: &str, runtime: &str) -> Result<Option<Figure>, String> {
    let done = Command::new(bench).args([scenario, runtime]).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&done.stdout);
    if !done.status.success() {
        let errors = String::from_utf8_lossy(&done.stderr);
        return Err(format!("{}: {}", done.status, errors.lines().last().unwrap_or_default()));
    }
    let line = text.lines().find(|l| l.starts_with("scenario=")).ok_or("no figure")?;
    let figures = line
        .split(' ')
        .filter_map(|word| word.split_once('='))
        .filter_map(|(key, value)| Some((key.to_owned(), value.parse().ok()?)))
        .collect::<Figure>();
    Ok((figures.first().is_some_and(|f| f.0 != "absent")).then_some(figures))
}

fn table(scenario: &str, runtimes: &[String], figures: &mut BTreeMap<&str, Vec<Figure>>) -> String {
    let medians: Vec<(&str, Vec<(String, f64)>, f64)> = runtimes
        .iter()
        .filter_map(|runtime| {
            let of = figures.get(&**runtime)?;
            let keys = of[0].iter().map(|(key, _)| key.clone());
            let medians = keys.enumerate().map(|(i, key)| {
                let mut values: Vec<f64> = of.iter().map(|figure| figure[i].1).collect();
                values.sort_by(f64::total_cmp);
                (key, values[values.len() / 2])
            });
            let first = of.iter().map(|figure| figure[0].1);
            let spread = first.clone().fold(0.0, f64::max) / first.fold(f64::MAX, f64::min) - 1.0;
            Some((&**runtime, medians.collect(), spread))
        })
        .collect();
    let Some((_, keys, _)) = medians.first() else { return format!("## {scenario}\n\nnothing\n") };
    let first = |name: &str| medians.iter().find(|(n, ..)| *n == name).map(|(_, m, _)| m[0].1);
    let rivals = medians.iter().filter(|(name, ..)| !NOT_RIVALS.contains(name));
    let best = rivals.map(|(_, m, _)| m[0].1).fold(f64::MAX, f64::min);
    let ratio = |value: f64, to: Option<f64>| match to {
        Some(to) if to > 0.0 && to < f64::MAX => format!("{:.2}", value / to),
        _ => "-".into(),
    };

    let mut out = format!("## {scenario}\n\n| runtime |");
    for (key, _) in keys {
        let _ = write!(out, " {key} |");
    }
    out.push_str(" / tokio | / best rival | / limit | spread |\n|---|");
    out.push_str(&"---|".repeat(keys.len() + 4));
    for (name, values, spread) in &medians {
        let _ = write!(out, "\n| {name} |");
        for (_, value) in values {
            let digits = if *value < 1000.0 { 2 } else { 0 };
            let _ = write!(out, " {value:.digits$} |");
        }
        let value = values[0].1;
        let _ = write!(
            out,
            " {} | {} | {} | {:.0} % |",
            ratio(value, first("tokio")),
            ratio(value, Some(best)),
            ratio(value, first("limit")),
            spread * 100.0
        );
    }
    out.push('\n');
    out
}

fn circumstances(repeats: usize) -> String {
    let shell = |command: &str| output(Command::new("sh").args(["-c", command])).trim().to_owned();
    let manifest = env!("CARGO_MANIFEST_DIR");
    let lock = std::fs::read_to_string(format!("{manifest}/Cargo.lock")).unwrap_or_default();
    let version = |name: &str| {
        let at = lock.find(&format!("name = \"{name}\"\nversion = \""))?;
        lock[at..].split('"').nth(3)
    };
    let rivals = [
        "tokio",
        "smol",
        "async-executor",
        "async-io",
        "async-channel",
        "async-lock",
        "glommio",
        "monoio",
        "local-sync",
    ];
    let versions = rivals.iter().filter_map(|name| Some(format!("{name} {}", version(name)?)));
    let command: Vec<String> = std::env::args().skip(1).collect();
    format!(
        "# {}\n\n- command: `cargo run --release --bin run -- {}`\n- commit: {}\n- machine: {}, {} processors, {}\n- kernel: {}; load average {}\n- compiler: {}, lto thin, one codegen unit, glibc malloc\n- rivals: {}\n- medians of {repeats} processes per figure, runtimes interleaved; spread is the largest over the smallest; ratios over 1 are slower\n",
        shell("date -u +%Y-%m-%d"),
        command.join(" "),
        shell(&format!("cd {manifest} && git rev-parse --short HEAD")),
        shell("grep -m1 'model name' /proc/cpuinfo | cut -d: -f2"),
        shell("nproc"),
        shell("awk '/MemTotal/ { printf \"%.0f GB\", $2 / 1048576 }' /proc/meminfo"),
        shell("uname -sr"),
        shell("cut -d' ' -f1-3 /proc/loadavg"),
        shell("rustc --version"),
        versions.collect::<Vec<_>>().join(", "),
    )
}

fn output(command: &mut Command) -> String {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    String::from_utf8_lossy(&out.stdout).into_owned()
}
