//! The connections of a server that are not over.

use super::shared::Shared;
use crate::stream::Connection;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

/// Connections by number, which is the order in which they came and in which they are closed. The
/// server does not keep them alive.
#[derive(Default)]
pub(super) struct Members {
    last: u64,
    list: BTreeMap<u64, Weak<Connection>>,
}

impl Members {
    /// A number for a connection that is about to be made.
    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.list.insert(self.last, Weak::new());
        self.last
    }

    pub(super) fn set(&mut self, number: u64, connection: &Arc<Connection>) {
        if let Some(place) = self.list.get_mut(&number) {
            *place = Arc::downgrade(connection);
        }
    }

    pub(super) fn remove(&mut self, number: u64) {
        self.list.remove(&number);
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Those that live, to be used outside the lock.
    pub(super) fn living(&self) -> Vec<Arc<Connection>> {
        self.list.values().filter_map(Weak::upgrade).collect()
    }
}

/// A connection's place in its server. It is given up when the connection ends, or is destroyed.
pub(crate) struct Membership {
    pub(super) server: Arc<Shared>,
    pub(super) number: u64,
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.server.left(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Io;
    use std::sync::Mutex;

    #[test]
    fn connections_are_closed_in_the_order_in_which_they_came() {
        let mut members = Members::default();
        let connections: Vec<_> = (0..50)
            .map(|_| Connection::new(Io::Sink(Mutex::new(Box::new(Vec::new()))), None))
            .collect();
        for connection in &connections {
            let number = members.number();
            members.set(number, connection);
        }
        let living = members.living();
        assert_eq!(living.len(), 50);
        assert!(living.iter().zip(&connections).all(|(a, b)| Arc::ptr_eq(a, b)));
    }
}
