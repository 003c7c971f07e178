//! An error is met where the failing call is awaited.
//!
//! `cargo run --example b7_exceptions`

use std::io;

async fn risky_task() -> io::Result<()> {
    Err(io::Error::other("Something went wrong"))
}

#[asyncio::main]
async fn main() {
    if let Err(e) = risky_task().await {
        println!("Caught an error: {e}");
    }
}
