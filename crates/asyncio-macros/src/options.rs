use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitBool, LitStr, Path, Result, Token};

/// What stands in the parentheses of an attribute.
pub(crate) struct Options {
    pub(crate) virtual_time: bool,
    pub(crate) debug: bool,
    pub(crate) asyncio: Path,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Options> {
        let (mut virtual_time, mut debug, mut asyncio) = (None, None, None);
        while !input.is_empty() {
            // `crate` is a keyword.
            let name = input.call(Ident::parse_any)?;
            match &*name.to_string() {
                "virtual_time" => set(&mut virtual_time, &name, flag(input)?)?,
                "debug" => set(&mut debug, &name, flag(input)?)?,
                "crate" => set(&mut asyncio, &name, path(input)?)?,
                _ => {
                    let message = "unknown option: there are `virtual_time`, `debug` and \
                                   `crate = \"path\"`";
                    return Err(Error::new(name.span(), message));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(Options {
            virtual_time: virtual_time.unwrap_or(false),
            debug: debug.unwrap_or(false),
            asyncio: match asyncio {
                Some(path) => path,
                None => LitStr::new("::asyncio", Span::call_site()).parse()?,
            },
        })
    }
}

fn set<T>(option: &mut Option<T>, name: &Ident, value: T) -> Result<()> {
    match option.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new(name.span(), format!("the option `{name}` is given twice"))),
    }
}

fn flag(input: ParseStream<'_>) -> Result<bool> {
    if !input.peek(Token![=]) {
        return Ok(true);
    }
    input.parse::<Token![=]>()?;
    match input.parse::<LitBool>() {
        Ok(value) => Ok(value.value),
        Err(error) => Err(Error::new(error.span(), "expected `true` or `false`")),
    }
}

fn path(input: ParseStream<'_>) -> Result<Path> {
    input.parse::<Token![=]>()?;
    let path: LitStr = match input.parse() {
        Ok(path) => path,
        Err(error) => return Err(Error::new(error.span(), "expected a path in quotes")),
    };
    match path.parse_with(Path::parse_mod_style) {
        Ok(parsed) => Ok(parsed),
        Err(_) => Err(Error::new(path.span(), "this is not the path of a crate")),
    }
}
