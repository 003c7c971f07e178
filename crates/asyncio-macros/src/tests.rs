//! The expansions and the errors, token by token.

use crate::expand::{Kind, expand, try_expand};
use proc_macro2::TokenStream;

fn tokens(source: &str) -> TokenStream {
    source.parse().unwrap()
}

#[track_caller]
fn same(kind: Kind, options: &str, function: &str, expected: &str) {
    let expansion = expand(kind, tokens(options), tokens(function));
    assert_eq!(expansion.to_string(), tokens(expected).to_string());
    syn::parse2::<syn::ItemFn>(expansion).unwrap();
}

/// The error, and the piece of the source that it points at.
#[track_caller]
fn error(kind: Kind, options: &str, function: &str) -> (String, String) {
    let error = try_expand(kind, tokens(options), tokens(function)).unwrap_err();
    (error.to_string(), error.span().source_text().unwrap())
}

#[test]
fn main_runs_the_async_function() {
    same(
        Kind::Main,
        "",
        "/// Says it. \n #[allow(dead_code)] pub(crate) async fn main() { work().await; }",
        "/// Says it. \n #[allow(dead_code)] pub(crate) fn main() {
            async fn main() { work().await; }
            ::asyncio::run(main())
        }",
    );
}

#[test]
fn a_return_type_is_kept_on_both() {
    same(
        Kind::Main,
        "",
        "async fn main() -> Result<(), E> { Ok(work().await?) }",
        "fn main() -> Result<(), E> {
            async fn main() -> Result<(), E> { Ok(work().await?) }
            ::asyncio::run(main())
        }",
    );
}

#[test]
fn virtual_time() {
    let expected = "fn main() { async fn main() {} ::asyncio::run_virtual(main()) }";
    same(Kind::Main, "virtual_time", "async fn main() {}", expected);
    same(Kind::Main, "virtual_time = true,", "async fn main() {}", expected);
    let expected = "fn main() { async fn main() {} ::asyncio::run(main()) }";
    same(Kind::Main, "virtual_time = false", "async fn main() {}", expected);
}

#[test]
fn debug_is_set_before_the_function_begins() {
    same(
        Kind::Main,
        "debug",
        "async fn main() {}",
        "fn main() {
            async fn main() {}
            ::asyncio::run(async {
                ::asyncio::get_running_loop().set_debug(true);
                main().await
            })
        }",
    );
}

#[test]
fn the_crate_may_be_elsewhere() {
    same(
        Kind::Main,
        r#"crate = "crate::rt", debug = true, virtual_time"#,
        "async fn main() {}",
        "fn main() {
            async fn main() {}
            crate::rt::run_virtual(async {
                crate::rt::get_running_loop().set_debug(true);
                main().await
            })
        }",
    );
}

#[test]
fn a_test_is_a_test_and_keeps_its_attributes() {
    same(
        Kind::Test,
        "virtual_time",
        r#"#[ignore = "slow"] #[should_panic(expected = "no")] async fn fails() -> io::Result<()> { x }"#,
        r#"#[::core::prelude::v1::test] #[ignore = "slow"] #[should_panic(expected = "no")]
        fn fails() -> io::Result<()> {
            async fn fails() -> io::Result<()> { x }
            ::asyncio::run_virtual(fails())
        }"#,
    );
}

#[test]
fn a_test_that_is_not_async_stays_a_plain_one() {
    same(
        Kind::Test,
        "",
        "fn works() { assert!(true) }",
        "#[::core::prelude::v1::test] fn works() { assert!(true) }",
    );
}

#[test]
fn not_async() {
    let (message, at) = error(Kind::Main, "", "pub fn main() {}");
    assert_eq!((&*message, &*at), ("the main function has to be async: `async fn main`", "fn"));
    let (message, at) = error(Kind::Test, "virtual_time", "fn works() {}");
    assert_eq!((&*message, &*at), ("the test has to be async: `async fn works`", "fn"));
}

#[test]
fn arguments() {
    let (message, at) = error(Kind::Main, "", "async fn main(n: u8) {}");
    assert_eq!((&*message, &*at), ("the main function cannot have arguments", "n: u8"));
    let (_, at) = error(Kind::Test, "", "async fn works(a: A, b: B) {}");
    assert_eq!(at, "a: A, b: B");
}

#[test]
fn other_kinds_of_functions() {
    assert_eq!(error(Kind::Main, "", "async fn main<T>() {}").1, "<T>");
    assert_eq!(error(Kind::Main, "", "async unsafe fn main() {}").1, "unsafe");
    assert_eq!(error(Kind::Main, "", "async extern \"C\" fn main() {}").1, "extern \"C\"");
    assert_eq!(error(Kind::Test, "", "#[test] async fn works() {}").1, "#[test]");
    assert!(try_expand(Kind::Main, tokens(""), tokens("struct S;")).is_err());
}

#[test]
fn unknown_options() {
    let (message, at) = error(Kind::Main, "debug, worker_threads = 4", "async fn main() {}");
    assert!(message.starts_with("unknown option: there are"), "{message}");
    assert_eq!(at, "worker_threads");
}

#[test]
fn malformed_options() {
    let at = |options| error(Kind::Test, options, "async fn works() {}").1;
    assert_eq!(at("debug, virtual_time, debug"), "debug");
    assert_eq!(at("debug = 1"), "1");
    assert_eq!(at("crate = rt"), "rt");
    assert_eq!(at("crate = \"1 + 1\""), "\"1 + 1\"");
    assert_eq!(at("debug virtual_time"), "virtual_time");
}

#[test]
fn an_error_keeps_the_function_for_the_editor() {
    let expansion = expand(Kind::Main, tokens(""), tokens("fn main() {}")).to_string();
    assert!(expansion.contains("compile_error"));
    assert!(expansion.ends_with("fn main () { }"), "{expansion}");
}
