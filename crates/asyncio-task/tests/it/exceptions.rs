//! `ExceptionGroup` (`EXG`).

use asyncio_task::{BoxError, Exception, ExceptionGroup, TimeoutError};
use std::error::Error;
use std::fmt;
use std::io;

fn io_error(text: &str) -> BoxError {
    io::Error::other(text.to_owned()).into()
}

fn nested() -> ExceptionGroup {
    let inner: ExceptionGroup =
        [("deep", io_error("broken pipe")), ("text", "plain".into())].into_iter().collect();
    [("outer", inner.into()), ("last", io_error("refused"))].into_iter().collect()
}

#[test]
fn exg_2_select_looks_into_nested_groups() {
    let group = nested();
    let texts: Vec<_> = group.select::<io::Error>().map(ToString::to_string).collect();
    assert_eq!(texts, ["broken pipe", "refused"]);
    assert_eq!(group.select::<ExceptionGroup>().count(), 1);
    assert_eq!(group.select::<TimeoutError>().count(), 0);
    assert_eq!((group.len(), group.iter().count()), (2, 2));
}

#[test]
fn exg_2_split_keeps_the_shape() {
    let (io, rest) = nested().split::<io::Error>();
    let io = io.unwrap();
    assert_eq!(
        io.to_string(),
        "2 failures in a task group\n\
         +-- outer: 1 failure in a task group\n\
         |   `-- deep: broken pipe\n\
         `-- last: refused"
    );
    assert_eq!(
        rest.unwrap().to_string(),
        "1 failure in a task group\n\
         `-- outer: 1 failure in a task group\n    \
             `-- text: plain"
    );
    let (all, none) = nested().split_by(|_| true);
    assert!(all.unwrap().len() == 2 && none.is_none());
    assert!(nested().split::<TimeoutError>().0.is_none());
}

#[test]
fn the_tree_shows_causes_and_keeps_lines_in_place() {
    #[derive(Debug)]
    struct Outer(io::Error);
    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("two\nlines")
        }
    }
    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let group: ExceptionGroup =
        [Exception::new("a", Outer(io::Error::other("cause"))), Exception::new("b", "end")]
            .into_iter()
            .collect();
    assert_eq!(
        format!("{group:?}"),
        "2 failures in a task group\n\
         +-- a: two\n\
         |   lines\n\
         |   caused by: cause\n\
         `-- b: end"
    );
}

#[test]
fn it_is_small_and_gives_its_errors_away() {
    assert_eq!(size_of::<ExceptionGroup>(), size_of::<usize>());
    let errors: Vec<BoxError> = nested().into_iter().map(Exception::into_error).collect();
    assert!(errors[1].is::<io::Error>());
    assert!(ExceptionGroup::default().is_empty());
    let as_io: io::Error = {
        let made: Result<(), TimeoutError> = futures_lite::future::block_on(async {
            asyncio_task::wait_for(std::future::pending(), std::time::Duration::ZERO).await
        });
        made.unwrap_err().into()
    };
    assert_eq!(as_io.kind(), io::ErrorKind::TimedOut);
}
