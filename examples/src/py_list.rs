use std::fmt;

/// Shows texts the way Python prints a list of them, so that the translated programs print the
/// same lines as the originals.
///
/// ```
/// assert_eq!(asyncio_examples::PyList(&["a", "b"]).to_string(), "['a', 'b']");
/// ```
pub struct PyList<'a, T>(pub &'a [T]);

impl<T: AsRef<str>> fmt::Display for PyList<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, text) in self.0.iter().enumerate() {
            write!(f, "{}'{}'", if i > 0 { ", " } else { "" }, text.as_ref())?;
        }
        f.write_str("]")
    }
}
