//! A chat over TCP: every line somebody types reaches everybody else.
//!
//! ```sh
//! cargo run --release --example chat -- serve 127.0.0.1:7000
//! cargo run --release --example chat -- join 127.0.0.1:7000 ada     # in two or more terminals
//! ```
//!
//! Ctrl-D leaves the room, Ctrl-C in the server's terminal closes it.

use asyncio::local::Queue;
use asyncio::reactor::Async;
use asyncio::{BoxError, StreamReader, StreamWriter};
use asyncio::{create_task, open_connection, start_server, with_cleanup};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::future::pending;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::exit;
use std::rc::Rc;

/// So many lines wait for somebody who reads slowly; then the oldest are dropped.
const BACKLOG: usize = 100;

/// Who is here, with the lines still to be sent to each.
#[derive(Default)]
struct Room {
    members: RefCell<BTreeMap<u64, Member>>,
    arrivals: Cell<u64>,
}

struct Member {
    name: String,
    outbox: Rc<Queue<String>>,
}

impl Room {
    fn enter(&self, name: &str) -> (u64, Rc<Queue<String>>) {
        let number = self.arrivals.get() + 1;
        self.arrivals.set(number);
        let outbox = Rc::new(Queue::new(BACKLOG));
        let mut members = self.members.borrow_mut();
        let others: Vec<&str> = members.values().map(|member| member.name.as_str()).collect();
        let company = if others.is_empty() { "nobody yet".to_owned() } else { others.join(", ") };
        post(&outbox, &format!("* hello {name}, here with you: {company}"));
        members.insert(number, Member { name: name.to_owned(), outbox: outbox.clone() });
        (number, outbox)
    }

    fn leave(&self, number: u64) {
        if let Some(member) = self.members.borrow_mut().remove(&number) {
            member.outbox.shutdown(false);
        }
    }

    fn say(&self, from: u64, line: &str) {
        println!("{line}");
        let members = self.members.borrow();
        let others = members.iter().filter(|(number, _)| **number != from);
        others.for_each(|(_, member)| post(&member.outbox, line));
    }

    fn close(&self) {
        self.say(0, "* the room is closed");
        // Each outbox is emptied first.
        self.members.borrow().values().for_each(|member| member.outbox.shutdown(false));
    }
}

fn post(outbox: &Queue<String>, line: &str) {
    if outbox.full() {
        let _oldest = outbox.get_nowait();
    }
    // There is room now; refused only where the member is leaving.
    let _ = outbox.put_nowait(format!("{line}\n"));
}

/// A line as it may be shown on others' terminals: without its end, and without escape sequences.
fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).collect()
}

async fn serve_member(
    room: &Room,
    mut reader: StreamReader,
    writer: StreamWriter,
) -> Result<(), BoxError> {
    let name = shown(&reader.readline().await?);
    if name.is_empty() {
        return Ok(());
    }
    let (number, outbox) = room.enter(&name);
    room.say(number, &format!("* {name} is here"));
    // Sending has a task of its own, so that nobody waits for a slow reader but he himself.
    let sender = create_task(async move {
        while let Ok(line) = outbox.get().await {
            writer.write(line.as_bytes());
            if writer.drain().await.is_err() {
                break;
            }
        }
        writer.close();
    });
    // Ends with the member's end of file, or the sender's.
    while let Ok(line @ [_, ..]) = reader.readline().await.as_deref() {
        room.say(number, &format!("{name}: {}", shown(line)));
    }
    room.leave(number);
    room.say(number, &format!("* {name} has left"));
    Ok(sender.await?)
}

async fn serve(address: &str) -> Result<(), BoxError> {
    let room = Rc::new(Room::default());
    let welcome = {
        let room = room.clone();
        async move |reader, writer| serve_member(&room, reader, writer).await
    };
    let server = start_server(welcome, address).await?;
    println!("* the room is open at {}", server.local_addr());
    // Ctrl-C cancels the wait; the room is left in good order.
    with_cleanup(pending::<()>(), async || {
        server.close();
        room.close();
        server.wait_closed().await;
    })
    .await;
    Ok(())
}

async fn join(address: &str, name: &str) -> Result<(), BoxError> {
    let (mut reader, writer) = open_connection(address).await?;
    writer.write(format!("{name}\n").as_bytes());
    let speaking = create_task(speak(writer));
    loop {
        let line = reader.readline().await?;
        if line.is_empty() {
            break;
        }
        println!("{}", shown(&line));
    }
    // Still speaking, if it was the server that ended the conversation.
    speaking.cancel();
    Ok(())
}

/// Sends what is typed. Standard input is not put in non-blocking mode, which a terminal would
/// share with standard output; instead each read waits until there is something.
async fn speak(writer: StreamWriter) -> io::Result<()> {
    let keyboard = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let keyboard = Async::new_nonblocking(keyboard);
    let mut typed = [0; 1024];
    loop {
        keyboard.readable().await?;
        match keyboard.get_ref().read(&mut typed)? {
            0 => break writer.write_eof(),
            count => writer.write(&typed[..count]),
        }
        writer.drain().await?;
    }
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
            exit(2);
        }
    }
}
