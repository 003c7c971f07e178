//! `StreamWriter` and both together, over sockets whose peer a test reads or lets fill up.

use crate::support::{Reports, run};
use asyncio_executor::create_task;
use asyncio_net::{StreamReader, StreamWriter, TcpListener, TcpStream, UnixStream};
use futures_lite::future::{poll_once, yield_now, zip};
use futures_lite::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use std::io::ErrorKind;
use std::rc::Rc;

/// More than the buffers of the sockets below take.
const FLOOD: usize = 4 << 20;

async fn tcp() -> (StreamReader, StreamWriter, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (ours, theirs) = zip(TcpStream::connect(addr), listener.accept()).await;
    let (ours, theirs) = (ours.unwrap(), theirs.unwrap().0);
    socket2::SockRef::from(&ours).set_send_buffer_size(64 * 1024).unwrap();
    socket2::SockRef::from(&theirs).set_recv_buffer_size(64 * 1024).unwrap();
    let (reader, writer) = ours.into_streams();
    (reader, writer, theirs)
}

/// A writer with more queued than its peer's buffers take.
async fn full() -> (StreamReader, StreamWriter, TcpStream) {
    let (reader, writer, peer) = tcp().await;
    writer.write(&vec![7; FLOOD]);
    assert!(writer.write_buffer_size() > 64 * 1024);
    (reader, writer, peer)
}

async fn read_all(peer: impl AsyncRead + Send + Unpin + 'static) -> Vec<u8> {
    StreamReader::new(peer).read_to_end().await.unwrap()
}

#[test]
fn swr_1_what_fits_is_sent_at_once() {
    run(async {
        let (_reader, writer, mut peer) = tcp().await;
        writer.write(b"hello");
        writer.write(b"");
        assert_eq!(writer.write_buffer_size(), 0);
        let mut buf = [0; 8];
        assert_eq!(peer.read(&mut buf).await.unwrap(), 5);
    });
}

#[test]
fn swr_1_what_does_not_fit_leaves_without_anybody_waiting() {
    run(async {
        let (_reader, writer, peer) = full().await;
        writer.write_eof();
        // Nobody drains: the peer's reading makes room, and the queue follows.
        assert_eq!(read_all(peer).await.len(), FLOOD);
        assert_eq!(writer.write_buffer_size(), 0);
    });
}

#[test]
fn swr_2_everything_is_sent_in_the_order_of_the_calls() {
    run(async {
        let (_reader, mut writer, peer) = tcp().await;
        let numbers: Vec<u8> = (0..FLOOD as u32 / 4).flat_map(u32::to_be_bytes).collect();
        let received = create_task(read_all(peer));
        let (first, rest) = numbers.split_at(FLOOD / 2);
        writer.write(first);
        for pieces in rest[..FLOOD / 4].chunks(30_000) {
            writer.writelines(pieces.chunks(1_000));
            // Without a wait now and then all of this would be one batch.
            yield_now().await;
        }
        writer.write_all(&rest[FLOOD / 4..]).await.unwrap();
        writer.close();
        assert!(received.await.unwrap() == numbers);
    });
}

#[test]
fn swr_3_drn_1_3_back_pressure_begins_at_high_and_ends_at_low() {
    run(async {
        let (_reader, writer, mut peer) = full().await;
        assert_eq!(writer.write_buffer_limits(), (16 * 1024, 64 * 1024));
        let writer = Rc::new(writer);
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let writer = writer.clone();
                create_task(async move {
                    writer.drain().await.unwrap();
                    writer.write_buffer_size()
                })
            })
            .collect();
        yield_now().await;
        assert!(!waiting.iter().any(|task| task.done()));
        let mut buf = vec![0; FLOOD];
        peer.read_exact(&mut buf).await.unwrap();
        for task in waiting {
            assert!(task.await.unwrap() <= 16 * 1024);
        }
    });
}

#[test]
fn swr_3_between_the_marks_who_waits_goes_on_waiting() {
    run(async {
        let (_reader, writer, mut peer) = full().await;
        let writer = Rc::new(writer);
        let high = FLOOD / 2;
        writer.set_write_buffer_limits(high, 0);
        let w = writer.clone();
        let waiting = create_task(async move { w.drain().await });
        yield_now().await;
        let mut buf = vec![0; FLOOD];
        let mut read = 0;
        while writer.write_buffer_size() > high {
            read += peer.read(&mut buf[read..]).await.unwrap();
            yield_now().await;
        }
        yield_now().await;
        assert!(writer.write_buffer_size() > 0 && !waiting.done());
        peer.read_exact(&mut buf[read..]).await.unwrap();
        waiting.await.unwrap().unwrap();
    });
}

#[test]
fn drn_2_below_the_mark_drain_does_not_wait() {
    run(async {
        let (_reader, writer, _peer) = tcp().await;
        writer.write(b"x");
        assert!(poll_once(writer.drain()).await.unwrap().is_ok());
    });
}

#[test]
fn drn_8_a_cancelled_waiter_leaves_the_others() {
    run(async {
        let (_reader, writer, peer) = full().await;
        let writer = Rc::new(writer);
        let (a, b) = (writer.clone(), writer.clone());
        let first = create_task(async move { a.drain().await });
        let second = create_task(async move { b.drain().await });
        yield_now().await;
        first.cancel();
        let reading = create_task(read_all(peer));
        assert!(first.await.unwrap_err().is_cancelled());
        second.await.unwrap().unwrap();
        writer.close();
        assert_eq!(reading.await.unwrap().len(), FLOOD);
    });
}

#[test]
fn write_buffer_limits_take_effect_at_once() {
    run(async {
        let (_reader, writer, _peer) = full().await;
        assert!(poll_once(writer.drain()).await.is_none());
        writer.set_write_buffer_limits(FLOOD, FLOOD);
        assert!(poll_once(writer.drain()).await.unwrap().is_ok());
        writer.set_write_buffer_limits(0, 0);
        assert!(poll_once(writer.drain()).await.is_none());
    });
}

#[test]
fn swr_4_write_eof_ends_the_sending_side_only() {
    run(async {
        let (mut reader, writer, mut peer) = tcp().await;
        writer.write(b"question");
        writer.write_eof();
        writer.write_eof();
        let mut buf = Vec::new();
        peer.read_to_end(&mut buf).await.unwrap();
        assert_eq!(buf, b"question");
        peer.write_all(b"answer").await.unwrap();
        drop(peer);
        assert_eq!(reader.read_to_end().await.unwrap(), b"answer");
        assert!(writer.can_write_eof());
    });
}

#[test]
#[should_panic(expected = "write after write_eof")]
fn swr_4_write_after_write_eof_panics() {
    run(async {
        let (_reader, writer, _peer) = tcp().await;
        writer.write_eof();
        writer.write(b"more");
    });
}

#[test]
fn swr_6_7_9_close_flushes_in_the_background_and_ends_the_reader() {
    run(async {
        let (mut reader, writer, mut peer) = full().await;
        peer.write_all(b"unread").await.unwrap();
        let reading = create_task(async move { (reader.read_to_end().await, reader.at_eof()) });
        writer.close();
        writer.close();
        assert!(writer.is_closing());
        let received = create_task(read_all(peer));
        writer.wait_closed().await.unwrap();
        writer.wait_closed().await.unwrap();
        assert_eq!(received.await.unwrap().len(), FLOOD);
        let (rest, at_eof) = reading.await.unwrap();
        assert!(rest.is_ok() && at_eof);
    });
}

#[test]
fn swr_6_a_closed_writer_flushes_after_it_is_dropped() {
    run(async {
        let (reader, writer, peer) = full().await;
        writer.close();
        drop((reader, writer));
        assert_eq!(read_all(peer).await.len(), FLOOD);
    });
}

#[test]
fn srd_13_the_end_wakes_a_reader_that_waits() {
    run(async {
        let (mut reader, writer, _peer) = tcp().await;
        let reading = create_task(async move { reader.readline().await });
        yield_now().await;
        writer.close();
        assert_eq!(reading.await.unwrap().unwrap(), b"");
    });
}

#[test]
fn swr_10_drn_4_6_after_close_writing_is_ignored_and_drain_tells() {
    run(async {
        let (_reader, mut writer, peer) = tcp().await;
        writer.close();
        writer.write(b"dropped");
        let mut drain = writer.drain();
        assert!(poll_once(&mut drain).await.is_none(), "one turn is given first");
        assert_eq!(drain.await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert!(writer.write_all(b"x").await.is_err());
        assert_eq!(read_all(peer).await, b"");
    });
}

#[test]
fn drn_6_write_and_drain_against_a_peer_that_has_gone_ends() {
    run(async {
        let (_reader, writer, peer) = tcp().await;
        peer.set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(peer);
        let error = loop {
            writer.write(&[0; 1024]);
            if let Err(error) = writer.drain().await {
                break error;
            }
            yield_now().await;
        };
        assert!(
            matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
            "{error}"
        );
        // SWR-8
        assert_eq!(writer.wait_closed().await.unwrap_err().kind(), error.kind());
    });
}

#[test]
fn drn_7_a_lost_connection_wakes_who_waits() {
    run(async {
        let (_reader, writer, peer) = full().await;
        let writer = Rc::new(writer);
        let w = writer.clone();
        let waiting = create_task(async move { w.drain().await });
        yield_now().await;
        peer.set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(peer);
        assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(writer.write_buffer_size(), 0);
    });
}

#[test]
fn swr_11_a_writer_dropped_with_unsent_bytes_is_reported_and_resets() {
    run(async {
        let reports = Reports::here();
        let (reader, writer, mut peer) = full().await;
        drop((reader, writer));
        let mut all = Vec::new();
        let error = peer.read_to_end(&mut all).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert!(all.len() < FLOOD);
        let reports = reports.take();
        assert!(reports.len() == 1 && reports[0].contains("unsent"), "{reports:?}");
    });
}

#[test]
fn a_writer_dropped_with_nothing_unsent_ends_the_sending_side() {
    run(async {
        let reports = Reports::here();
        let (mut reader, writer, mut peer) = tcp().await;
        writer.write(b"all");
        drop(writer);
        let mut all = Vec::new();
        peer.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"all");
        peer.write_all(b"still").await.unwrap();
        drop(peer);
        assert_eq!(reader.read_to_end().await.unwrap(), b"still");
        assert!(reports.take().is_empty());
    });
}

#[test]
fn write_all_waits_until_the_kernel_has_everything() {
    run(async {
        let (_reader, mut writer, peer) = tcp().await;
        let received = create_task(read_all(peer));
        writer.write_all(&vec![3; FLOOD]).await.unwrap();
        assert_eq!(writer.write_buffer_size(), 0);
        drop(writer);
        drop(_reader);
        assert_eq!(received.await.unwrap().len(), FLOOD);
    });
}

#[test]
fn opc_14_drn_5_a_reset_is_the_readers_error_and_the_writers() {
    run(async {
        let reports = Reports::here();
        let (mut reader, writer, peer) = tcp().await;
        peer.set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(peer);
        let error = reader.readexactly(1).await.unwrap_err();
        assert_eq!(std::io::Error::from(error).kind(), ErrorKind::ConnectionReset);
        assert_eq!(writer.drain().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        drop((reader, writer));
        assert!(reports.take().is_empty());
    });
}

#[test]
fn abort_drops_what_is_queued_and_resets() {
    run(async {
        let (mut reader, writer, mut peer) = full().await;
        writer.abort();
        assert_eq!(writer.write_buffer_size(), 0);
        writer.wait_closed().await.unwrap();
        assert_eq!(reader.read_to_end().await.unwrap(), b"");
        let mut all = Vec::new();
        assert!(peer.read_to_end(&mut all).await.is_err());
    });
}

#[test]
fn swr_12_addresses_are_known() {
    run(async {
        let (reader, writer, peer) = tcp().await;
        assert_eq!(writer.peer_addr().unwrap(), peer.local_addr().unwrap());
        assert_eq!(writer.local_addr().unwrap(), peer.peer_addr().unwrap());
        assert!(reader.tcp().is_some() && writer.unix().is_none());
        let (_, unix) = UnixStream::pair().unwrap().0.into_streams();
        assert_eq!(unix.peer_addr().unwrap_err().kind(), ErrorKind::Unsupported);
    });
}

#[test]
fn a_writer_on_any_sink_flushes_and_closes_it() {
    run(async {
        // A writer that collects, so that nothing leaves it without a flush.
        let (a, mut b) = UnixStream::pair().unwrap();
        let mut writer = StreamWriter::new(futures_lite::io::BufWriter::new(a));
        writer.write(b"one ");
        let mut buf = [0; 64];
        assert_eq!(b.read(&mut buf).await.unwrap(), 4);
        writer.write_all(b"two ").await.unwrap();
        assert_eq!(b.read(&mut buf).await.unwrap(), 4);
        writer.write(b"three");
        writer.close();
        writer.wait_closed().await.unwrap();
        assert_eq!(read_all(b).await, b"three");
    });
}
