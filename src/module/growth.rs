//! `memory.grow` that the library can take.
//!
//! Before 0.14 the library adds the pages of `memory.grow` to those that are there in 32 bits. A
//! guest that asks for four billion makes the sum wrap, and the library goes on to a branch that it
//! declares to be impossible (`assuming` in `Allocator::resize`): undefined behaviour. So each such
//! instruction gets others before it, which bring its operand down to one page more than a memory
//! can have. What is too much stays too much, and all else is as it was: instructions of the first
//! version of WebAssembly that take a number and leave one, so that code is valid with them just
//! when it is valid without, and no index changes.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memrchr_iter;
use wasm_encoder::Encode;
use wasmparser::{BinaryReaderError, FunctionBody, Operator};

/// `f64.convert_i32_u`, `f64.const 65537`, `f64.min`, `i32.trunc_f64_u`: the only instructions that
/// take the lesser of two numbers, and the conversions are exact.
const CLAMP: [u8; 12] = [0xb8, 0x44, 0, 0, 0, 0, 0x10, 0, 0xf0, 0x40, 0xa4, 0xab];

/// Which bytes of valid code may be `memory.grow`: its own one, and the index of a memory after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Likely {
    /// Whether there may be several memories, so that the index may be any.
    several: bool,
}

impl Likely {
    pub(super) const fn new(several: bool) -> Self {
        Self { several }
    }

    /// The last of such places. Most functions have none, and to read instructions takes as long as
    /// the library takes to load them.
    fn last_in(self, code: &[u8]) -> Option<usize> {
        const GROW: u8 = 0x40;
        let is_index = |place: &usize| {
            let next = code.get(place + 1);
            next.is_some_and(|&index| self.several || index == 0)
        };
        memrchr_iter(GROW, code).find(is_index)
    }
}

/// Where memories grow in a valid module, by places in its bytes.
///
/// Noted on the walk through the module, where the library needs that
/// ([`GROWTH_WRAPS`](crate::compat::GROWTH_WRAPS)); else there are none.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Each function's body.
    bodies: Vec<(u32, u32)>,
    /// The instructions `memory.grow`, in order.
    growths: Vec<u32>,
}

impl Places {
    /// Adds the places of the functions behind these.
    pub(super) fn append(&mut self, mut next: Self) {
        self.bodies.append(&mut next.bodies);
        self.growths.append(&mut next.growths);
    }

    /// Notes what a valid function of the module does. The module has less than 4 GiB.
    pub(super) fn read(
        &mut self,
        body: &FunctionBody<'_>,
        likely: Likely,
        wasm: &[u8],
    ) -> Result<(), BinaryReaderError> {
        #[allow(clippy::cast_possible_truncation, reason = "less than 4 GiB, as said")]
        let place = |place: usize| place as u32;
        let range = body.range();
        if let Some(last) = likely.last_in(&wasm[range.clone()]) {
            let mut operators = body.get_operators_reader()?;
            while operators.original_position() <= range.start + last {
                let (operator, offset) = operators.read_with_offset()?;
                if let Operator::MemoryGrow { .. } = operator {
                    self.growths.push(place(offset));
                }
            }
        }
        self.bodies.push((place(range.start), place(range.end)));
        Ok(())
    }

    /// The module with each `memory.grow` in bounds. All other bytes stay. `code` is its code
    /// section, with the header.
    pub(super) fn clamp<'a>(&self, wasm: &'a [u8], code: &Range<usize>) -> Cow<'a, [u8]> {
        if self.growths.is_empty() {
            return Cow::Borrowed(wasm);
        }
        let mut section = Vec::with_capacity(code.len() + self.growths.len() * CLAMP.len());
        let mut growths = self.growths.iter().map(|&place| place as usize).peekable();
        self.bodies.len().encode(&mut section);
        for &(start, end) in &self.bodies {
            let (start, end) = (start as usize, end as usize);
            let mut places = Vec::new();
            while let Some(place) = growths.next_if(|&place| place < end) {
                places.push(place);
            }
            (end - start + places.len() * CLAMP.len()).encode(&mut section);
            let mut from = start;
            for place in places {
                section.extend_from_slice(&wasm[from..place]);
                section.extend_from_slice(&CLAMP);
                from = place;
            }
            section.extend_from_slice(&wasm[from..end]);
        }
        let mut module = wasm[..code.start].to_vec();
        module.push(wasm_encoder::SectionId::Code as u8);
        section.encode(&mut module);
        module.extend_from_slice(&wasm[code.end..]);
        Cow::Owned(module)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::module::binary::{Binary, Rules};
    use crate::vocabulary::Proposal;

    /// The module with its growth in bounds, whatever the version of the library, where there may
    /// be several memories and where not.
    fn clamp_where(several: bool, wasm: &[u8]) -> Vec<u8> {
        let mut config = Config::new().unwrap();
        config.proposal(Proposal::MultiMemories, several).unwrap();
        let mut binary = Binary::read(&Rules::new(&config), wasm).ok().unwrap();
        if !crate::compat::GROWTH_WRAPS {
            let growths = &mut binary.functions.growths;
            for payload in wasmparser::Parser::new(0).parse_all(wasm) {
                if let wasmparser::Payload::CodeSectionEntry(body) = payload.unwrap() {
                    growths.read(&body, Likely::new(several), wasm).unwrap();
                }
            }
        }
        binary.clamped().into_owned()
    }

    fn clamp(wasm: &[u8]) -> Vec<u8> {
        clamp_where(true, wasm)
    }

    #[test]
    fn a_module_that_does_not_grow_is_left_alone() {
        let wasm = wat::parse_str("(module (memory 1) (func (drop (memory.size))))").unwrap();
        assert_eq!(clamp(&wasm), wasm);
        assert_eq!(clamp(b"\0asm\x01\0\0\0"), b"\0asm\x01\0\0\0");
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
                    (func (i32.const 1) {grow} drop)
                    (data (i32.const 0) "@\00"))"#
            );
            wat::parse_str(text).unwrap()
        };
        let clamped = "f64.convert_i32_u f64.const 65537 f64.min i32.trunc_f64_u memory.grow";
        for several in [true, false] {
            let grows = module("memory.grow");
            assert_eq!(clamp_where(several, &grows), module(clamped), "{several}");
        }
    }

    #[test]
    fn each_memory_grows_in_bounds() {
        let module = |grow: &str| {
            let memories = "(memory 1)".repeat(100);
            let code = [0, 5, 99].map(|memory| format!("i32.const 1 {grow} {memory} drop"));
            wat::parse_str(format!("(module {memories} (func {}))", code.join(" "))).unwrap()
        };
        let clamped = "f64.convert_i32_u f64.const 65537 f64.min i32.trunc_f64_u memory.grow";
        assert_eq!(clamp(&module("memory.grow")), module(clamped));
    }
}
