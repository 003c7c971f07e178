//! The load generator: one thread, raw epoll, a closed loop. Each connection sends 64 bytes, waits for all of them to come
//! back, and sends again.

use crate::measure::pin;
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

const SIZE: usize = 64;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(2);

struct Client {
    stream: TcpStream,
    sent: Instant,
    missing: usize,
}

/// With `requests` so many of them and no figures; without, until the time is up, and the figures are printed: time of the
/// parent process on a processor per request, latency, throughput.
pub fn main(address: &str, conns: usize, requests: Option<usize>) {
    pin(1);
    // SAFETY: no memory is involved.
    let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    assert!(epoll >= 0, "epoll_create1");
    let mut clients = HashMap::new();
    for _ in 0..conns {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("TCP_NODELAY");
        stream.set_nonblocking(true).expect("O_NONBLOCK");
        let fd = stream.as_raw_fd();
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: fd as u64 };
        // SAFETY: `event` lives through the call, both descriptors are open.
        let failed = unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, &mut event) };
        assert_eq!(failed, 0, "epoll_ctl");
        clients.insert(fd as u64, Client { stream, sent: Instant::now(), missing: SIZE });
    }
    let mut latencies: Vec<u32> = Vec::with_capacity(4_000_000);
    let mut count = 0_usize;
    let began = Instant::now();
    let mut measured: Option<(Instant, u64, usize)> = None;
    for client in clients.values_mut() {
        send(client);
    }
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; 256];
    loop {
        // SAFETY: the kernel writes at most `events.len()` entries.
        let ready =
            unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), events.len() as i32, 5000) };
        assert!(ready > 0, "the server has stopped answering");
        for event in &events[..ready as usize] {
            let client = clients.get_mut(&{ event.u64 }).expect("only these are registered");
            let mut buf = [0; SIZE];
            match client.stream.read(&mut buf) {
                Ok(0) => panic!("the server closed a connection"),
                Ok(n) => client.missing -= n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => continue,
                Err(e) => panic!("{e}"),
            }
            if client.missing == 0 {
                count += 1;
                if measured.is_some() {
                    latencies
                        .push(client.sent.elapsed().as_nanos().min(u128::from(u32::MAX)) as u32);
                }
                send(client);
            }
        }
        if let Some(requests) = requests {
            if count >= requests {
                return;
            }
            continue;
        }
        match measured {
            None if began.elapsed() >= WARM_UP => {
                measured = Some((Instant::now(), parent_cpu(), count));
            }
            Some((at, cpu, before)) if at.elapsed() >= MEASURED => {
                let (elapsed, cpu) = (at.elapsed(), parent_cpu() - cpu);
                report(elapsed, cpu, count - before, &mut latencies);
                return;
            }
            _ => {}
        }
    }
}

fn send(client: &mut Client) {
    client.sent = Instant::now();
    client.missing = SIZE;
    // So little always fits: there is nothing in flight.
    client.stream.write_all(&[7; SIZE]).expect("the server reads");
}

fn report(elapsed: Duration, cpu: u64, requests: usize, latencies: &mut [u32]) {
    latencies.sort_unstable();
    let at = |share: f64| f64::from(latencies[(latencies.len() as f64 * share) as usize]) / 1000.0;
    println!(
        "{} cpu_us={:.3} p50_us={:.2} p99_us={:.2} rps={:.0}",
        std::env::var("BENCH_LABELS").unwrap_or_default(),
        cpu as f64 / 1000.0 / requests as f64,
        at(0.50),
        at(0.99),
        requests as f64 / elapsed.as_secs_f64(),
    );
}

/// Nanoseconds that all threads of the parent process have run, by the scheduler's own accounting.
fn parent_cpu() -> u64 {
    let tasks = format!("/proc/{}/task", std::os::unix::process::parent_id());
    let of = |task: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<u64>().ok()
    };
    std::fs::read_dir(tasks).expect("the parent lives").flatten().filter_map(of).sum()
}
