//! A loop of asyncio's inside a loop of somebody else's. The host owns the thread: it draws a frame
//! every 50 ms and sleeps in poll(2) in between. Whenever the event loop has something to do, the
//! host gives it a turn.
//!
//! `cargo run --release --example hosted`

use asyncio::{BoxError, EventLoop, StreamReader, StreamWriter, Task};
use asyncio::{open_connection, sleep, start_server};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::cell::RefCell;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

const FRAME: Duration = Duration::from_millis(50);

/// What the tasks tell and the host draws: both are on one thread.
type Caption = Rc<RefCell<String>>;

/// The asynchronous part: a server, and a client that talks to it at its own pace.
async fn conversation(caption: Caption) -> Result<usize, BoxError> {
    let echo = async |mut reader: StreamReader, mut writer: StreamWriter| -> Result<(), BoxError> {
        loop {
            let line = reader.readline().await?;
            if line.is_empty() {
                return Ok(());
            }
            sleep(Duration::from_millis(70)).await;
            writer.write_all(line.to_ascii_uppercase().as_slice()).await?;
        }
    };
    let server = start_server(echo, "127.0.0.1:0").await?;
    let (mut reader, mut writer) = open_connection(server.local_addr()).await?;
    let words = ["three\n", "blind\n", "mice\n"];
    for word in words {
        sleep(Duration::from_millis(90)).await;
        writer.write_all(word.as_bytes()).await?;
        let answer = reader.readline().await?;
        caption.replace(String::from_utf8_lossy(&answer).trim().to_owned());
    }
    sleep(FRAME).await;
    Ok(words.len())
}

/// The host: a loop that knows nothing of tasks.
struct Host {
    began: Instant,
    frames: u32,
    turns: u32,
}

impl Host {
    fn run<T>(
        &mut self,
        event_loop: &mut EventLoop,
        until: &Task<T>,
        caption: &Caption,
    ) -> Result<(), BoxError> {
        while !until.done() {
            let next_frame = self.began + FRAME * self.frames;
            if Instant::now() >= next_frame {
                self.draw(&caption.borrow());
                continue;
            }
            let due =
                event_loop.next_deadline().map_or(next_frame, |deadline| deadline.min(next_frame));
            if self.wait(event_loop, due)? || Instant::now() >= due {
                // Zero: to do what is ready, not to wait. What is ready only after this turn makes
                // `next_deadline` be now.
                event_loop.turn(Some(Duration::ZERO))?;
                self.turns += 1;
            }
        }
        Ok(())
    }

    /// Sleeps until `due`; true if the event loop has something to do before.
    fn wait(&self, event_loop: &EventLoop, due: Instant) -> Result<bool, BoxError> {
        let timeout = Timespec::try_from(due.saturating_duration_since(Instant::now()))?;
        // A real host has descriptors of its own in this list.
        let mut watched = [PollFd::from_borrowed_fd(event_loop.as_fd(), PollFlags::IN)];
        Ok(poll(&mut watched, Some(&timeout))? > 0)
    }

    fn draw(&mut self, caption: &str) {
        let mut field = [b'.'; 12];
        let way = field.len() - 1;
        let at = self.frames as usize % (2 * way);
        field[at.min(2 * way - at)] = b'o';
        println!("frame {:>2}  {}  {caption}", self.frames, String::from_utf8_lossy(&field));
        self.frames += 1;
    }
}

fn main() -> Result<(), BoxError> {
    let mut event_loop = EventLoop::new()?;
    let caption = Caption::default();
    let mut task = event_loop.create_task(conversation(caption.clone()));

    let mut host = Host { began: Instant::now(), frames: 0, turns: 0 };
    host.run(&mut event_loop, &task, &caption)?;

    let words = task.result().ok_or("the task is not done")???;
    println!(
        "{} frames by the host, {words} words by the event loop in {} turns",
        host.frames, host.turns
    );
    Ok(())
}
