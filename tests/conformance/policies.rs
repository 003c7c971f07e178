//! Policies and loops of one's own.

use asyncio::{EventLoop, Runner, get_running_loop, reactor::Backend};

#[test]
fn diff_ll139_8_a_builder_says_what_loop_is_made() {
    let mut runner = Runner::builder().backend(Backend::Polling).debug(true).build().unwrap();
    assert!(runner.run(async { get_running_loop().debug() }).unwrap());
}

#[test]
fn diff_ll140_4_the_clock_of_a_loop_can_be_another_one() {
    let mut event_loop = EventLoop::builder().virtual_time(true).build().unwrap();
    let day = std::time::Duration::from_secs(86_400);
    let slept = event_loop.run_until_complete(async {
        let began = get_running_loop().time();
        asyncio::sleep(day).await;
        get_running_loop().time() - began
    });
    assert_eq!(slept.unwrap(), day);
}
