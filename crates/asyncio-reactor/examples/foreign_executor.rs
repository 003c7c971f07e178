//! Sockets and timers under an executor that has neither: a chat of two tasks on `async-executor`,
//! with a driver thread that starts by itself.
//!
//! ```text
//! cargo run -p asyncio-reactor --example foreign_executor
//! ```

use async_executor::LocalExecutor;
use asyncio_reactor::{Async, sleep};
use futures_lite::{AsyncReadExt, AsyncWriteExt, future};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

fn main() -> io::Result<()> {
    let executor = LocalExecutor::new();
    future::block_on(executor.run(async {
        let listener = Async::new(TcpListener::bind("127.0.0.1:0")?)?;
        let address = listener.get_ref().local_addr()?;
        let server = executor.spawn(async move {
            let (stream, _) = listener.read_with(|listener| listener.accept()).await?;
            let mut stream = Async::new(stream)?;
            for word in ["to", "be", "or", "not"] {
                stream.write_all(word.as_bytes()).await?;
                sleep(Duration::from_millis(20)).await;
            }
            io::Result::Ok(())
        });
        let mut stream = Async::new(TcpStream::connect(address)?)?;
        let mut buf = [0; 64];
        loop {
            match stream.read(&mut buf).await? {
                0 => break,
                n => println!("{}", String::from_utf8_lossy(&buf[..n])),
            }
        }
        server.await
    }))
}
