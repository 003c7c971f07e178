//! The text of a group: a tree, one line for each failure and each cause.

use super::ExceptionGroup;
use std::error::Error;
use std::fmt;

impl fmt::Display for ExceptionGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        headline(self, f)?;
        branches(self, f, &mut String::new())
    }
}

/// The same tree: this is what `unwrap` and a `main` that returns the error print.
impl fmt::Debug for ExceptionGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn headline(group: &ExceptionGroup, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match group.len() {
        0 => f.write_str("the task group was cancelled before its body had a value"),
        1 => f.write_str("1 failure in a task group"),
        n => write!(f, "{n} failures in a task group"),
    }
}

fn branches(
    group: &ExceptionGroup,
    f: &mut fmt::Formatter<'_>,
    indent: &mut String,
) -> fmt::Result {
    let last = group.len().saturating_sub(1);
    for (n, exception) in group.iter().enumerate() {
        let (fork, below) = if n == last { ("`-- ", "    ") } else { ("+-- ", "|   ") };
        write!(f, "\n{indent}{fork}{}: ", exception.task())?;
        let depth = indent.len();
        indent.push_str(below);
        match exception.as_group() {
            Some(inner) => {
                headline(inner, f)?;
                branches(inner, f, indent)?;
            }
            None => error(exception.error(), f, indent)?,
        }
        indent.truncate(depth);
    }
    Ok(())
}

/// The error and its causes. A text of several lines keeps its place in the tree.
fn error(error: &(dyn Error + 'static), f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
    lines(&error.to_string(), f, indent)?;
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(f, "\n{indent}caused by: ")?;
        lines(&error.to_string(), f, indent)?;
        cause = error.source();
    }
    Ok(())
}

fn lines(text: &str, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
    for (n, line) in text.lines().enumerate() {
        if n > 0 {
            write!(f, "\n{indent}")?;
        }
        f.write_str(line)?;
    }
    Ok(())
}
