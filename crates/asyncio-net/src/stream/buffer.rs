//! What has been received and not yet been asked for.

/// Below this an emptied buffer keeps its memory. Above it gives it back, because most
/// connections are idle most of the time.
const KEPT: usize = 512;

/// A byte queue with one allocation, none while it is empty.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
}

impl Buffer {
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        // Moving what is left is worth it only when it is the smaller part.
        if self.start > 0 && self.start >= self.len() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Makes room for `more` bytes at once, where it is known that they will come.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.bytes.reserve(more);
    }

    /// Drops the first `count` bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        assert!(count <= self.len(), "consumed more than was in the buffer");
        self.start += count;
        if self.start == self.bytes.len() {
            self.clear();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.start = 0;
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        } else {
            self.bytes.clear();
        }
    }

    /// Copies the first bytes out, as many as there are and fit.
    pub(crate) fn pop_into(&mut self, to: &mut [u8]) -> usize {
        let count = self.len().min(to.len());
        to[..count].copy_from_slice(&self.as_slice()[..count]);
        self.consume(count);
        count
    }

    /// Takes the first `count` bytes; without a copy if that is all there is.
    pub(crate) fn take(&mut self, count: usize) -> Vec<u8> {
        if self.start == 0 && count == self.bytes.len() && count * 2 >= self.bytes.capacity() {
            return std::mem::take(&mut self.bytes);
        }
        let taken = self.as_slice()[..count].to_vec();
        self.consume(count);
        taken
    }

    pub(crate) fn take_all(&mut self) -> Vec<u8> {
        self.take(self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_in_the_order_they_came() {
        let mut buffer = Buffer::default();
        buffer.push(b"abcdef");
        assert_eq!(buffer.take(2), b"ab");
        buffer.push(b"gh");
        let mut to = [0; 3];
        assert_eq!(buffer.pop_into(&mut to), 3);
        assert_eq!(&to, b"cde");
        buffer.push(b"i");
        assert_eq!(buffer.take_all(), b"fghi");
        assert!(buffer.is_empty());
    }

    #[test]
    fn an_emptied_buffer_gives_large_memory_back() {
        let mut buffer = Buffer::default();
        buffer.push(&[1; 4096]);
        buffer.consume(4095);
        buffer.consume(1);
        assert_eq!(buffer.bytes.capacity(), 0);
    }
}
