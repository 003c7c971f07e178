use crate::occupy;
use asyncio_blocking::{
    Builder, ThreadPoolExecutor, default_executor, run_in_executor, set_default_executor, to_thread,
};
use futures_lite::future::block_on;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// Tells of every thread that ends.
fn observed(ended: mpsc::Sender<()>) -> Builder {
    ThreadPoolExecutor::builder().spawn_handler(move |builder, main| {
        let ended = ended.clone();
        builder.spawn(move || {
            main();
            let _ = ended.send(());
        })?;
        Ok(())
    })
}

/// Lets `n` threads be started, then refuses.
fn limited(n: usize) -> Builder {
    let left = AtomicUsize::new(n);
    ThreadPoolExecutor::builder().spawn_handler(move |builder, main| {
        let take = |left: usize| left.checked_sub(1);
        match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(_) => builder.spawn(main).map(drop),
            Err(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    })
}

#[test]
fn ll42_2_they_are_named() {
    let pool = ThreadPoolExecutor::builder().thread_name_prefix("io").build().unwrap();
    let name = || thread::current().name().unwrap().to_owned();
    let first = run_in_executor(&pool, name);
    assert_eq!(block_on(first).unwrap(), "io_0");
    let pool = ThreadPoolExecutor::builder().thread_name_prefix("io").build().unwrap();
    let busy = occupy(&pool);
    assert_eq!(block_on(run_in_executor(&pool, name)).unwrap(), "io_1");
    drop(busy);
}

#[test]
fn ll43_2_the_default_is_made_on_first_use_and_can_be_replaced() {
    let name = || thread::current().name().unwrap().to_owned();
    assert!(block_on(to_thread(name)).unwrap().starts_with("asyncio_"));
    let before = default_executor();
    // Of the same kind, since other tests share the process.
    let own = ThreadPoolExecutor::builder().build().unwrap();
    let replaced = set_default_executor(own.clone()).unwrap();
    assert!(!replaced.is_shut_down());
    assert_eq!(own.workers(), 0);
    block_on(to_thread(name)).unwrap();
    assert!(own.workers() > 0);
    set_default_executor(before);
}

#[test]
fn ll44_1_the_default_size() {
    let cpus = thread::available_parallelism().unwrap().get();
    let pool = ThreadPoolExecutor::builder().build().unwrap();
    assert_eq!(pool.max_workers(), (cpus + 4).min(32));
}

#[test]
fn ll44_2_no_workers_and_no_room_are_refused() {
    let kind = |b: Builder| b.build().unwrap_err().kind();
    assert_eq!(kind(Builder::default().max_workers(0)), io::ErrorKind::InvalidInput);
    assert_eq!(kind(Builder::default().queue_capacity(0)), io::ErrorKind::InvalidInput);
    assert_eq!(kind(Builder::default().thread_name_prefix("a\0")), io::ErrorKind::InvalidInput);
    assert!(std::panic::catch_unwind(|| ThreadPoolExecutor::new(0)).is_err());
}

#[test]
fn ll44_3_they_start_on_demand_and_an_idle_one_is_used_again() {
    let pool = ThreadPoolExecutor::new(4);
    assert_eq!(pool.workers(), 0);
    for _ in 0..100 {
        block_on(run_in_executor(&pool, || ())).unwrap();
        // It delivers the result before it is free again.
        while pool.idle_workers() == 0 {
            thread::yield_now();
        }
    }
    assert_eq!(pool.workers(), 1);
}

#[test]
fn they_grow_to_the_limit_and_no_further() {
    let pool = ThreadPoolExecutor::new(3);
    let busy: Vec<_> = (0..3).map(|_| occupy(&pool)).collect();
    let queued = run_in_executor(&pool, || ());
    assert_eq!((pool.workers(), pool.queued()), (3, 1));
    drop(busy);
    block_on(queued).unwrap();
}

#[test]
fn they_grow_while_the_submitter_is_silent() {
    // The second and third are handed in before the first blocks.
    let pool = ThreadPoolExecutor::new(3);
    let barrier = Arc::new(std::sync::Barrier::new(3));
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let barrier = barrier.clone();
            run_in_executor(&pool, move || {
                barrier.wait();
            })
        })
        .collect();
    for call in calls {
        block_on(call).unwrap();
    }
}

#[test]
fn they_grow_behind_a_queue_that_came_to_a_halt() {
    // Tiny functions keep the pool small; then some of them wait for each other.
    let pool = ThreadPoolExecutor::new(4);
    let barrier = Arc::new(std::sync::Barrier::new(4));
    let calls: Vec<_> = (0..20_000)
        .map(|n| {
            let barrier = barrier.clone();
            run_in_executor(&pool, move || {
                if (10_000..10_004).contains(&n) {
                    barrier.wait();
                }
            })
        })
        .collect();
    for call in calls {
        block_on(call).unwrap();
    }
    assert_eq!(pool.workers(), 4);
}

#[test]
fn idle_ones_end() {
    let (ended, ends) = mpsc::channel();
    let pool = observed(ended).max_workers(3).keep_alive(Duration::from_millis(1)).build().unwrap();
    let busy: Vec<_> = (0..3).map(|_| occupy(&pool)).collect();
    drop(busy);
    for _ in 0..3 {
        ends.recv().unwrap();
    }
    assert_eq!(pool.workers(), 0);
    block_on(run_in_executor(&pool, || ())).unwrap();
}

#[test]
fn work_that_meets_an_ending_thread_is_done() {
    let pool = ThreadPoolExecutor::builder()
        .max_workers(2)
        .keep_alive(Duration::from_nanos(1))
        .build()
        .unwrap();
    for n in 0..5_000 {
        assert_eq!(block_on(run_in_executor(&pool, move || n)).unwrap(), n);
    }
}

#[test]
fn without_any_thread_the_caller_gets_the_error() {
    let pool = limited(0).build().unwrap();
    let error = block_on(run_in_executor(&pool, || ())).unwrap_err();
    assert_eq!(error.spawn_error().unwrap().kind(), io::ErrorKind::WouldBlock);
    let error = block_on(async { pool.submit(|| ()).await.await }).unwrap_err();
    assert!(error.spawn_error().is_some());
    assert_eq!((pool.workers(), pool.queued()), (0, 0));
}

#[test]
fn the_operating_systems_own_refusal_comes_through() {
    let pool = ThreadPoolExecutor::builder().stack_size(1 << 60).build().unwrap();
    let error = block_on(run_in_executor(&pool, || ())).unwrap_err();
    assert!(error.spawn_error().is_some(), "{error}");
}

#[test]
fn without_another_thread_those_that_exist_do_the_work() {
    let pool = limited(1).max_workers(4).build().unwrap();
    let busy = occupy(&pool);
    let calls: Vec<_> = (0..10).map(|n| run_in_executor(&pool, move || n)).collect();
    assert_eq!(pool.workers(), 1);
    drop(busy);
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(block_on(call).unwrap(), n);
    }
}

#[test]
fn a_pool_recovers_when_threads_can_be_had_again() {
    let refuse = Arc::new(AtomicUsize::new(1));
    let pool = ThreadPoolExecutor::builder()
        .spawn_handler({
            let refuse = refuse.clone();
            move |builder, main| match refuse.load(Ordering::SeqCst) {
                0 => builder.spawn(main).map(drop),
                _ => Err(io::ErrorKind::OutOfMemory.into()),
            }
        })
        .build()
        .unwrap();
    assert!(block_on(run_in_executor(&pool, || ())).is_err());
    refuse.store(0, Ordering::SeqCst);
    block_on(run_in_executor(&pool, || ())).unwrap();
}
