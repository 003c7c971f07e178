//! A chat over TCP: every line somebody types reaches everybody else.
//!
//! ```sh
//! cargo run --release --example chat -- serve 127.0.0.1:7000
//! cargo run --release --example chat -- join 127.0.0.1:7000 ada     # in two or more terminals
//! ```

use asyncio::local::Queue;
use asyncio::{BoxError, StreamReader, StreamWriter, create_task, open_connection, start_server, to_thread};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::rc::Rc;

/// Lines that wait for a slow reader before its oldest is dropped.
const BACKLOG: usize = 100;

/// Who is here, and what is still to be sent to each.
#[derive(Default)]
struct Room {
    members: RefCell<BTreeMap<u64, (String, Rc<Queue<String>>)>>,
    arrivals: RefCell<u64>,
}

impl Room {
    fn enter(&self, name: String) -> (u64, Rc<Queue<String>>) {
        let mut arrivals = self.arrivals.borrow_mut();
        *arrivals += 1;
        let outbox = Rc::new(Queue::new(BACKLOG));
        self.members.borrow_mut().insert(*arrivals, (name, outbox.clone()));
        (*arrivals, outbox)
    }

    fn leave(&self, member: u64) {
        if let Some((_, outbox)) = self.members.borrow_mut().remove(&member) {
            outbox.shutdown(false);
        }
    }

    fn say(&self, from: u64, line: &str) {
        for (&member, (_, outbox)) in self.members.borrow().iter() {
            if member == from {
                continue;
            }
            if outbox.full() {
                let _oldest = outbox.get_nowait();
            }
            // Cannot be full now; a queue that was shut down has a member who is leaving.
            let _ = outbox.put_nowait(line.to_owned());
        }
    }
}

async fn serve_member(room: Rc<Room>, mut reader: StreamReader, mut writer: StreamWriter) -> Result<(), BoxError> {
    writer.write(b"your name? ");
    writer.drain().await?;
    let name = String::from_utf8_lossy(&reader.readline().await?).trim().to_owned();
    if name.is_empty() {
        return Ok(());
    }
    let (member, outbox) = room.enter(name.clone());
    println!("{name} is here");
    room.say(member, &format!("* {name} is here\n"));

    let sender = create_task(async move {
        while let Ok(line) = outbox.get().await {
            writer.write(line.as_bytes());
            if writer.drain().await.is_err() {
                return;
            }
        }
    });
    let outcome = async {
        loop {
            let line = reader.readline().await?;
            if line.is_empty() {
                return Ok(());
            }
            room.say(member, &format!("{name}: {}\n", String::from_utf8_lossy(&line).trim_end()));
        }
    }
    .await;
    room.leave(member);
    println!("{name} has left");
    room.say(member, &format!("* {name} has left\n"));
    sender.await?;
    outcome
}

async fn serve(address: &str) -> Result<(), BoxError> {
    let room = Rc::new(Room::default());
    let server = start_server(
        move |reader, writer| {
            let room = room.clone();
            async move {
                if let Err(e) = serve_member(room, reader, writer).await {
                    println!("a member was lost: {e}");
                }
            }
        },
        address,
    )
    .await?;
    println!("the room is open at {}", server.local_addr());
    server.serve_forever().await?;
    Ok(())
}

async fn join(address: &str, name: &str) -> Result<(), BoxError> {
    let (mut reader, mut writer) = open_connection(address).await?;
    writer.write(format!("{name}\n").as_bytes());
    writer.drain().await?;
    asyncio::local::TaskGroup::try_run(async move |group| {
        let listening = group.create_task(async move {
            loop {
                let line = reader.readline().await?;
                if line.is_empty() {
                    return Ok::<_, BoxError>(());
                }
                print!("{}", String::from_utf8_lossy(&line));
            }
        });
        // Standard input is read by a thread of the pool, a line at a time.
        while let Some(line) = to_thread(|| std::io::stdin().lock().lines().next()).await? {
            writer.write(format!("{}\n", line?).as_bytes());
            writer.drain().await?;
        }
        writer.close();
        listening.cancel();
        Ok(())
    })
    .await?;
    Ok(())
}

#[asyncio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address] => serve(address).await,
        ["join", address, name] => join(address, name).await,
        _ => {
            eprintln!("usage: chat serve ADDRESS | chat join ADDRESS NAME");
            std::process::exit(2);
        }
    }
}
