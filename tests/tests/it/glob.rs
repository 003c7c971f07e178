//! `use asyncio::*` takes no type, trait or function of std's prelude away. (A bare `#[test]` becomes ambiguous, as for
//! every crate with an attribute of that name.)

#![allow(unused_imports, reason = "what is tested is that the glob does no harm")]

use asyncio::*;

#[asyncio::test]
fn a_plain_test_is_a_plain_test() {
    let (some, text): (Option<u8>, String) = (Some(1), String::new());
    let result: Result<Vec<u8>, Box<dyn std::error::Error>> = Ok(vec![some.unwrap()]);
    let future: std::pin::Pin<Box<dyn Future<Output = ()>>> = Box::pin(async {});
    drop((text, result, future));
    drop(std::thread::spawn(|| ()));
}

#[asyncio::test(virtual_time)]
async fn an_async_test_has_a_loop() -> Result<(), JoinError> {
    let task: Task<u8> = create_task(async { 1 });
    assert_eq!(task.await?, 1);
    Ok(())
}
