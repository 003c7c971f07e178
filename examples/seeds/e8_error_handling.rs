//! An error handled where it happens.
//!
//! `cargo run --example e8_error_handling`

use asyncio::sleep;
use std::io;
use std::time::Duration;

async fn my_coroutine() {
    let outcome: io::Result<()> = async {
        sleep(Duration::from_secs(1)).await;
        Err(io::Error::other("An error occurred"))
    }
    .await;
    if let Err(e) = outcome {
        println!("Error: {e}");
    }
}

#[asyncio::main]
async fn main() {
    my_coroutine().await;
}
