//! Several tasks and one source.

use crate::support::{Count, on_each_backend, poll_with, settle, tcp_pair, turn_until};
use asyncio_reactor::Async;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

#[test]
fn all_who_wait_are_woken_in_the_order_in_which_they_began() {
    struct Named(usize, Arc<Mutex<Vec<usize>>>);
    impl Wake for Named {
        fn wake(self: Arc<Self>) {
            self.1.lock().unwrap().push(self.0);
        }
    }
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waits: Vec<_> = (0..5).map(|_| ours.readable()).collect();
        for (n, wait) in waits.iter_mut().enumerate() {
            let waker = Waker::from(Arc::new(Named(n, order.clone())));
            assert!(poll_with(wait, &waker).is_pending());
        }
        drop(waits.remove(2));
        // Polling again keeps one's place.
        let waker = Waker::from(Arc::new(Named(0, order.clone())));
        assert!(poll_with(&mut waits[0], &waker).is_pending());
        peer.write_all(b"x").unwrap();
        turn_until(driver, || order.lock().unwrap().len() == 4);
        assert_eq!(*order.lock().unwrap(), [0, 1, 3, 4]);
        let (_, waker) = Count::new();
        for wait in &mut waits {
            assert!(poll_with(wait, &waker).is_ready());
        }
    });
}

#[test]
fn acceptors_share_the_connections() {
    on_each_backend(|driver| {
        let listener = Async::new(TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
        let address = listener.get_ref().local_addr().unwrap();
        let mut acceptors: Vec<_> = (0..3).map(|_| listener.read_with(|l| l.accept())).collect();
        let (woken, waker) = Count::new();
        let mut accepted = 0;
        let mut peers = Vec::new();
        for acceptor in &mut acceptors {
            assert!(poll_with(acceptor, &waker).is_pending());
        }
        while accepted < 3 {
            let seen = woken.get();
            peers.push(TcpStream::connect(address).unwrap());
            turn_until(driver, || woken.get() > seen);
            acceptors.retain_mut(|acceptor| poll_with(acceptor, &waker).is_pending());
            accepted += 1;
            assert_eq!(acceptors.len(), 3 - accepted, "one connection, one acceptor");
        }
    });
}

#[test]
fn a_poll_method_wakes_the_waker_that_it_replaces() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let ((first, wake_first), (second, wake_second)) = (Count::new(), Count::new());
        assert!(ours.poll_readable(&mut Context::from_waker(&wake_first)).is_pending());
        assert!(ours.poll_readable(&mut Context::from_waker(&wake_first)).is_pending());
        assert_eq!(first.get(), 0, "not by itself");
        assert!(ours.poll_readable(&mut Context::from_waker(&wake_second)).is_pending());
        assert_eq!((first.get(), second.get()), (1, 0), "or it would never run again");
        // Futures have places of their own.
        let (third, wake_third) = Count::new();
        let mut readable = ours.readable();
        assert!(poll_with(&mut readable, &wake_third).is_pending());
        peer.write_all(b"x").unwrap();
        turn_until(driver, || second.get() > 0 && third.get() > 0);
        assert_eq!((first.get(), second.get(), third.get()), (1, 1, 1));
    });
}

#[test]
fn reader_and_writer_do_not_disturb_each_other() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        crate::support::fill(ours.get_ref());
        let ((reader, wake_reader), (writer, wake_writer)) = (Count::new(), Count::new());
        let mut read = ours.read_with(|mut io| io.read(&mut [0; 8]));
        let mut write = ours.write_with(|mut io| io.write(b"x"));
        assert!(poll_with(&mut read, &wake_reader).is_pending());
        assert!(poll_with(&mut write, &wake_writer).is_pending());
        peer.write_all(b"y").unwrap();
        turn_until(driver, || reader.get() > 0);
        assert!(poll_with(&mut read, &wake_reader).is_ready());
        // With one-shot reports the writer may be woken to arm its interest again.
        assert!(writer.get() == 0 || poll_with(&mut write, &wake_writer).is_pending());
        let seen = writer.get();
        peer.set_nonblocking(true).unwrap();
        let mut sink = vec![0; 1 << 20];
        while writer.get() == seen {
            let _ = peer.read(&mut sink);
            driver.turn(Some(std::time::Duration::ZERO)).unwrap();
        }
        assert!(poll_with(&mut write, &wake_writer).is_ready());
    });
}

#[test]
fn a_dropped_wait_leaves_no_waker() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let (woken, waker) = Count::new();
        let mut wait = ours.readable();
        assert!(poll_with(&mut wait, &waker).is_pending());
        assert_eq!(Arc::strong_count(&woken), 3);
        drop(wait);
        assert_eq!(Arc::strong_count(&woken), 2);
        peer.write_all(b"x").unwrap();
        settle(driver);
        assert_eq!(woken.get(), 0);
    });
}

#[test]
fn dropping_an_operation_at_any_poll_loses_no_byte() {
    on_each_backend(|driver| {
        for polls in 0..3 {
            let (ours, mut peer) = tcp_pair();
            let ours = Async::new(ours).unwrap();
            let (woken, waker) = Count::new();
            let mut buf = [0; 1];
            let mut read = ours.read_with(|mut io| io.read(&mut buf));
            let mut got = 0;
            for n in 0..polls {
                if let std::task::Poll::Ready(read) = poll_with(&mut read, &waker) {
                    got += read.unwrap();
                    break;
                }
                if n == 0 {
                    peer.write_all(b"ab").unwrap();
                    turn_until(driver, || woken.get() > 0);
                }
            }
            drop(read);
            if polls == 0 {
                peer.write_all(b"ab").unwrap();
            }
            while got < 2 {
                got += crate::support::run(driver, ours.read_with(|mut io| io.read(&mut [0; 8])))
                    .unwrap();
            }
        }
    });
}
