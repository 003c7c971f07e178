use crate::options::Options;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, ItemFn, Result, parse2};

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Main,
    Test,
}

/// The function that runs the async one, or the error with the function as it was: so an editor still knows what stands
/// in it, and the compiler does not miss a `main` on top.
pub(crate) fn expand(kind: Kind, options: TokenStream, function: TokenStream) -> TokenStream {
    try_expand(kind, options, function.clone()).unwrap_or_else(|error| {
        let mut tokens = error.into_compile_error();
        function.to_tokens(&mut tokens);
        tokens
    })
}

pub(crate) fn try_expand(
    kind: Kind,
    options: TokenStream,
    function: TokenStream,
) -> Result<TokenStream> {
    let plain = options.is_empty();
    let options: Options = parse2(options)?;
    let function: ItemFn = parse2(function)?;
    if let (Kind::Test, true, None) = (kind, plain, function.sig.asyncness) {
        // After `use asyncio::test` a plain `#[test]` is this attribute.
        return Ok(quote!(#[::core::prelude::v1::test] #function));
    }
    check(kind, &function)?;

    let ItemFn { attrs, vis, sig, block } = function;
    let (name, output) = (&sig.ident, &sig.output);
    let test = match kind {
        Kind::Main => None,
        Kind::Test => Some(quote!(#[::core::prelude::v1::test])),
    };
    let asyncio = options.asyncio;
    let run = if options.virtual_time { quote!(run_virtual) } else { quote!(run) };
    let main = if options.debug {
        quote! {
            async {
                #asyncio::get_running_loop().set_debug(true);
                #name().await
            }
        }
    } else {
        quote!(#name())
    };
    // The async function stays a function, inside: so `?`, `return` and the lints say what they always say, and the
    // compiler knows the return type before it looks at the body.
    Ok(quote! {
        #test
        #(#attrs)*
        #vis fn #name() #output {
            #sig #block
            #asyncio::#run(#main)
        }
    })
}

fn check(kind: Kind, function: &ItemFn) -> Result<()> {
    let sig = &function.sig;
    let what = match kind {
        Kind::Main => "main function",
        Kind::Test => "test",
    };
    if sig.asyncness.is_none() {
        let message = format!("the {what} has to be async: `async fn {}`", sig.ident);
        return Err(Error::new_spanned(sig.fn_token, message));
    }
    if let Some(unsafety) = &sig.unsafety {
        return Err(Error::new_spanned(unsafety, format!("the {what} cannot be unsafe")));
    }
    if let Some(abi) = &sig.abi {
        return Err(Error::new_spanned(abi, format!("the {what} cannot be extern")));
    }
    if !sig.generics.params.is_empty() {
        return Err(Error::new_spanned(&sig.generics, format!("the {what} cannot be generic")));
    }
    if !sig.inputs.is_empty() {
        return Err(Error::new_spanned(&sig.inputs, format!("the {what} cannot have arguments")));
    }
    if let Kind::Test = kind
        && let Some(second) = function.attrs.iter().find(|a| a.path().is_ident("test"))
    {
        return Err(Error::new_spanned(second, "this is a test already, by the other attribute"));
    }
    Ok(())
}
