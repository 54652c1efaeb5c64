//! The imports of a module, which the scripts' `register` decides about.
//!
//! A script registers instances that there are, under several names or the name of another one. A
//! [`Store`](wasmedge::Store) names an instance when it makes it, once. So each instance gets a name
//! of its own, and modules that import from it have that name put into their bytes.

use wasmparser::{
    CompositeInnerType, ExternalKind, Parser, Payload, RecGroup, SectionLimited, TypeRef, ValType,
};

/// The places of the module names in the bytes, and the names. None where the bytes cannot be read:
/// then the library will refuse them.
fn places(wasm: &[u8]) -> Vec<(usize, String)> {
    let section = Parser::new(0)
        .parse_all(wasm)
        .find_map(|payload| match payload {
            Ok(Payload::ImportSection(section)) => Some(section),
            _ => None,
        });
    let imports = section.into_iter().flat_map(SectionLimited::into_imports);
    let names = imports.map_while(|import| {
        let name = import.ok()?.module;
        Some((name.as_ptr().addr() - wasm.as_ptr().addr(), name.to_owned()))
    });
    names.collect()
}

/// The names of the modules that a module imports from.
pub(crate) fn modules(wasm: &[u8]) -> Vec<String> {
    let names = places(wasm).into_iter().map(|(_, name)| name);
    names.collect()
}

/// Whether references can get into a module or out of it: by a table, a global or a call. Takes any
/// table and any type that has to do with references for such a way.
pub(crate) fn shares_references(wasm: &[u8]) -> bool {
    let has_reference = |payload| match payload {
        Payload::TypeSection(section) => section.into_iter().any(|group| {
            let mut types = group.iter().flat_map(RecGroup::types);
            types.any(|ty| match &ty.composite_type.inner {
                CompositeInnerType::Func(ty) => {
                    let mut types = ty.params().iter().chain(ty.results());
                    types.any(ValType::is_reference_type)
                }
                _ => true,
            })
        }),
        Payload::ImportSection(section) => section.into_imports().any(|import| {
            import.is_ok_and(|import| match import.ty {
                TypeRef::Table(_) => true,
                TypeRef::Global(ty) => ty.content_type.is_reference_type(),
                _ => false,
            })
        }),
        Payload::GlobalSection(section) => section
            .into_iter()
            .any(|global| global.is_ok_and(|global| global.ty.content_type.is_reference_type())),
        Payload::ExportSection(section) => section
            .into_iter()
            .any(|export| export.is_ok_and(|export| export.kind == ExternalKind::Table)),
        _ => false,
    };
    let mut payloads = Parser::new(0).parse_all(wasm);
    payloads.any(|payload| payload.is_ok_and(has_reference))
}

/// The module with other names in the places of the names that `rename` knows.
pub(crate) fn renamed(wasm: &[u8], rename: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let mut new = Vec::with_capacity(wasm.len());
    let mut copied = 0;
    let mut grown = 0;
    for (at, old) in places(wasm) {
        let Some(name) = rename(&old) else { continue };
        let length = leb128(old.len());
        let start = at - length.len();
        assert_eq!(wasm[start..at], length, "the shortest encoding");
        new.extend_from_slice(&wasm[copied..start]);
        new.extend(leb128(name.len()));
        new.extend_from_slice(name.as_bytes());
        copied = at + old.len();
        grown = new.len() as i64 - copied as i64;
    }
    new.extend_from_slice(&wasm[copied..]);
    if grown == 0 {
        return new;
    }
    with_import_section_grown(wasm, &new, grown)
}

/// Puts the new size in front of the import section.
fn with_import_section_grown(wasm: &[u8], new: &[u8], grown: i64) -> Vec<u8> {
    const IMPORT: u8 = 2;
    let range = Parser::new(0)
        .parse_all(wasm)
        .find_map(|payload| match payload {
            Ok(Payload::ImportSection(section)) => Some(section.range()),
            _ => None,
        });
    let range = range.expect("an import section");
    let old_size = leb128(range.len());
    let size_at = range.start - old_size.len();
    assert_eq!(
        wasm[size_at..range.start],
        old_size,
        "the shortest encoding"
    );
    assert_eq!(wasm[size_at - 1], IMPORT);
    let size = usize::try_from(range.len() as i64 + grown).expect("a size");
    [&wasm[..size_at], &leb128(size), &new[range.start..]].concat()
}

/// The shortest encoding of a number.
fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

#[test]
fn references_are_seen_on_all_their_ways() {
    for (text, shares) in [
        ("(import \"a\" \"f\" (func (param i32)))", false),
        ("(table 1 funcref) (elem func 0) (func)", false),
        ("(import \"a\" \"t\" (table 1 funcref))", true),
        ("(table (export \"t\") 1 funcref)", true),
        ("(import \"a\" \"f\" (func (param funcref)))", true),
        ("(func (export \"f\") (result externref) unreachable)", true),
        ("(global (export \"g\") funcref (ref.null func))", true),
        ("(import \"a\" \"g\" (global funcref))", true),
    ] {
        let wasm = wat::parse_str(format!("(module {text})")).unwrap();
        assert_eq!(shares_references(&wasm), shares, "{text}");
    }
}

#[test]
fn names_are_put_in_and_nothing_else_changes() {
    let text = |a: &str| {
        wat::parse_str(format!(
            r#"(module (import "{a}" "f" (func)) (import "b" "g" (func)) (import "{a}" "h" (func))
                 (memory 1) (func (call 0)))"#
        ))
        .unwrap()
    };
    let long = "n".repeat(200);
    let rename = |name: &str| (name == "a").then(|| long.clone());
    assert_eq!(renamed(&text("a"), rename), text(&long));
    assert_eq!(renamed(&text("c"), rename), text("c"));
    assert_eq!(modules(&text("a")), ["a", "b", "a"]);
}
