//! `chat`: what one says the others hear.

use crate::program::{Program, beside_others, ctrl_c_is_ignored};

fn room() -> (Program, String) {
    let mut server = Program::start("chat", &[], &["serve", "127.0.0.1:0"]);
    let opened = server.line();
    let address = opened.strip_prefix("* the room is open at ").expect("it says where it is");
    let address = address.to_owned();
    (server, address)
}

fn join(address: &str, name: &'static str) -> Program {
    Program::start("chat", &[], &["join", address, name])
}

#[test]
fn what_one_says_the_others_hear() {
    let _machine = beside_others();
    let (mut server, address) = room();
    let mut ada = join(&address, "ada");
    assert_eq!(ada.line(), "* hello ada, here with you: nobody yet");
    let mut bob = join(&address, "bob");
    assert_eq!(bob.line(), "* hello bob, here with you: ada");
    assert_eq!(ada.line(), "* bob is here");

    ada.say("good morning\x1b[2J");
    assert_eq!(bob.line(), "ada: good morning[2J");
    bob.say("good morning, ada");
    assert_eq!(ada.line(), "bob: good morning, ada");

    ada.end_input();
    assert_eq!(bob.line(), "* ada has left");
    assert!(ada.finish().lines.is_empty());

    assert_eq!(server.line(), "* ada is here");
    assert_eq!(server.line(), "* bob is here");
}

#[test]
fn ctrl_c_closes_the_room_in_good_order() {
    if ctrl_c_is_ignored() {
        return;
    }
    let _machine = beside_others();
    let (server, address) = room();
    let mut ada = join(&address, "ada");
    assert_eq!(ada.line(), "* hello ada, here with you: nobody yet");
    server.interrupt();
    assert_eq!(ada.line(), "* the room is closed");
    assert!(ada.finish().lines.is_empty());
}
