//! Looking for a separator in a buffer that grows.

use super::error::LimitOverrunError;
use std::io;

/// The separators looked for, shortest first, and how far the buffer has been searched.
///
/// The search goes on where it stopped: nothing before `searched` begins a match.
pub(crate) struct Search<'a> {
    separators: Separators<'a>,
    searched: usize,
}

enum Separators<'a> {
    One(&'a [u8]),
    Any(Vec<&'a [u8]>),
}

/// Where a separator was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl<'a> Search<'a> {
    pub(crate) fn one(separator: &'a [u8]) -> Search<'a> {
        Search { separators: Separators::One(separator), searched: 0 }
    }

    pub(crate) fn any<S: AsRef<[u8]> + ?Sized>(separators: &'a [&'a S]) -> Search<'a> {
        let mut any: Vec<&[u8]> = separators.iter().map(|s| (*s).as_ref()).collect();
        any.sort_by_key(|s| s.len());
        Search { separators: Separators::Any(any), searched: 0 }
    }

    fn list(&self) -> &[&'a [u8]] {
        match &self.separators {
            Separators::One(one) => std::slice::from_ref(one),
            Separators::Any(any) => any,
        }
    }

    /// Refuses what could never be found, or always.
    pub(crate) fn check(&self) -> io::Result<()> {
        let wrong = |text| Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        match self.list() {
            [] => wrong("separator should contain at least one element"),
            [[], ..] => wrong("separator should be at least one-byte string"),
            _ => Ok(()),
        }
    }

    /// Looks at what was added to `buffer` since the last time.
    ///
    /// `Ok(None)` asks for more bytes. The match is the one that ends first; of several that end
    /// there, the shortest separator's, which comes first in the list.
    pub(crate) fn find(
        &mut self,
        buffer: &[u8],
        limit: usize,
    ) -> Result<Option<Match>, LimitOverrunError> {
        let mut first: Option<Match> = None;
        for separator in self.list() {
            // A later separator counts only if it ends before the match at hand.
            let until = first.as_ref().map_or(buffer.len(), |found| found.end - 1);
            if let Some(at) = position(&buffer[..until], separator, self.searched) {
                first = Some(Match { start: at, end: at + separator.len() });
            }
        }
        match first {
            Some(found) if found.start > limit => {
                Err(LimitOverrunError { consumed: found.start, found: true })
            }
            Some(found) => Ok(Some(found)),
            None => {
                let longest = self.list().last().map_or(1, |s| s.len());
                self.searched = (buffer.len() + 1).saturating_sub(longest);
                if self.searched > limit {
                    return Err(LimitOverrunError { consumed: self.searched, found: false });
                }
                Ok(None)
            }
        }
    }
}

fn position(buffer: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let (first, rest) = what.split_first()?;
    let mut at = from;
    while buffer.len() >= at + what.len() {
        let candidates = &buffer[at..buffer.len() - rest.len()];
        at += candidates.iter().position(|byte| byte == first)?;
        if buffer[at + 1..].starts_with(rest) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_in_pieces_is_found() {
        let mut search = Search::one(b"ABAC");
        assert_eq!(search.find(b"xABA", 100), Ok(None));
        assert_eq!(search.find(b"xABABAC", 100), Ok(Some(Match { start: 3, end: 7 })));
    }

    #[test]
    fn the_shortest_prefix_wins() {
        let mut search = Search::any(&["end of line", "eol"]);
        let buffer = b"one end of line two eol";
        assert_eq!(search.find(buffer, 100), Ok(Some(Match { start: 4, end: 15 })));
    }

    #[test]
    fn at_the_same_end_the_shortest_separator_wins() {
        let mut search = Search::any(&["AAA", "A"]);
        assert_eq!(search.find(b"xxAAA", 100), Ok(Some(Match { start: 2, end: 3 })));
        let mut search = Search::any(&["aab", "b"]);
        assert_eq!(search.find(b"xxaab", 100), Ok(Some(Match { start: 4, end: 5 })));
    }
}
