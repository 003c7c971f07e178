use std::collections::BTreeMap;
use std::process::exit;

/// The `--name value` pairs of a command line.
#[derive(Debug)]
pub struct Options {
    usage: &'static str,
    values: BTreeMap<String, String>,
}

impl Options {
    /// Reads the command line of this process. Ends it with `usage` where that does not name an
    /// option, or a value is missing.
    pub fn parse(usage: &'static str) -> Options {
        let mut options = Options { usage, values: BTreeMap::new() };
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            if !name.starts_with("--") || !usage.contains(&format!("[{name} ")) {
                options.refuse(&format!("unknown argument {name}"));
            }
            match words.next() {
                Some(value) => options.values.insert(name, value),
                None => options.refuse(&format!("{name} wants a value")),
            };
        }
        options
    }

    /// A number of at least one.
    pub fn number(&self, name: &str) -> Option<usize> {
        let text = self.text(name)?;
        match text.parse() {
            Ok(number) if number > 0 => Some(number),
            _ => self.refuse(&format!("{name} wants a number above zero, not {text}")),
        }
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    fn refuse(&self, why: &str) -> ! {
        eprintln!("{why}\nusage: {}", self.usage);
        exit(2)
    }
}
