//! The attributes `#[asyncio::main]` and `#[asyncio::test]`: an `async fn` that runs on a loop of its own.
//!
//! They are used through the crate `asyncio`, which re-exports them. Both take the same options, in parentheses and
//! separated by commas:
//!
//! | option | meaning |
//! |---|---|
//! | `virtual_time` | the clock jumps to the next deadline when all tasks wait: `asyncio::run_virtual` in place of `asyncio::run` |
//! | `debug` | the loop's debug flag is set, as by `asyncio.run(main(), debug=True)` |
//! | `crate = "path"` | where the crate `asyncio` is found, if not at `::asyncio` |
//!
//! A flag may be written `virtual_time = false`, which is as if it was not there.

#![forbid(unsafe_code)]

mod expand;
mod options;
#[cfg(test)]
mod tests;

use expand::{Kind, expand};
use proc_macro::TokenStream;

/// Makes an `async fn main` the main function of a program, run by `asyncio::run`. asyncio: `asyncio.run(main())`.
///
/// ```text
/// #[asyncio::main]
/// async fn main() -> std::io::Result<()> {
///     let (mut reader, _writer) = asyncio::open_connection("127.0.0.1:7").await?;
///     println!("{:?}", reader.readline().await?);
///     Ok(())
/// }
/// ```
///
/// becomes
///
/// ```text
/// fn main() -> std::io::Result<()> {
///     async fn main() -> std::io::Result<()> { /* as above */ }
///     ::asyncio::run(main())
/// }
/// ```
///
/// For the options see the [crate's page](crate). The function may have any name and return type, but no arguments.
#[proc_macro_attribute]
pub fn main(options: TokenStream, function: TokenStream) -> TokenStream {
    expand(Kind::Main, options.into(), function.into()).into()
}

/// Makes an `async fn` a test. asyncio: `unittest.IsolatedAsyncioTestCase`.
///
/// ```text
/// #[asyncio::test(virtual_time)]
/// async fn a_day_passes() -> Result<(), Box<dyn std::error::Error>> {
///     asyncio::sleep(std::time::Duration::from_secs(86_400)).await;
///     Ok(())
/// }
/// ```
///
/// A function that is not async is a plain test, so that after `use asyncio::test` both kinds may stand side by side. Under
/// `use asyncio::*` the compiler calls a bare `#[test]` ambiguous: write `#[asyncio::test]` there, for both.
///
/// Each test has a loop of its own. `#[ignore]`, `#[should_panic]` and a `Result` as return type work as in other tests.
/// For the options see the [crate's page](crate).
#[proc_macro_attribute]
pub fn test(options: TokenStream, function: TokenStream) -> TokenStream {
    expand(Kind::Test, options.into(), function.into()).into()
}
