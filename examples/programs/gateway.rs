//! A server that holds ten thousand connections open at once and serves them all on one thread.
//! Its clients, in a second process, measure it: first each sends one request a second, then all
//! send as fast as they are answered.
//!
//! `cargo run --release --example gateway`
//!
//! With too few descriptors it goes on with what it can get, and says so: try `ulimit -n 2000`, or
//! `--descriptors 2000`, which is for the server alone.

use asyncio::local::Semaphore;
use asyncio::net::AddrError;
use asyncio::{BoxError, ReadError, StreamReader, StreamWriter};
use asyncio::{gather, now, open_connection, sleep_until, start_server, wait_for};
use asyncio_examples::{Options, ProcessStatus, SecondProcess, first_process_ends};
use asyncio_examples::{grouped, percentile, raise_descriptor_limit, short};
use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

const USAGE: &str = "gateway [--clients N] [--rounds N] [--descriptors N]";

/// The bytes of a request, and of its answer.
const SIZE: usize = 64;
/// Clients that connect at the same time: they fit the queue of a listening socket.
const AT_THE_DOOR: usize = 500;
/// A client that has no first answer by then was not let in.
const PATIENCE: Duration = Duration::from_secs(5);
/// A client's time from one request to the next in the first phase.
const PERIOD: Duration = Duration::from_secs(1);

fn main() -> Result<(), BoxError> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("serve") {
        raise_descriptor_limit(arguments.next().unwrap_or_default().parse()?);
        return Ok(asyncio::run(serve())?);
    }
    let options = Options::parse(USAGE);
    let clients = options.number("--clients").unwrap_or(10_000);
    let rounds = options.number("--rounds").unwrap_or(5);
    let allowed = raise_descriptor_limit(u64::MAX);
    let of_server =
        options.number("--descriptors").map_or(allowed, |most| allowed.min(most as u64));
    println!(
        "{} clients with {} descriptors, a server with {}",
        grouped(clients as u64),
        grouped(allowed),
        grouped(of_server)
    );

    let server = SecondProcess::start(&["serve", &of_server.to_string()])?;
    let longest = PATIENCE * 4 + PERIOD * rounds as u32 * 4;
    asyncio::run(wait_for(measure(&server, clients, rounds), longest))?
}

/// The second process: echoes what it is sent.
async fn serve() -> io::Result<()> {
    let answer = async |mut reader: StreamReader, mut writer: StreamWriter| {
        let mut request = [0; SIZE];
        while let Ok(received @ 1..) = reader.read(&mut request).await {
            if writer.write_all(&request[..received]).await.is_err() {
                break;
            }
        }
    };
    let server = start_server(answer, "127.0.0.1:0").await?;
    println!("{}", server.local_addr());
    first_process_ends().await
}

/// One connection, and how long its requests took.
struct Client {
    number: u64,
    reader: StreamReader,
    writer: StreamWriter,
    took: Vec<Duration>,
}

impl Client {
    async fn connect(number: u64, address: &str, door: &Semaphore) -> Result<Client, String> {
        let _turn = door.acquire().await;
        let (reader, writer) = open_connection(address).await.map_err(|e| reason(&e))?;
        let mut client = Client { number, reader, writer, took: Vec::new() };
        match wait_for(client.request(0, now()), PATIENCE).await {
            Ok(answered) => answered.map_err(|e| e.to_string())?,
            Err(_) => return Err(format!("not served within {}", short(PATIENCE))),
        }
        client.took.clear();
        Ok(client)
    }

    /// Sends a request that nobody else sends, and expects the same back. Notes the time since the
    /// request was `due`, so that a late start counts as latency.
    async fn request(&mut self, round: u64, due: Instant) -> Result<(), ReadError> {
        let mut request = [0; SIZE];
        request[..8].copy_from_slice(&self.number.to_le_bytes());
        request[8..16].copy_from_slice(&round.to_le_bytes());
        self.writer.write_all(&request).await?;
        let answer = self.reader.readexactly(SIZE).await?;
        assert_eq!(answer, request, "client {} was given another's answer", self.number);
        self.took.push(now() - due);
        Ok(())
    }

    /// One request in each period, from `first` on.
    async fn steadily(&mut self, first: Instant, rounds: usize) -> Result<(), ReadError> {
        for round in 0..rounds {
            let due = first + PERIOD * round as u32;
            sleep_until(due).await;
            self.request(round as u64, due).await?;
        }
        Ok(())
    }

    /// The next request as soon as the last one is answered.
    async fn flat_out(&mut self, rounds: usize) -> Result<(), ReadError> {
        for round in 0..rounds {
            self.request(round as u64, now()).await?;
        }
        Ok(())
    }
}

/// What the system said, without the address, which is always the same.
fn reason(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<AddrError>());
    inner.and_then(Error::source).map_or_else(|| error.to_string(), ToString::to_string)
}

async fn measure(server: &SecondProcess, wanted: usize, rounds: usize) -> Result<(), BoxError> {
    let of_server = ProcessStatus::of(server.id());
    let of_clients = ProcessStatus::of(std::process::id());
    let empty = of_server.resident_bytes();
    let (door, address, began) = (Semaphore::new(AT_THE_DOOR), server.announced(), now());
    let connecting = (0..wanted as u64).map(|number| Client::connect(number, address, &door));
    let mut clients = Vec::new();
    let mut refused = BTreeMap::<String, u64>::new();
    for outcome in gather(connecting).await {
        match outcome {
            Ok(client) => clients.push(client),
            Err(reason) => *refused.entry(reason).or_default() += 1,
        }
    }
    let count = clients.len() as u32;
    println!("{} connections open after {}", grouped(count.into()), short(now() - began));
    for (reason, times) in &refused {
        println!("{} clients stay outside: {reason}", grouped(*times));
    }
    if count == 0 {
        return Err("nobody could connect".into());
    }

    println!(
        "\n{:<14}{:>10}{:>12}{:>10}{:>10}{:>10}",
        "", "requests", "per second", "p50", "p99", "max"
    );
    let began = now();
    let turn = |n: usize| began + PERIOD * n as u32 / count;
    let steadily =
        clients.iter_mut().enumerate().map(|(n, client)| client.steadily(turn(n), rounds));
    let lost = gather(steadily).await;
    print_phase("one a second", &mut clients, now() - began);
    let began = now();
    let lost = [lost, gather(clients.iter_mut().map(|client| client.flat_out(rounds))).await];
    print_phase("flat out", &mut clients, now() - began);
    for error in lost.into_iter().flatten().filter_map(Result::err) {
        println!("a connection was lost: {error}");
    }

    println!();
    if let (Some(empty), Some(full)) = (empty, of_server.resident_bytes()) {
        let each = full.saturating_sub(empty) / u64::from(count);
        println!("memory per connection in the server: {} bytes", grouped(each));
    }
    if let (Some(server), Some(clients)) = (of_server.threads(), of_clients.threads()) {
        println!("threads: {server} in the server, {clients} in the clients");
    }
    Ok(())
}

fn print_phase(name: &str, clients: &mut [Client], took: Duration) {
    let mut times: Vec<Duration> =
        clients.iter_mut().flat_map(|client| client.took.drain(..)).collect();
    times.sort_unstable();
    let requests = grouped(times.len() as u64);
    let rate = grouped((times.len() as f64 / took.as_secs_f64()) as u64);
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|part| short(percentile(&times, part)));
    println!("{name:<14}{requests:>10}{rate:>12}{p50:>10}{p99:>10}{max:>10}");
}
