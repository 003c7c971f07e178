//! Servers.

use crate::support::{Reports, run, run_virtual};
use asyncio_executor::{Task, all_tasks, create_task};
use asyncio_net::{StreamReader, StreamWriter, open_connection, start_server};
use asyncio_reactor::sleep;
use asyncio_task::timeout;
use futures_lite::future::{poll_once, yield_now};
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

const LOCAL: &str = "127.0.0.1:0";

async fn echo(mut reader: StreamReader, mut writer: StreamWriter) {
    let mut buf = [0; 4096];
    while let Ok(len @ 1..) = reader.read(&mut buf).await {
        if writer.write_all(&buf[..len]).await.is_err() {
            return;
        }
    }
}

async fn ask(addr: SocketAddr, line: &[u8]) -> io::Result<Vec<u8>> {
    let (mut reader, writer) = open_connection(addr).await?;
    writer.write(line);
    Ok(reader.readline().await?)
}

#[test]
fn sts_1_2_each_connection_has_its_own_pair_and_task() {
    run(async {
        let tasks = Rc::new(RefCell::new(Vec::new()));
        let seen = tasks.clone();
        let server = start_server(
            async move |reader: StreamReader, writer: StreamWriter| {
                seen.borrow_mut().push(asyncio_context::current_task().id());
                echo(reader, writer).await;
            },
            LOCAL,
        )
        .await
        .unwrap();
        let addr = server.local_addr();
        let (mut ra, wa) = open_connection(addr).await.unwrap();
        let (mut rb, wb) = open_connection(addr).await.unwrap();
        wb.write(b"b\n");
        assert_eq!(rb.readline().await.unwrap(), b"b\n");
        wa.write(b"a\n");
        assert_eq!(ra.readline().await.unwrap(), b"a\n");
        let tasks = tasks.borrow();
        assert!(tasks.len() == 2 && tasks[0] != tasks[1]);
        assert_eq!(server.connections(), 2);
    });
}

#[test]
fn str_p7_a_std_client_that_closes_half_gets_everything_back() {
    let got = run(async {
        let srv = start_server(
            async |mut r: StreamReader, mut w: StreamWriter| {
                let mut b = [0; 4096];
                loop {
                    match r.read(&mut b).await {
                        Ok(0) | Err(_) => return,
                        Ok(n) => {
                            if w.write_all(&b[..n]).await.is_err() {
                                return;
                            }
                        }
                    }
                }
            },
            LOCAL,
        )
        .await
        .unwrap();
        let addr = srv.local_addr();
        drop(create_task(async move { srv.serve_forever().await }));
        asyncio_blocking::to_thread(move || {
            use std::io::{Read, Write};
            let mut stream = std::net::TcpStream::connect(addr).unwrap();
            stream.write_all(b"hi").unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).unwrap();
            all
        })
        .await
        .unwrap()
    });
    assert_eq!(got, b"hi");
}

#[test]
fn sts_4_a_failing_handler_is_reported_with_its_peer_and_closes() {
    run(async {
        let reports = Reports::here();
        let server = start_server(
            async |mut reader: StreamReader, _: StreamWriter| -> io::Result<()> {
                if reader.readline().await? == b"panic\n" {
                    panic!("on demand");
                }
                Err(io::Error::other("as asked"))
            },
            LOCAL,
        )
        .await
        .unwrap();
        for (line, text) in [(&b"panic\n"[..], "on demand"), (b"fail\n", "as asked")] {
            let (mut reader, writer) = open_connection(server.local_addr()).await.unwrap();
            writer.write(line);
            assert_eq!(reader.read_to_end().await.unwrap(), b"");
            let reports = reports.take();
            let peer = writer.local_addr().unwrap().to_string();
            assert_eq!(reports.len(), 1);
            assert!(reports[0].contains(text) && reports[0].contains(&peer), "{reports:?}");
            assert!(reports[0].contains(file!()), "{reports:?}");
        }
        // The server goes on.
        assert!(server.is_serving());
    });
}

#[test]
fn sts_4_a_failing_handler_closes_streams_that_live_elsewhere() {
    run(async {
        let _reports = Reports::here();
        let kept = Rc::new(RefCell::new(Vec::new()));
        let keep = kept.clone();
        let server = start_server(
            async move |reader: StreamReader, writer: StreamWriter| {
                keep.borrow_mut().push((reader, writer));
                Err::<(), _>("no")
            },
            LOCAL,
        )
        .await
        .unwrap();
        let (mut reader, _writer) = open_connection(server.local_addr()).await.unwrap();
        assert_eq!(reader.read_to_end().await.unwrap(), b"");
        assert!(kept.borrow()[0].1.is_closing());
    });
}

#[test]
fn sts_5_a_cancelled_handler_is_not_reported_and_closes() {
    run(async {
        let reports = Reports::here();
        let server = start_server(
            async |_reader: StreamReader, _writer: StreamWriter| {
                asyncio_context::current_task().cancel();
                std::future::pending::<()>().await;
            },
            LOCAL,
        )
        .await
        .unwrap();
        let (mut reader, _writer) = open_connection(server.local_addr()).await.unwrap();
        assert_eq!(reader.read_to_end().await.unwrap(), b"");
        assert!(reports.take().is_empty());
    });
}

#[test]
fn sts_6_a_handler_that_returns_leaves_its_streams_to_their_owner() {
    run(async {
        let kept = Rc::new(RefCell::new(Vec::new()));
        let keep = kept.clone();
        let server = start_server(
            async move |reader: StreamReader, writer: StreamWriter| {
                keep.borrow_mut().push((reader, writer));
            },
            LOCAL,
        )
        .await
        .unwrap();
        let (mut reader, _writer) = open_connection(server.local_addr()).await.unwrap();
        while kept.borrow().is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
        kept.borrow()[0].1.write(b"still here\n");
        assert_eq!(reader.readline().await.unwrap(), b"still here\n");
    });
}

#[test]
fn sts_9_an_empty_host_is_every_interface() {
    run(async {
        let server = start_server(echo, ":0").await.unwrap();
        let addrs = server.local_addrs();
        assert!(addrs.iter().all(|addr| addr.ip().is_unspecified() && addr.port() != 0));
        let v4 = addrs.iter().find(|addr| addr.is_ipv4()).unwrap();
        assert_eq!(ask(([127, 0, 0, 1], v4.port()).into(), b"x\n").await.unwrap(), b"x\n");
    });
}

#[test]
fn sts_9_each_distinct_address_is_bound_once() {
    run(async {
        let addr = crate::addrs::refusing();
        let server = start_server(echo, vec![addr, addr]).await.unwrap();
        assert_eq!(server.local_addrs(), [addr]);
    });
}

#[test]
fn sts_10_ll54_8_what_this_machine_does_not_have_is_left_out() {
    run(async {
        let absent = SocketAddr::from(([192, 0, 2, 1], 0));
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = start_server(echo, vec![absent, here]).await.unwrap();
        assert_eq!(server.local_addrs().len(), 1);
        let error = start_server(echo, absent).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
        assert!(error.to_string().contains("192.0.2.1"), "{error}");
    });
}

#[test]
fn sts_12_srv_7_it_accepts_when_it_is_told() {
    run(async {
        let server = start_server(echo, LOCAL).start_serving(false).await.unwrap();
        assert!(!server.is_serving());
        let addr = server.local_addr();
        assert_eq!(open_connection(addr).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        server.start_serving().unwrap();
        server.start_serving().unwrap();
        assert!(server.is_serving());
        assert_eq!(ask(addr, b"x\n").await.unwrap(), b"x\n");
    });
}

#[test]
fn sts_3_a_bound_listener_may_be_given() {
    run(async {
        let listener = std::net::TcpListener::bind(LOCAL).unwrap();
        let addr = listener.local_addr().unwrap();
        let server = start_server(echo, LOCAL).on(listener).await.unwrap();
        assert_eq!(server.local_addr(), addr);
        assert_eq!(ask(addr, b"x\n").await.unwrap(), b"x\n");
    });
}

#[test]
fn accepted_connections_send_small_packets_at_once() {
    run(async {
        let nodelay = Rc::new(Cell::new(false));
        let seen = nodelay.clone();
        let server = start_server(
            async move |_: StreamReader, writer: StreamWriter| {
                seen.set(writer.tcp().unwrap().nodelay().unwrap());
            },
            LOCAL,
        )
        .await
        .unwrap();
        assert_eq!(ask(server.local_addr(), b"").await.unwrap(), b"");
        assert!(nodelay.get());
    });
}

#[test]
fn acceptors_are_no_tasks_that_others_see() {
    run(async {
        let server = start_server(echo, LOCAL).await.unwrap();
        yield_now().await;
        for task in all_tasks() {
            if task.id() != asyncio_context::current_task().id() {
                task.cancel();
            }
        }
        assert_eq!(ask(server.local_addr(), b"x\n").await.unwrap(), b"x\n");
    });
}

#[test]
fn srv_1_2_close_stops_accepting_and_leaves_connections_open() {
    run(async {
        let server = start_server(echo, LOCAL).await.unwrap();
        let addr = server.local_addr();
        let (mut reader, writer) = open_connection(addr).await.unwrap();
        writer.write(b"before\n");
        reader.readline().await.unwrap();
        server.close();
        server.close();
        assert!(!server.is_serving() && server.local_addrs().is_empty());
        assert_eq!(open_connection(addr).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        writer.write(b"after\n");
        assert_eq!(reader.readline().await.unwrap(), b"after\n");
        assert_eq!(server.start_serving().unwrap_err().kind(), ErrorKind::NotConnected);
        assert_eq!(server.local_addr(), addr);
    });
}

#[test]
fn srv_3_cancelled_serve_forever_closes_everything_and_waits_for_it() {
    run(async {
        // A handler that leaves its streams where nobody lets go of them.
        let kept = Rc::new(RefCell::new(Vec::new()));
        let keep = kept.clone();
        let server = start_server(
            async move |reader: StreamReader, writer: StreamWriter| {
                writer.write(&vec![1; 4 << 20]);
                keep.borrow_mut().push((reader, writer));
            },
            LOCAL,
        )
        .await
        .unwrap();
        let server = Rc::new(server);
        let (mut reader, _writer) = open_connection(server.local_addr()).await.unwrap();
        reader.readexactly(1).await.unwrap();
        let s = server.clone();
        let serving = create_task(async move { s.serve_forever().await });
        yield_now().await;
        serving.cancel();
        yield_now().await;
        yield_now().await;
        assert!(!server.is_serving());
        assert!(!serving.done(), "the rest is not flushed");
        assert_eq!(reader.read_to_end().await.unwrap().len(), (4 << 20) - 1);
        assert!(serving.await.unwrap_err().is_cancelled());
        assert_eq!(server.connections(), 0);
        assert_eq!(kept.borrow().len(), 1);
    });
}

#[test]
fn srv_3_serve_forever_dropped_closes() {
    run(async {
        let server = start_server(echo, LOCAL).await.unwrap();
        assert!(poll_once(std::pin::pin!(server.serve_forever())).await.is_none());
        assert!(!server.is_serving());
    });
}

#[test]
fn srv_4_close_ends_serve_forever() {
    run(async {
        let server = Rc::new(start_server(echo, LOCAL).await.unwrap());
        let s = server.clone();
        let serving = create_task(async move { s.serve_forever().await });
        yield_now().await;
        server.close();
        serving.await.unwrap().unwrap();
    });
}

#[test]
fn srv_5_6_serve_forever_on_a_closed_server_and_twice() {
    run(async {
        let server = Rc::new(start_server(echo, LOCAL).await.unwrap());
        let s = server.clone();
        let serving = create_task(async move { s.serve_forever().await });
        yield_now().await;
        let error = server.serve_forever().await.unwrap_err();
        assert!(error.to_string().contains("already being awaited"));
        assert!(server.is_serving());
        server.close();
        serving.await.unwrap().unwrap();
        assert!(server.serve_forever().await.unwrap_err().to_string().contains("is closed"));
    });
}

#[test]
fn srv_8_9_10_wait_closed_wants_both() {
    run_virtual(async {
        let server = Rc::new(start_server(echo, LOCAL).await.unwrap());
        let waiters: Vec<Task<()>> = (0..2)
            .map(|_| {
                let server = server.clone();
                create_task(async move { server.wait_closed().await })
            })
            .collect();
        let (mut reader, writer) = open_connection(server.local_addr()).await.unwrap();
        writer.write(b"x\n");
        reader.readline().await.unwrap();
        assert!(poll_once(server.wait_closed()).await.is_none());
        server.close();
        yield_now().await;
        assert!(!waiters.iter().any(|task| task.done()));
        drop((reader, writer));
        for waiter in waiters {
            waiter.await.unwrap();
        }
        assert!(poll_once(server.wait_closed()).await.is_some());
    });
}

#[test]
fn srv_11_close_clients_flushes_and_abort_clients_does_not() {
    const FLOOD: usize = 32 << 20;
    for abort in [false, true] {
        run(async {
            let server = start_server(
                async |mut reader: StreamReader, writer: StreamWriter| {
                    writer.write(&vec![1; FLOOD]);
                    let _ = reader.readline().await;
                },
                LOCAL,
            )
            .await
            .unwrap();
            let (mut reader, _writer) = open_connection(server.local_addr()).await.unwrap();
            let mut got = reader.readexactly(1).await.unwrap().len();
            server.close();
            if abort {
                server.abort_clients();
                timeout(Duration::from_secs(60), async |_| server.wait_closed().await)
                    .await
                    .unwrap();
                assert!(reader.read_to_end().await.is_err());
            } else {
                server.close_clients();
                got += reader.read_to_end().await.unwrap().len();
                assert_eq!(got, FLOOD);
                server.wait_closed().await;
            }
        });
    }
}

#[test]
fn srv_13_a_dropped_connection_counts_as_ended() {
    run(async {
        let server =
            start_server(async |_: StreamReader, _: StreamWriter| (), LOCAL).await.unwrap();
        assert_eq!(ask(server.local_addr(), b"").await.unwrap(), b"");
        while server.connections() > 0 {
            yield_now().await;
        }
    });
}

#[test]
fn a_server_serves_on_when_its_handle_is_dropped() {
    run(async {
        let server = start_server(echo, LOCAL).await.unwrap();
        let addr = server.local_addr();
        drop(server);
        assert_eq!(ask(addr, b"x\n").await.unwrap(), b"x\n");
    });
}

#[test]
#[should_panic(expected = "no running loop")]
fn a_server_needs_a_loop() {
    let _ = futures_lite::future::block_on(start_server(echo, LOCAL));
}

#[test]
fn many_connections_at_once_are_all_served() {
    run(async {
        let server = start_server(echo, LOCAL).await.unwrap();
        let addr = server.local_addr();
        let mut open = Vec::new();
        for _ in 0..400 {
            open.push(open_connection(addr).await.unwrap());
        }
        for (n, (_, writer)) in open.iter().enumerate() {
            writer.write(format!("{n}\n").as_bytes());
        }
        for (n, (reader, _)) in open.iter_mut().enumerate() {
            assert_eq!(reader.readline().await.unwrap(), format!("{n}\n").as_bytes());
        }
        server.close();
        drop(open);
        server.wait_closed().await;
    });
}
