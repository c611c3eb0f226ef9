//! `#[derive(Traverse)]` for `exuvia-object`: visits every field of a struct or enum, labelled with its name.
//!
//! A field marked `#[traverse(skip)]` is not visited; it should hold no counted reference (what such a
//! reference refers to is never taken for garbage).
//!
//! A type that derives `Traverse` cannot implement `Drop`, because its objects may be dropped after objects that they
//! refer to. `#[traverse(drop)]` on the type lifts that: its author says that `drop` does not look through
//! references.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::{Attribute, Data, DeriveInput, Field, Fields, parse_macro_input};

/// Implements `Traverse` by visiting each field in turn.
#[proc_macro_derive(Traverse, attributes(traverse))]
pub fn derive_traverse(input: TokenStream) -> TokenStream {
    let mut input = parse_macro_input!(input as DeriveInput);
    for parameter in input.generics.type_params_mut() {
        parameter
            .bounds
            .push(syn::parse_quote!(::exuvia_object::Traverse));
    }
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let body = match &input.data {
        Data::Struct(data) => visit_struct(&data.fields),
        Data::Enum(data) => {
            let arms = data.variants.iter().map(|variant| {
                let (pattern, visits) = visit_variant(&variant.fields);
                let variant = &variant.ident;
                quote!(Self::#variant #pattern => { #visits })
            });
            quote!(match self { #(#arms)* })
        }
        Data::Union(_) => {
            return syn::Error::new_spanned(
                name,
                "a union does not know what it refers to; implement Traverse by hand",
            )
            .to_compile_error()
            .into();
        }
    };
    let acyclic = field_types(&input.data);
    let buffer_at = buffer_at(&input.data);
    let refuse_drop = if has_word(&input.attrs, "drop") {
        quote!()
    } else {
        quote! {
            #[automatically_derived]
            impl #impl_generics ::exuvia_object::DropMustNotFollowReferences for #name #type_generics #where_clause {}
        }
    };
    quote! {
        #refuse_drop


        // SAFETY: every field is visited, each once; skipped fields are the author's word.
        #[automatically_derived]
        unsafe impl #impl_generics ::exuvia_object::Traverse for #name #type_generics #where_clause {
            const ACYCLIC: bool = true #(&& <#acyclic as ::exuvia_object::Traverse>::ACYCLIC)*;
            const BUFFER_AT: ::core::option::Option<usize> = #buffer_at;

            #[inline]
            fn traverse(&self, visitor: &mut ::exuvia_object::Visitor<'_>) {
                let _ = &visitor;
                #body
            }
        }
    }
    .into()
}

/// Where in a struct the first buffer's address lies, as an expression.
fn buffer_at(data: &Data) -> Tokens {
    let mut found = quote!(::core::option::Option::None);
    let Data::Struct(data) = data else {
        return found;
    };
    let fields: Vec<_> = data.fields.iter().enumerate().collect();
    for (index, field) in fields.into_iter().rev() {
        if !is_skipped(field) {
            let (member, ty) = (member(index, field), &field.ty);
            found = quote! {
                match <#ty as ::exuvia_object::Traverse>::BUFFER_AT {
                    ::core::option::Option::Some(at) => {
                        ::core::option::Option::Some(::core::mem::offset_of!(Self, #member) + at)
                    }
                    ::core::option::Option::None => #found,
                }
            };
        }
    }
    found
}

/// How a field of a struct is named in an expression.
fn member(index: usize, field: &Field) -> Tokens {
    match &field.ident {
        Some(name) => quote!(#name),
        None => {
            let index = syn::Index::from(index);
            quote!(#index)
        }
    }
}

/// Whether there is an attribute `#[traverse(word)]`.
fn has_word(attributes: &[Attribute], word: &str) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("traverse")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|found| found == word)
    })
}

fn is_skipped(field: &Field) -> bool {
    has_word(&field.attrs, "skip")
}

fn label(index: usize, field: &Field) -> String {
    field
        .ident
        .as_ref()
        .map_or_else(|| index.to_string(), ToString::to_string)
}

fn visit_struct(fields: &Fields) -> Tokens {
    let visits = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !is_skipped(field))
        .map(|(index, field)| {
            let (label, member) = (label(index, field), member(index, field));
            quote!(visitor.field(#label, &self.#member);)
        });
    quote!(#(#visits)*)
}

fn visit_variant(fields: &Fields) -> (Tokens, Tokens) {
    let names: Vec<_> = (0..fields.len())
        .map(|index| format_ident!("field_{index}"))
        .collect();
    let visits = fields.iter().enumerate().map(|(index, field)| {
        let (label, name) = (label(index, field), &names[index]);
        if is_skipped(field) {
            quote!(let _ = #name;)
        } else {
            quote!(visitor.field(#label, #name);)
        }
    });
    let visits = quote!(#(#visits)*);
    let pattern = match fields {
        Fields::Named(named) => {
            let members = named.named.iter().map(|field| &field.ident);
            quote!({ #(#members: #names),* })
        }
        Fields::Unnamed(_) => quote!((#(#names),*)),
        Fields::Unit => quote!(),
    };
    (pattern, visits)
}

fn field_types(data: &Data) -> Vec<&syn::Type> {
    let fields: Box<dyn Iterator<Item = &Field>> = match data {
        Data::Struct(data) => Box::new(data.fields.iter()),
        Data::Enum(data) => Box::new(
            data.variants
                .iter()
                .flat_map(|variant| variant.fields.iter()),
        ),
        Data::Union(_) => Box::new(std::iter::empty()),
    };
    fields
        .filter(|field| !is_skipped(field))
        .map(|field| &field.ty)
        .collect()
}
