//! `StreamReader`, over a source that gives what it is told.

use crate::support::Feed;
use asyncio_net::{ReadError, StreamReader};
use futures_core::Stream;
use futures_lite::future::{block_on, poll_fn, poll_once};
use futures_lite::{AsyncBufReadExt, AsyncReadExt};
use std::io::{self, ErrorKind};
use std::pin::pin;

fn reader() -> (Feed, StreamReader) {
    let feed = Feed::default();
    (feed.clone(), StreamReader::new(feed))
}

/// A reader of chunks that all are there, and end.
fn given(chunks: &[&[u8]]) -> StreamReader {
    let (feed, reader) = reader();
    chunks.iter().for_each(|chunk| feed.data(chunk));
    feed.eof();
    reader
}

async fn read(reader: &mut StreamReader, len: usize) -> io::Result<Vec<u8>> {
    let mut buf = vec![0; len];
    let count = reader.read(&mut buf).await?;
    buf.truncate(count);
    Ok(buf)
}

#[test]
#[should_panic(expected = "cannot be zero")]
fn srd_1_a_limit_of_zero_is_refused() {
    let _ = reader().1.with_limit(0);
}

#[test]
fn srd_3_data_wakes_the_reader() {
    let (feed, mut reader) = reader();
    block_on(async {
        {
            let mut line = pin!(reader.readline());
            assert!(poll_once(line.as_mut()).await.is_none());
            feed.data(b"half ");
            assert!(poll_once(line.as_mut()).await.is_none());
            feed.data(b"and half\nrest");
            assert_eq!(line.await.unwrap(), b"half and half\n");
        }
        assert_eq!(reader.buffer(), b"rest");
    });
}

#[test]
fn srd_5_at_eof_means_ended_and_empty() {
    block_on(async {
        let mut reader = given(&[b"ab\nc"]);
        assert!(!reader.at_eof());
        reader.readline().await.unwrap();
        assert!(!reader.at_eof());
        assert_eq!(reader.read_to_end().await.unwrap(), b"c");
        assert!(reader.at_eof());
    });
}

#[test]
fn srd_6_a_failure_is_raised_by_every_read() {
    block_on(async {
        let (feed, mut reader) = reader();
        feed.data(b"kept");
        feed.error(ErrorKind::ConnectionReset);
        assert!(reader.error().is_none());
        for _ in 0..2 {
            match reader.readuntil(b"\n").await {
                Err(ReadError::Io(error)) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
                other => panic!("{other:?}"),
            }
        }
        // SRD-8, RRD-6: before what is left, and even for nothing.
        assert!(read(&mut reader, 4).await.is_err());
        assert!(read(&mut reader, 0).await.is_err());
        assert!(reader.readexactly(0).await.is_err());
        assert!(reader.read_to_end().await.is_err());
        assert_eq!(reader.error().unwrap().kind(), ErrorKind::ConnectionReset);
        assert_eq!(reader.buffer(), b"kept");
    });
}

#[test]
fn srd_14_lines_are_a_stream() {
    block_on(async {
        let mut reader = given(&[b"a\nb", b"\n\nlast"]);
        let mut lines = pin!(StreamReader::lines(&mut reader));
        let mut all = Vec::new();
        while let Some(line) = poll_fn(|cx| lines.as_mut().poll_next(cx)).await {
            all.push(line.unwrap());
        }
        assert_eq!(all, [&b"a\n"[..], b"b\n", b"\n", b"last"]);
    });
}

#[test]
fn srd_15_the_text_form_says_what_matters() {
    let mut reader = given(&[b"abc"]).with_limit(7);
    block_on(async { reader.readuntil(b"b").await.unwrap() });
    assert_eq!(format!("{reader:?}"), "StreamReader { buffered: 1, limit: 7 }");
}

#[test]
fn rrd_1_some_bytes_are_enough_and_the_rest_stays() {
    block_on(async {
        let mut reader = given(&[b"abcdef"]);
        assert_eq!(read(&mut reader, 4).await.unwrap(), b"abcd");
        assert_eq!(read(&mut reader, 4).await.unwrap(), b"ef");
        assert_eq!(read(&mut reader, 4).await.unwrap(), b"");
    });
}

#[test]
fn rrd_3_nothing_is_read_for_nothing() {
    block_on(async {
        let (_feed, mut reader) = reader();
        assert_eq!(read(&mut reader, 0).await.unwrap(), b"");
    });
}

#[test]
fn rrd_4_read_to_end_gives_everything() {
    block_on(async {
        assert_eq!(given(&[b"ab", b"cd"]).read_to_end().await.unwrap(), b"abcd");
        assert_eq!(given(&[]).read_to_end().await.unwrap(), b"");
    });
}

#[test]
fn rrd_5_the_limit_does_not_bound_a_read() {
    block_on(async {
        let mut reader = given(&[b"abcde"]).with_limit(3);
        assert_eq!(read(&mut reader, 5).await.unwrap(), b"abcde");
        // RRX-4
        assert_eq!(given(&[b"abcde"]).with_limit(3).readexactly(5).await.unwrap(), b"abcde");
    });
}

#[test]
fn rrd_7_a_cancelled_read_loses_nothing() {
    block_on(async {
        let (feed, mut reader) = reader();
        feed.data(b"ab");
        assert!(poll_once(reader.read_to_end()).await.is_none());
        assert!(poll_once(reader.readexactly(9)).await.is_none());
        assert!(poll_once(reader.readuntil(b"\n")).await.is_none());
        assert_eq!(read(&mut reader, 9).await.unwrap(), b"ab");
    });
}

#[test]
fn rrl_1_2_lines_come_with_their_newline_and_the_last_without() {
    block_on(async {
        let mut reader = given(&[b"a", b"b\n\nc"]);
        assert_eq!(reader.readline().await.unwrap(), b"ab\n");
        assert_eq!(reader.readline().await.unwrap(), b"\n");
        assert_eq!(reader.readline().await.unwrap(), b"c");
        assert_eq!(reader.readline().await.unwrap(), b"");
    });
}

#[test]
fn rrl_3_the_limit_counts_the_line_without_its_newline() {
    block_on(async {
        assert_eq!(given(&[b"abc\n"]).with_limit(3).readline().await.unwrap(), b"abc\n");
        assert!(given(&[b"abcd\n"]).with_limit(3).readline().await.unwrap_err().is_limit());
    });
}

#[test]
fn rrl_4_a_long_line_is_removed_and_the_next_can_be_read() {
    block_on(async {
        let mut reader = given(&[b"much too long\nok\n"]).with_limit(3);
        let error = reader.readline().await.unwrap_err();
        assert_eq!(error.to_string(), "separator is found, but chunk is longer than limit");
        assert_eq!(reader.readline().await.unwrap(), b"ok\n");
    });
}

#[test]
fn rrl_5_a_long_line_without_its_end_empties_the_buffer() {
    block_on(async {
        let mut reader = given(&[b"much too long", b" still\nok\n"]).with_limit(3);
        let error = reader.readline().await.unwrap_err();
        assert_eq!(error.to_string(), "separator is not found, and chunk exceeds the limit");
        assert_eq!(reader.buffer(), b"");
        let error = io::Error::from(reader.readline().await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(reader.readline().await.unwrap(), b"ok\n");
    });
}

#[test]
fn rru_1_2_a_separator_may_come_in_pieces() {
    block_on(async {
        let mut reader = given(&[b"one A", b"B", b"AB", b"C two"]);
        assert_eq!(reader.readuntil(b"ABABC").await.unwrap(), b"one ABABC");
        assert_eq!(reader.read_to_end().await.unwrap(), b" two");

        let mut reader = given(&[b"aaaab rest"]);
        assert_eq!(reader.readuntil(b"aab").await.unwrap(), b"aaaab");
    });
}

#[test]
fn rru_3_empty_separators_are_refused() {
    block_on(async {
        let (_feed, mut reader) = reader();
        for (error, text) in [
            (reader.readuntil(b"").await.unwrap_err(), "at least one-byte"),
            (reader.readuntil_any(&["a", ""]).await.unwrap_err(), "at least one-byte"),
            (reader.readuntil_any::<str>(&[]).await.unwrap_err(), "at least one element"),
        ] {
            assert!(error.to_string().contains(text), "{error}");
            assert_eq!(io::Error::from(error).kind(), ErrorKind::InvalidInput);
        }
    });
}

#[test]
fn rru_4_of_several_separators_the_shortest_prefix_wins() {
    block_on(async {
        let mut reader = given(&[b"one end of line two eol three"]);
        let any = ["eol", "end of line"];
        assert_eq!(reader.readuntil_any(&any).await.unwrap(), b"one end of line");
        assert_eq!(reader.readuntil_any(&any).await.unwrap(), b" two eol");
    });
}

#[test]
fn rru_5_a_buffer_shorter_than_the_longest_separator_waits() {
    block_on(async {
        let mut reader = given(&[b"x", b"y", b"\r", b"\n"]);
        assert_eq!(reader.readuntil_any(&["long separator", "\r\n"]).await.unwrap(), b"xy\r\n");
    });
}

#[test]
fn rru_6_the_end_before_the_separator_gives_what_was_left() {
    block_on(async {
        let mut reader = given(&[b"part AB"]);
        match reader.readuntil(b"ABC").await.unwrap_err() {
            ReadError::Incomplete(error) => {
                assert_eq!(error.partial, b"part AB");
                assert_eq!(error.expected, None);
                let text = error.to_string();
                assert_eq!(text, "7 bytes read on a total of undefined expected bytes");
            }
            other => panic!("{other:?}"),
        }
        assert!(reader.at_eof());
    });
}

#[test]
fn rru_7_8_9_over_the_limit_the_data_stays() {
    block_on(async {
        let mut reader = given(&[b"much too long\nok"]).with_limit(3);
        match reader.readuntil(b"\n").await.unwrap_err() {
            ReadError::Limit(error) => assert_eq!((error.found, error.consumed), (true, 13)),
            other => panic!("{other:?}"),
        }
        assert_eq!(reader.buffer(), b"much too long\nok");

        let mut reader = given(&[b"much too long"]).with_limit(3);
        match reader.readuntil(b"ABC").await.unwrap_err() {
            ReadError::Limit(error) => assert_eq!((error.found, error.consumed), (false, 11)),
            other => panic!("{other:?}"),
        }
        assert_eq!(reader.readexactly(13).await.unwrap(), b"much too long");
    });
}

#[test]
fn rru_10_exactly_the_limit_still_waits() {
    block_on(async {
        let (feed, reader) = reader();
        let mut reader = reader.with_limit(3);
        feed.data(b"abc");
        assert!(poll_once(reader.readuntil(b"\n")).await.is_none());
        feed.data(b"\n");
        assert_eq!(reader.readuntil(b"\n").await.unwrap(), b"abc\n");
    });
}

#[test]
fn rru_11_the_overrun_check_uses_all_bytes_before_the_shortest() {
    block_on(async {
        // Both end at the same place; before the shorter one stand four bytes.
        let mut reader = given(&[b"xyaab"]).with_limit(3);
        assert!(reader.readuntil_any(&["aab", "b"]).await.unwrap_err().is_limit());
        let mut reader = given(&[b"xyaab"]).with_limit(4);
        assert_eq!(reader.readuntil_any(&["aab", "b"]).await.unwrap(), b"xyaab");
    });
}

#[test]
fn rrx_1_2_exactly_so_many() {
    block_on(async {
        let mut reader = given(&[b"ab", b"cd", b"ef"]);
        assert_eq!(reader.readexactly(0).await.unwrap(), b"");
        assert_eq!(reader.readexactly(5).await.unwrap(), b"abcde");
        assert_eq!(reader.buffer(), b"f");
    });
}

#[test]
fn rrx_3_too_few() {
    block_on(async {
        let mut reader = given(&[b"abc"]);
        let error = reader.readexactly(5).await.unwrap_err();
        assert_eq!(error.to_string(), "3 bytes read on a total of 5 expected bytes");
        assert_eq!(error.into_partial().unwrap(), b"abc");
        assert!(reader.at_eof());
        let error = io::Error::from(reader.readexactly(1).await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn it_reads_through_the_traits_too() {
    block_on(async {
        let mut reader = given(&[b"line\nabc", b"def"]);
        let mut line = String::new();
        AsyncBufReadExt::read_line(&mut reader, &mut line).await.unwrap();
        assert_eq!(line, "line\n");
        let mut two = [0; 2];
        reader.read_exact(&mut two).await.unwrap();
        assert_eq!(&two, b"ab");
        assert_eq!(reader.readexactly(2).await.unwrap(), b"cd");
    });
}
