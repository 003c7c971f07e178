//! Single parts of asyncio under executors of others: sockets and timers, a lock, a timeout and
//! named tasks, first under tokio, then under async-executor. No loop of asyncio's runs.
//!
//! `cargo run --release --example a_la_carte`

use asyncio::net::{TcpListener, TcpStream};
use asyncio::{BoxError, Lock, TimeoutError, current_task, recorded, sleep, wait_for};
use asyncio_examples::ProcessStatus;
use futures_lite::{AsyncReadExt, AsyncWriteExt, future};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Who was served, in order. A lock that belongs to no executor.
type Ledger = Arc<Lock<Vec<String>>>;

/// Answers one guest after the other with the place in the ledger. asyncio's sockets find a loop
/// where there is one; here they are watched by a thread that starts when the first one waits.
async fn serve(listener: TcpListener, ledger: Ledger) -> Result<(), BoxError> {
    loop {
        let (mut guest, _) = listener.accept().await?;
        let mut name = [0; 8];
        let length = guest.read(&mut name).await?;
        let mut ledger = ledger.lock().await;
        ledger.push(String::from_utf8_lossy(&name[..length]).into_owned());
        // Held across a wait: it is a lock for tasks.
        guest.write_all(format!("guest {}", ledger.len()).as_bytes()).await?;
    }
}

async fn visit(address: SocketAddr, delay: Duration) -> Result<(), BoxError> {
    sleep(delay).await;
    let name = current_task().name();
    let mut host = TcpStream::connect(address).await?;
    host.write_all(name.as_bytes()).await?;
    let mut answer = String::new();
    host.read_to_string(&mut answer).await?;
    println!("  {name} is {answer}");
    Ok(())
}

/// The program, for anybody's executor.
async fn evening(spawn: impl Fn(Job)) -> Result<(), BoxError> {
    let ledger = Ledger::default();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;

    // `recorded` makes a task of a future: it gets a name, and can be cancelled.
    let server = recorded("server", serve(listener, ledger.clone()));
    let serving = server.task();
    spawn(Box::pin(async move {
        let end = server.await;
        println!(
            "  the server's end: {}",
            end.map_or_else(|e| e.to_string(), |_| "by itself".into())
        );
    }));
    for (name, delay) in [("carol", 60), ("alice", 20), ("bob", 40)] {
        let visit = recorded(name, visit(address, Duration::from_millis(delay)));
        spawn(Box::pin(async { drop(visit.await) }));
    }

    sleep(Duration::from_millis(120)).await;
    let unanswered = TcpStream::connect(address).await?;
    let late = wait_for(unanswered.readable(), Duration::from_millis(20)).await;
    println!(
        "  a silent guest: {}",
        if matches!(late, Err(TimeoutError { .. })) { "timed out" } else { "served" }
    );
    drop(unanswered);
    println!("  the ledger: {}", ledger.lock().await.join(", "));
    serving.cancel();
    sleep(Duration::from_millis(20)).await;
    Ok(())
}

fn main() -> Result<(), BoxError> {
    println!("under tokio, whose own timers and sockets are switched off:");
    let tokio = tokio::runtime::Builder::new_current_thread().build()?;
    tokio.block_on(evening(|job| drop(tokio::spawn(job))))?;

    println!("under async-executor:");
    let executor = async_executor::Executor::new();
    future::block_on(executor.run(evening(|job| executor.spawn(job).detach())))?;

    if let Some(threads) = ProcessStatus::of(std::process::id()).threads() {
        println!("threads: {threads}, one of them asyncio's, for timers and sockets");
    }
    Ok(())
}
