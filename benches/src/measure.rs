//! What all measurements share.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

pub struct Params {
    /// Operations per round.
    pub n: usize,
    /// Measured rounds; one more runs before them.
    pub rounds: usize,
}

/// What one process has measured: names and values, the one that is compared first.
pub struct Outcome(pub Vec<(&'static str, f64)>);

/// A moment by two clocks.
#[derive(Clone, Copy)]
pub struct Stopwatch {
    began: Instant,
    cpu: Duration,
}

impl Stopwatch {
    pub fn start() -> Stopwatch {
        Stopwatch { began: Instant::now(), cpu: cpu_time() }
    }

    pub fn stop(self) -> Round {
        Round { cpu: cpu_time() - self.cpu, wall: self.began.elapsed() }
    }
}

/// How long a round took.
pub struct Round {
    cpu: Duration,
    wall: Duration,
}

impl Outcome {
    /// Nanoseconds per operation, the medians of the rounds without the first. The processor time of all threads is what is
    /// compared: it repeats on a machine that does something else too. Where it differs from the time on the wall, the
    /// machine was busy or the runtime slept.
    pub fn per_op(mut rounds: Vec<Round>, n: usize) -> Outcome {
        if rounds.len() > 1 {
            rounds.remove(0);
        }
        let median = |of: fn(&Round) -> Duration| {
            let mut times: Vec<_> = rounds.iter().map(of).collect();
            times.sort();
            times[times.len() / 2].as_nanos() as f64 / n as f64
        };
        Outcome(vec![("ns_per_op", median(|r| r.cpu)), ("wall_ns", median(|r| r.wall))])
    }

    /// Microseconds that sleeps were late.
    pub fn late(mut micros: Vec<f64>) -> Outcome {
        micros.sort_by(f64::total_cmp);
        let at = |percent: usize| micros[(micros.len() - 1) * percent / 100];
        Outcome(vec![("p50_late_us", at(50)), ("p99_late_us", at(99)), ("least_late_us", at(0))])
    }

    pub fn and(mut self, more: Outcome) -> Outcome {
        self.0.extend(more.0);
        self
    }

    /// Resident bytes for each of `n` things.
    pub fn bytes(bytes: usize, n: usize) -> Outcome {
        Outcome(vec![("bytes", bytes as f64 / n as f64)])
    }
}

/// Time that the threads of this process have run.
fn cpu_time() -> Duration {
    // SAFETY: all zeros is a valid `timespec`, and the kernel only writes one.
    let now = unsafe {
        let mut now: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now);
        now
    };
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Keeps this process on one processor.
pub fn pin(cpu: usize) {
    // SAFETY: an all-zero `cpu_set_t` is an empty set, CPU_SET writes inside it, and the kernel only reads it.
    let failed = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set) != 0
    };
    if failed {
        eprintln!("not pinned to processor {cpu}: {}", std::io::Error::last_os_error());
    }
}

/// Pending once, woken at once: a turn of the executor and nothing else.
pub async fn self_wake() {
    let mut woken = false;
    poll_fn(|cx| {
        if woken {
            return Poll::Ready(());
        }
        woken = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Resident memory of this process in bytes.
pub fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("/proc is mounted");
    let pages: usize = statm.split(' ').nth(1).and_then(|p| p.parse().ok()).expect("a number");
    pages * 4096
}
