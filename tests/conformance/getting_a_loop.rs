//! Getting hold of a loop.

use crate::notes::*;
use asyncio::{
    EventLoop, create_task, get_running_loop, reactor::Backend, sleep, to_thread,
    try_get_running_loop,
};
use std::rc::Rc;
use std::time::Duration;

#[test]
fn ll2_1_inside_it_is_the_loop_that_runs() {
    let mut event_loop = virtual_loop();
    let own = event_loop.loop_ref();
    event_loop
        .run_until_complete(async move {
            assert_eq!(get_running_loop(), own);
            let seen = Rc::new(std::cell::Cell::new(false));
            let (own, says) = (own.clone(), seen.clone());
            get_running_loop().call_soon(move || says.set(get_running_loop() == own));
            sleep(Duration::ZERO).await;
            assert!(seen.get());
        })
        .unwrap();
}

#[test]
fn ll2_2_outside_it_panics_whatever_runs_in_other_threads() {
    let text = panics_with(get_running_loop);
    assert!(text.contains("no running event loop"), "{text}");
    asyncio::run_virtual(async {
        let elsewhere = std::thread::spawn(|| try_get_running_loop().is_none());
        assert!(elsewhere.join().unwrap());
    });
}

#[test]
fn ll2_3_a_call_in_a_thread_of_the_pool_has_no_loop() {
    asyncio::run_virtual(async {
        let text = to_thread(|| panics_with(get_running_loop)).await.unwrap();
        assert!(text.contains("no running event loop"), "{text}");
    });
}

#[test]
fn ll2_5_a_run_refused_inside_a_run_changes_nothing() {
    asyncio::run_virtual(async {
        let own = get_running_loop();
        panics_with(|| virtual_loop().run_until_complete(async {}));
        panics_with(|| asyncio::run(async {}));
        assert_eq!(get_running_loop(), own);
    });
}

#[test]
fn ll2_6_the_variant_that_does_not_panic() {
    assert!(try_get_running_loop().is_none());
    asyncio::run_virtual(async { assert_eq!(try_get_running_loop(), Some(get_running_loop())) });
}

#[test]
fn diff_ll3_1_inside_a_loop_there_is_one_function() {
    asyncio::run_virtual(async { assert!(get_running_loop().is_running()) });
}

#[test]
fn diff_ll3_3_outside_any_loop_there_is_none() {
    assert!(try_get_running_loop().is_none());
    let event_loop = virtual_loop();
    assert!(try_get_running_loop().is_none());
    drop(event_loop);
}

#[test]
fn ll5_1_a_new_loop_is_open_stopped_and_not_current() {
    let event_loop = EventLoop::new().unwrap();
    assert!(!event_loop.is_closed() && !event_loop.loop_ref().is_running());
    assert!(try_get_running_loop().is_none());
}

#[test]
fn diff_ll5_2_the_backend_can_be_chosen() {
    for backend in [Backend::from_env(), Backend::Polling, Backend::PollingOneShot] {
        let mut event_loop = EventLoop::builder().backend(backend).build().unwrap();
        event_loop.run_until_complete(sleep(Duration::from_micros(1))).unwrap();
    }
}

#[test]
fn ll5_3_closing_a_loop_gives_its_descriptors_back() {
    if is_alone() {
        let count = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        drop(EventLoop::new().unwrap());
        let before = count();
        let mut event_loop = EventLoop::new().unwrap();
        event_loop.run_until_complete(sleep(Duration::from_micros(1))).unwrap();
        assert!(count() > before);
        event_loop.close();
        assert_eq!(count(), before);
        return;
    }
    alone("getting_a_loop::ll5_3_closing_a_loop_gives_its_descriptors_back", &[]);
}

#[test]
fn ll6_2_event_loop_is_the_name_of_the_best_loop() {
    let mut event_loop = EventLoop::new().unwrap();
    assert_eq!(event_loop.run_until_complete(async { 1 }).unwrap(), 1);
}

#[test]
fn ll6_4_a_loop_is_written_with_its_state() {
    let mut event_loop = EventLoop::builder().virtual_time(true).debug(true).build().unwrap();
    let text = format!("{:?}", event_loop.loop_ref());
    assert_eq!(text, "LoopRef { running: false, closed: false, debug: true }");
    let inside = event_loop.run_until_complete(async { format!("{:?}", get_running_loop()) });
    assert!(inside.unwrap().contains("running: true"));
    event_loop.close();
    assert!(format!("{:?}", event_loop.loop_ref()).contains("closed: true"));
}

#[test]
fn diff_ll6_1_a_loop_makes_its_own_driver() {
    let mut event_loop = EventLoop::builder().backend(Backend::Polling).build().unwrap();
    event_loop.run_until_complete(async { create_task(async {}).await.unwrap() }).unwrap();
}
