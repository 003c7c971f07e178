//! An error after a wait, caught by its type.
//!
//! `cargo run --example c5_exceptions`

use asyncio::sleep;
use std::error::Error;
use std::fmt;
use std::time::Duration;

#[derive(Debug)]
struct ValueError(&'static str);

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for ValueError {}

async fn faulty_task() -> Result<(), ValueError> {
    sleep(Duration::from_secs(2)).await;
    Err(ValueError("Something went wrong!"))
}

#[asyncio::main]
async fn main() {
    if let Err(e) = faulty_task().await {
        println!("Caught an error: {e}");
    }
}
