//! Results come in the order of the arguments.
//!
//! `cargo run --example b8_read_files`

use asyncio::{gather, sleep};
use asyncio_examples::PyList;
use std::time::Duration;

async fn read_file(name: &str) -> String {
    sleep(Duration::from_secs(1)).await;
    println!("Reading {name}");
    format!("Content of {name}")
}

#[asyncio::main]
async fn main() {
    let files = ["file1.txt", "file2.txt", "file3.txt"];
    let results = gather(files.iter().map(|f| read_file(f))).await;
    println!("{}", PyList(&results));
}
