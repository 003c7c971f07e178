//! Which waits of a crate were dropped at each moment, and which were forgotten.

use std::any::type_name;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

thread_local! {
    /// The names of the futures that were victims on this thread.
    static VICTIMS: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

pub(super) fn note_victim<F>() {
    let name = type_name::<F>();
    VICTIMS.with_borrow_mut(|names| {
        names.insert(plain(name));
        // A future that only another one can hold is dropped with that.
        if let Some((_, inner)) = name.split_once('<') {
            names.insert(plain(inner.trim_start_matches("'_, ")));
        }
    });
}

/// A type's own name, and the function's for the future of an `async fn`.
fn plain(name: &str) -> String {
    let reference = if name.starts_with("&mut ") { "&mut " } else { "" };
    let name = name.split('<').next().unwrap_or(name).trim_end_matches("::{{closure}}");
    let name = name.trim_start_matches("&mut ").trim_end_matches('>');
    format!("{reference}{}", name.rsplit("::").next().unwrap_or(name))
}

/// Runs `scenarios`, each of which calls [`drop_at_every_poll`](super::drop_at_every_poll), and fails
/// where a public wait of a crate was the victim of none, or where its docs do not say what a drop
/// of it loses, under `# Cancel safety`.
///
/// The crate is the one whose manifest stands in `crate_dir`. Its public waits are the futures that
/// `src/lib.rs` names in a `pub use`, as they stand in the sources: `Future for NAME`, and
/// `pub async fn NAME`. What a macro implements is not seen: `more` has the names of those.
///
/// ```no_run
/// use asyncio_context::testing::{assert_every_wait_is_dropped, drop_at_every_poll};
///
/// fn no_item_is_lost() {
///     drop_at_every_poll(|drops| { /* .. drops.victim(queue.get()) .. */ });
/// }
///
/// # fn example() {
/// assert_every_wait_is_dropped(env!("CARGO_MANIFEST_DIR"), &[], &[no_item_is_lost]);
/// # }
/// ```
///
/// # Panics
///
/// With the names of the waits that nothing drops, or whose docs are silent; if there is no such
/// crate, or no wait in it; and as the scenarios do.
#[track_caller]
pub fn assert_every_wait_is_dropped(crate_dir: &str, more: &[&str], scenarios: &[fn()]) {
    let src = Path::new(crate_dir).join("src");
    let lib = read(&src.join("lib.rs"));
    let mut sources = Vec::new();
    collect(&src, &mut sources);
    let public = public_names(&lib);
    let mut waits: BTreeSet<&str> = sources.iter().flat_map(|text| futures(text)).collect();
    waits.extend(more);
    waits.retain(|name| public.contains(name.trim_start_matches("&mut ")));
    assert!(!waits.is_empty(), "no public wait in {crate_dir}");

    VICTIMS.take();
    scenarios.iter().for_each(|scenario| scenario());
    let victims = VICTIMS.take();
    let forgotten: Vec<_> = waits.iter().filter(|name| !victims.contains(**name)).collect();
    assert!(forgotten.is_empty(), "nothing drops {forgotten:?}");
    let told = |name: &str| more.contains(&name) || sources.iter().any(|text| tells(text, name));
    let silent: Vec<_> = waits.iter().filter(|name| !told(name)).collect();
    assert!(silent.is_empty(), "the docs of {silent:?} have no section \"Cancel safety\"");
}

#[track_caller]
fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[track_caller]
fn collect(dir: &Path, texts: &mut Vec<String>) {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(read(&path));
        }
    }
}

/// What follows `pub use`, word by word.
fn public_names(lib: &str) -> BTreeSet<&str> {
    let lists = lib.split("\npub use ").skip(1).filter_map(|text| text.split_once(';'));
    lists.flat_map(|(list, _)| list.split(|c: char| !is_of_a_name(c))).collect()
}

/// The futures that a source implements, and its async functions.
fn futures(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    code.filter_map(|line| {
        let implemented = line.split_once(" Future for ").filter(|_| line.starts_with("impl"));
        let function = line.strip_prefix("pub async fn ");
        let rest = implemented.map(|(_, name)| name).or(function)?;
        let start = if rest.starts_with("&mut ") { "&mut ".len() } else { 0 };
        let end = rest[start..].find(|c: char| !is_of_a_name(c));
        Some(&rest[..end.map_or(rest.len(), |end| start + end)])
    })
}

/// Whether the docs right above the type, the function or the implementation have the section.
fn tells(text: &str, name: &str) -> bool {
    let mut told = false;
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("///") {
            told |= line == "/// # Cancel safety";
        } else if !line.starts_with("#[") {
            if told && declares(line, name) {
                return true;
            }
            told = false;
        }
    }
    false
}

fn declares(line: &str, name: &str) -> bool {
    let kinds = ["pub struct ", "pub async fn "];
    let declared = kinds.iter().find_map(|kind| line.strip_prefix(kind));
    let declared = declared.and_then(|rest| rest.split(|c: char| !is_of_a_name(c)).next());
    declared == Some(name) || futures(line).any(|future| future == name)
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
