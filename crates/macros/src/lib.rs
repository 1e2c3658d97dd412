//! The project's procedural macros: what makes a struct a message, and a test a slice test.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Expr, ExprLit, Fields, ItemFn, ItemStruct, Lit, LitStr, Token, parse_macro_input};

/// What stands in the parentheses of `#[message(…)]`.
struct MessageArgs {
    name: LitStr,
    shared: bool,
    key: Expr,
    entity: Expr,
    version: Expr,
    secret_for_minutes: Option<Expr>,
}

impl Parse for MessageArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: LitStr = input.parse()?;
        let mut shared = false;
        let (mut key, mut entity, mut version, mut secret_for) = (None, None, None, None);
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let word: syn::Ident = input.parse()?;
            if word == "shared" {
                shared = true;
                continue;
            }
            input.parse::<Token![=]>()?;
            let value: Expr = input.parse()?;
            match word.to_string().as_str() {
                "key" => key = Some(value),
                "entity" => entity = Some(value),
                "version" => version = Some(value),
                "secret_for_minutes" => secret_for = Some(value),
                other => return Err(syn::Error::new(word.span(), format!("unknown word {other}"))),
            }
        }
        let need = |what: &str| syn::Error::new(name.span(), format!("{what} = … is missing"));
        Ok(Self {
            key: key.ok_or_else(|| need("key"))?,
            entity: entity.ok_or_else(|| need("entity"))?,
            version: version.ok_or_else(|| need("version"))?,
            secret_for_minutes: secret_for,
            name,
            shared,
        })
    }
}

/// Makes a struct a message: `#[message("identity.account.registered", key = account.person_id,
/// entity = account.person_id, version = account.version)]`.
///
/// `key`, `entity` and `version` are paths below `self`. `shared` marks a type that several services
/// publish. A field marked `#[personal]` or `#[secret]` is tagged so in the schema; a message with
/// a secret says for how many minutes it is kept (`secret_for_minutes = 60`).
#[proc_macro_attribute]
pub fn message(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = parse_macro_input!(args as MessageArgs);
    let mut item = parse_macro_input!(item as ItemStruct);
    tag_fields(&mut item);
    let ident = &item.ident;
    let MessageArgs { name, shared, key, entity, version, secret_for_minutes } = &args;
    let secret_for = secret_for_minutes.as_ref().map_or_else(|| quote!(None), |m| quote!(Some(#m)));
    let (key_at, entity_at) = (pointer(key), pointer(entity));
    let (key, entity, version) = (below_self(key), below_self(entity), below_self(version));
    quote! {
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        #[schemars(extend("x-key" = #key_at, "x-entity" = #entity_at))]
        #item

        impl ::contracts::Message for #ident {
            const NAME: &'static str = #name;
            const SHARED: bool = #shared;
            const SECRET_FOR_MINUTES: Option<i64> = #secret_for;
            fn key(&self) -> ::uuid::Uuid { ::uuid::Uuid::from(#key) }
            fn entity(&self) -> ::uuid::Uuid { ::uuid::Uuid::from(#entity) }
            fn entityversion(&self) -> i64 { #version }
        }
    }
    .into()
}

/// Makes a struct the public state of an aggregate, as messages carry it; fields may be tagged
/// `#[personal]` or `#[secret]`.
#[proc_macro_attribute]
pub fn state(_args: TokenStream, item: TokenStream) -> TokenStream {
    let mut item = parse_macro_input!(item as ItemStruct);
    tag_fields(&mut item);
    quote! {
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        #item
    }
    .into()
}

/// Turns `#[personal]` and `#[secret]` into the schema words `x-personal` and `x-secret`.
fn tag_fields(item: &mut ItemStruct) {
    let Fields::Named(fields) = &mut item.fields else { return };
    for field in &mut fields.named {
        for attr in &mut field.attrs {
            for tag in ["personal", "secret"] {
                if attr.path().is_ident(tag) {
                    let word = format!("x-{tag}");
                    *attr = syn::parse_quote!(#[schemars(extend(#word = true))]);
                }
            }
        }
    }
}

/// `account.person_id` becomes `self.account.person_id`; a literal stays what it is.
fn below_self(path: &Expr) -> Tokens {
    match path {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => quote!(#number),
        other => quote!(self.#other),
    }
}

/// `account.person_id` becomes the JSON pointer `/account/person_id`, which the schema bears.
fn pointer(path: &Expr) -> String {
    let words = quote!(#path).to_string();
    words.split('.').fold(String::new(), |at, word| at + "/" + word.trim().trim_start_matches("r#"))
}

/// A test of one service: `async fn name(slice: Slice)` runs on SQLite and on PostgreSQL, each with
/// a database of its own.
///
/// The file that uses it has `fn service() -> Service` in scope of its crate root.
#[proc_macro_attribute]
pub fn slice_test(_args: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemFn);
    let name = &item.sig.ident;
    let attrs = &item.attrs;
    let tests = ["sqlite", "postgres"].map(|engine| {
        let test = format_ident!("on_{engine}");
        let open = format_ident!("{engine}");
        quote! {
            #[test]
            fn #test() {
                ::chassis::testing::run(async {
                    let slice = ::chassis::testing::Slice::#open(crate::service()).await;
                    super::#name(slice).await;
                });
            }
        }
    });
    quote! {
        #(#attrs)*
        #item
        #[cfg(test)]
        mod #name {
            #(#tests)*
        }
    }
    .into()
}
