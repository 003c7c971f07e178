//! What may be sent to another thread, and what must not change about it.

use asyncio_net::*;

fn io_type<T: Send + Sync + Unpin + std::fmt::Debug + 'static>() {}
fn sendable<T: Send>(_: T) {}

#[test]
fn types_of_input_and_output_can_go_anywhere() {
    io_type::<TcpListener>();
    io_type::<TcpStream>();
    io_type::<UdpSocket>();
    io_type::<UnixListener>();
    io_type::<UnixStream>();
    io_type::<UnixDatagram>();
    io_type::<OwnedReadHalf<TcpStream>>();
    io_type::<OwnedWriteHalf<UnixStream>>();
    io_type::<StreamReader>();
    io_type::<StreamWriter>();
    io_type::<Server>();
    io_type::<Connect>();
    io_type::<OpenConnection>();
    io_type::<Addrs>();
    io_type::<ReadError>();
    io_type::<Accept<'static>>();
    io_type::<UnixAccept<'static>>();
    io_type::<Bind<TcpListener>>();
    io_type::<Peek<'static>>();
    io_type::<UdpConnect<'static>>();
    io_type::<UdpRecv<'static>>();
    io_type::<UdpRecvFrom<'static>>();
    io_type::<UdpPeekFrom<'static>>();
    io_type::<UdpSend<'static>>();
    io_type::<UdpSendTo<'static>>();
    io_type::<UnixRecv<'static>>();
    io_type::<UnixRecvFrom<'static>>();
    io_type::<UnixSend<'static>>();
    io_type::<UnixSendTo<'static>>();
    io_type::<UnixConnect>();
    io_type::<OpenUnixConnection>();
    io_type::<Readable<'static, std::net::TcpStream>>();
}

#[test]
fn waits_can_be_part_of_a_task_that_moves() {
    async fn all(mut reader: StreamReader, mut writer: StreamWriter, udp: &UdpSocket) {
        let _ = reader.readline().await;
        let _ = reader.readuntil(b"x").await;
        let _ = reader.readexactly(1).await;
        let _ = reader.read_to_end().await;
        let _ = writer.drain().await;
        let _ = writer.write_all(b"x").await;
        let _ = writer.wait_closed().await;
        let _ = udp.recv_from(&mut [0]).await;
        let _ = TcpListener::bind("127.0.0.1:0").await.unwrap().accept().await;
        let _ = open_connection("127.0.0.1:1").await;
        let _ = open_unix_connection("/nowhere").await;
        let _ = lookup_host("localhost:1").await;
    }
    let made = |reader, writer, udp| sendable(all(reader, writer, udp));
    let _: fn(StreamReader, StreamWriter, &'static UdpSocket) = made;
}
