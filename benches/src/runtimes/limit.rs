//! The limit: what the work costs when it is written out by hand for one thread: boxed closures in a queue, no futures, no
//! wakers, no cancellation. A figure below it would be a mistake of the measurement.

use super::Listening;
use crate::echo::{BUFFER, Connection};
use crate::measure::{Outcome, Params, Stopwatch, resident};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::hint::black_box;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

type Once = Box<dyn FnOnce() -> usize>;
/// A task: true when it wants another turn.
type Turns = Box<dyn FnMut() -> bool>;

pub fn measure(scenario: &str, p: &Params) -> Option<Outcome> {
    let work: fn(usize) = match scenario {
        "spawn_join" | "spawn_join_1m" => spawn_join,
        "spawn_one" => spawn_one,
        "self_wake" => |n| take_turns(1, n),
        "yield_many" => |n| take_turns(1000, n / 1000),
        "ping_pong" => ping_pong,
        "lock_free" => lock_free,
        "timeout" => timeouts,
        "sleep_1ms" => return Some(naps(p.n, Duration::from_millis(1))),
        "sleep_100us" => return Some(naps(p.n, Duration::from_micros(100))),
        "idle_task" => return Some(idle_tasks(p.n)),
        _ => return None,
    };
    let times = (0..=p.rounds).map(|_| {
        let watch = Stopwatch::start();
        work(p.n);
        watch.stop()
    });
    Some(Outcome::per_op(times.collect(), p.n))
}

/// What a task of `spawn_join` is: memory that is used again, as an allocator made for tasks would do.
struct Number {
    value: usize,
    run: fn(usize) -> usize,
}

fn spawn_join(n: usize) {
    thread_local! {
        static FREE: RefCell<Vec<Box<Number>>> = const { RefCell::new(Vec::new()) };
        static READY: RefCell<VecDeque<Box<Number>>> = const { RefCell::new(VecDeque::new()) };
    }
    let (mut free, mut ready) = (FREE.take(), READY.take());
    let mut results = vec![0; n];
    for value in 0..n {
        let number = Number { value, run: black_box(|value| value) };
        match free.pop() {
            Some(mut memory) => {
                *memory = number;
                ready.push_back(memory);
            }
            None => ready.push_back(Box::new(number)),
        }
    }
    for result in &mut results {
        let task = ready.pop_front().unwrap();
        *result = (task.run)(task.value);
        free.push(task);
    }
    assert_eq!(results.iter().sum::<usize>(), n * (n - 1) / 2);
    FREE.set(free);
    READY.set(ready);
}

fn spawn_one(n: usize) {
    let mut ready: VecDeque<Once> = VecDeque::new();
    let mut sum = 0;
    for i in 0..n {
        ready.push_back(black_box(Box::new(move || i)));
        while let Some(task) = ready.pop_front() {
            sum += task();
        }
    }
    assert_eq!(sum, n * (n - 1) / 2);
}

fn take_turns(tasks: usize, turns: usize) {
    let mut ready: VecDeque<Turns> = VecDeque::new();
    for _ in 0..tasks {
        let mut left = turns;
        ready.push_back(black_box(Box::new(move || {
            left -= 1;
            left > 0
        })));
    }
    while let Some(mut task) = ready.pop_front() {
        if task() {
            ready.push_back(task);
        }
    }
}

fn ping_pong(n: usize) {
    let there = Rc::new(Cell::new(None));
    let back = Rc::new(Cell::new(None));
    let mut tasks: [Turns; 2] = [
        Box::new({
            let (there, back) = (there.clone(), back.clone());
            let mut sent = 0;
            move || {
                if sent > 0 {
                    assert_eq!(back.take(), Some(sent - 1));
                }
                there.set(Some(sent));
                sent += 1;
                sent <= n
            }
        }),
        Box::new(move || {
            back.set(there.take());
            true
        }),
    ];
    let mut ready = VecDeque::from([0]);
    while let Some(task) = ready.pop_front() {
        if tasks[task]() {
            // What it put down is for the other one.
            ready.push_back(1 - task);
        }
    }
}

fn lock_free(n: usize) {
    let lock = black_box(RefCell::new(0));
    for _ in 0..n {
        *black_box(&lock).borrow_mut() += 1;
    }
}

fn timeouts(n: usize) {
    let mut slots: Vec<Option<Instant>> = vec![None; 1000];
    let mut free: Vec<usize> = (0..1000).collect();
    for _ in 0..n {
        let slot = free.pop().unwrap();
        slots[slot] = Some(Instant::now() + Duration::from_secs(10));
        black_box(&mut slots)[slot] = None;
        free.push(slot);
    }
}

/// What the system makes of a sleep.
fn naps(n: usize, duration: Duration) -> Outcome {
    let watch = Stopwatch::start();
    let late = (0..n).map(|_| {
        let start = Instant::now();
        std::thread::sleep(duration);
        (start.elapsed() - duration).as_nanos() as f64 / 1000.0
    });
    let late = late.collect();
    Outcome::late(late).and(Outcome::per_op(vec![watch.stop()], n))
}

fn idle_tasks(n: usize) -> Outcome {
    let before = resident();
    let tasks: Vec<Turns> = (0..n)
        .map(|i| {
            let mut left = i;
            Box::new(move || {
                left += 1;
                left > i
            }) as Turns
        })
        .collect();
    let bytes = resident() - before;
    black_box(tasks);
    Outcome::bytes(bytes, n)
}

pub fn echo(listening: Listening) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    listening(listener.local_addr().unwrap());
    // SAFETY: no memory is involved.
    let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    assert!(epoll >= 0);
    watch(epoll, listener.as_raw_fd());
    let mut streams: HashMap<i32, (TcpStream, Connection)> = HashMap::new();
    let mut buf = vec![0; BUFFER];
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; 256];
    loop {
        // SAFETY: the kernel writes at most `events.len()` entries.
        let ready =
            unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), events.len() as i32, -1) };
        for event in &events[..ready.max(0) as usize] {
            let fd = { event.u64 } as i32;
            let Some((stream, _)) = streams.get_mut(&fd) else {
                let (stream, _) = listener.accept().unwrap();
                stream.set_nodelay(true).unwrap();
                stream.set_nonblocking(true).unwrap();
                watch(epoll, stream.as_raw_fd());
                streams.insert(stream.as_raw_fd(), (stream, Connection::opened()));
                continue;
            };
            match stream.read(&mut buf) {
                Ok(n @ 1..) => stream.write_all(&buf[..n]).unwrap(),
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                _ => drop(streams.remove(&fd)),
            }
        }
    }
}

fn watch(epoll: i32, fd: i32) {
    let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: fd as u64 };
    // SAFETY: `event` lives through the call, both descriptors are open.
    assert_eq!(unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, &mut event) }, 0);
}
