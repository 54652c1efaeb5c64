//! `memory.grow` that the library can take.
//!
//! Below 0.14 the library adds the pages of `memory.grow` to those that are there in 32 bits. A guest
//! that asks for four billion makes the sum wrap, and the library goes on to a branch that it declares
//! to be impossible (`assuming` in `Allocator::resize`): undefined behaviour. So each such instruction
//! gets others before it, which bring its operand down to one page more than a memory can have. What
//! is too much stays too much, and all else is as it was: instructions of the first version of
//! WebAssembly that take a number and leave one, so that code is valid with them just when it is valid
//! without, and no index changes.

use core::ops::Range;
use std::borrow::Cow;

use memchr::memchr_iter;
use wasm_encoder::Encode;
use wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload, TypeRef};

use crate::sys::compat;

/// `f64.convert_i32_u`, `f64.const 65537`, `f64.min`, `i32.trunc_f64_u`: the only instructions that
/// take the lesser of two numbers, and the conversions are exact.
const CLAMP: [u8; 12] = [0xb8, 0x44, 0, 0, 0, 0, 0x10, 0, 0xf0, 0x40, 0xa4, 0xab];

/// The module with each `memory.grow` in bounds, where the library needs that and the module has any.
pub(crate) fn clamp(wasm: &[u8]) -> Result<Cow<'_, [u8]>, BinaryReaderError> {
    if compat::GROWTH_WRAPS {
        clamp_all(wasm)
    } else {
        Ok(Cow::Borrowed(wasm))
    }
}

/// Whether there may be something to clamp in code.
pub(super) fn is_likely_in(code: &[u8], memories: usize) -> bool {
    compat::GROWTH_WRAPS && likely_in(code, memories).next().is_some()
}

/// The places in code where `memory.grow` may be, by what its bytes are: its own one, and an index of a
/// memory after it. Most functions have none, and to read instructions takes as long as the library
/// takes to load them.
fn likely_in(code: &[u8], memories: usize) -> impl Iterator<Item = usize> {
    const GROW: u8 = 0x40;
    const MORE: u8 = 0x80;
    let is_index = move |&byte: &u8| usize::from(byte) < memories || byte >= MORE;
    memchr_iter(GROW, code).filter(move |place| code.get(place + 1).is_some_and(is_index))
}

fn clamp_all(wasm: &[u8]) -> Result<Cow<'_, [u8]>, BinaryReaderError> {
    let mut code = Code::default();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    code.memories += usize::from(matches!(import?.ty, TypeRef::Memory(_)));
                }
            }
            Payload::MemorySection(section) => code.memories += section.count() as usize,
            Payload::CodeSectionStart { range, .. } => {
                code.section = code.header..range.end;
            }
            Payload::CodeSectionEntry(body) => code.read(body, wasm)?,
            _ => {}
        }
        if let Some((_, section)) = payload.as_section() {
            code.header = section.end;
        }
    }
    if code.growths == 0 {
        return Ok(Cow::Borrowed(wasm));
    }
    Ok(Cow::Owned(code.write(wasm)))
}

/// The code of a module, by places in its bytes.
#[derive(Default)]
struct Code {
    /// How many memories there are.
    memories: usize,
    /// Where the section after the last one begins.
    header: usize,
    /// The section, with its header.
    section: Range<usize>,
    /// Each function, and where its instructions `memory.grow` are.
    bodies: Vec<(Range<usize>, Vec<usize>)>,
    /// How many of these there are.
    growths: usize,
}

impl Code {
    fn read(&mut self, body: &FunctionBody<'_>, wasm: &[u8]) -> Result<(), BinaryReaderError> {
        let mut growths = Vec::new();
        let start = body.range().start;
        if let Some(last) = likely_in(&wasm[body.range()], self.memories).last() {
            let mut operators = body.get_operators_reader()?;
            while operators.original_position() <= start + last {
                let (operator, place) = operators.read_with_offset()?;
                if let Operator::MemoryGrow { .. } = operator {
                    growths.push(place);
                }
            }
        }
        self.growths += growths.len();
        self.bodies.push((body.range(), growths));
        Ok(())
    }

    /// The module anew: all bytes that are there stay.
    fn write(&self, wasm: &[u8]) -> Vec<u8> {
        let mut section = Vec::with_capacity(self.section.len() + self.growths * CLAMP.len());
        self.bodies.len().encode(&mut section);
        for (body, growths) in &self.bodies {
            (body.len() + growths.len() * CLAMP.len()).encode(&mut section);
            let mut from = body.start;
            for &place in growths {
                section.extend_from_slice(&wasm[from..place]);
                section.extend_from_slice(&CLAMP);
                from = place;
            }
            section.extend_from_slice(&wasm[from..body.end]);
        }
        let mut module = wasm[..self.section.start].to_vec();
        module.push(wasm_encoder::SectionId::Code as u8);
        section.encode(&mut module);
        module.extend_from_slice(&wasm[self.section.end..]);
        module
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_does_not_grow_is_left_alone() {
        let wasm = wat::parse_str("(module (memory 1) (func (drop (memory.size))))").unwrap();
        assert!(matches!(clamp_all(&wasm), Ok(Cow::Borrowed(_))));
        assert!(matches!(
            clamp_all(b"\0asm\x01\0\0\0"),
            Ok(Cow::Borrowed(_))
        ));
    }

    #[test]
    fn what_grows_is_what_one_would_have_written() {
        let module = |grow: &str| {
            let text = format!(
                r#"(module
                    (import "env" "f" (func))
                    (memory 1)
                    (func (export "first") (param i32) (result i32)
                      (local.get 0) {grow} (if (then)) (local.get 0) {grow})
                    (func $second (call 0))
                    (func (local i64) (loop (i32.const 64) {grow} drop))
                    (data (i32.const 0) "@\00"))"#
            );
            wat::parse_str(text).unwrap()
        };
        let clamped = "f64.convert_i32_u f64.const 65537 f64.min i32.trunc_f64_u memory.grow";
        let before = module("memory.grow");
        assert_eq!(clamp_all(&before).unwrap(), module(clamped));
    }

    #[test]
    fn code_that_cannot_be_read_is_an_error() {
        let text = "(module (memory 1) (func nop (drop (memory.grow (i32.const 2)))))";
        let mut wasm = wat::parse_str(text).unwrap();
        let nop = wasm.iter().rposition(|&byte| byte == 1).unwrap();
        wasm[nop] = 0xff;
        clamp_all(&wasm).unwrap_err();
        // What cannot grow is for the library to judge.
        let mut wasm = wat::parse_str("(module (memory 1) (func nop))").unwrap();
        let nop = wasm.iter().rposition(|&byte| byte == 1).unwrap();
        wasm[nop] = 0xff;
        assert!(matches!(clamp_all(&wasm), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn each_memory_grows_in_bounds() {
        let module = |grow: &str| {
            let memories = "(memory 1)".repeat(200);
            let code = [0, 5, 199].map(|memory| format!("i32.const 1 {grow} {memory} drop"));
            wat::parse_str(format!("(module {memories} (func {}))", code.join(" "))).unwrap()
        };
        let clamped = "f64.convert_i32_u f64.const 65537 f64.min i32.trunc_f64_u memory.grow";
        assert_eq!(clamp_all(&module("memory.grow")).unwrap(), module(clamped));
    }
}
