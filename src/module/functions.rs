//! The functions of a module: validated, and looked through for what the crate needs to know.
//!
//! That is most of the work with a module. So those of a large one are validated by several
//! threads.

use std::num::NonZero;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::thread;

use wasmparser::{
    BinaryReaderError, FuncToValidate, FuncValidator, FuncValidatorAllocations, FunctionBody,
    Operator, OperatorsReader, ValidatorResources,
};

use super::growth;
use crate::compat;

/// How much code is worth another thread: it takes the validator a millisecond and more, and a
/// thread a twentieth of that.
const WORTH_A_THREAD: usize = 128 << 10;

/// More threads than this have little left to do.
const MOST_THREADS: usize = 8;

/// What is looked for in functions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search<'a> {
    pub(super) wasm: &'a [u8],
    /// Whether it is measured how much stack they use.
    pub(super) stack_use: bool,
    /// Which bytes may be a growing memory, where that matters.
    pub(super) growths: growth::Likely,
}

/// What was found in functions, in their order.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) count: usize,
    /// How much stack each uses, where that is measured.
    pub(super) stack_use: Vec<StackUse>,
    pub(super) growths: growth::Places,
}

/// How much of the interpreter's stack a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StackUse {
    /// How many locals it has, its parameters included.
    pub(super) locals: u32,
    /// How many values it has at most: locals, parameters and operands.
    pub(super) values: u64,
    /// Whether it calls functions.
    pub(super) calls: bool,
}

/// A function that is not validated yet.
pub(super) type Function<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// How many threads are to validate code that lies there.
pub(super) fn threads(code: &Range<usize>) -> usize {
    let worth = code.len() / WORTH_A_THREAD;
    if worth < 2 {
        return 1;
    }
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    worth.min(processors).min(MOST_THREADS)
}

/// Validates functions one after the other.
#[derive(Default)]
pub(super) struct Worker {
    found: Found,
    allocations: FuncValidatorAllocations,
}

impl Worker {
    /// Validates a function, and notes what is in it.
    pub(super) fn validate(
        &mut self,
        (function, body): Function<'_>,
        search: Search<'_>,
    ) -> Result<(), BinaryReaderError> {
        let allocations = std::mem::take(&mut self.allocations);
        let mut validator = function.into_validator(allocations);
        if search.stack_use {
            self.found.stack_use.push(measure(&mut validator, &body)?);
        } else {
            validator.validate(&body)?;
        }
        self.allocations = validator.into_allocations();
        self.found.count += 1;
        if compat::GROWTH_WRAPS {
            self.found
                .growths
                .read(&body, search.growths, search.wasm)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Found {
        self.found
    }
}

/// Validates functions on so many threads, this one among them. The error is that of the first
/// function that is not valid, in their order.
pub(super) fn validate_all(
    functions: Vec<Function<'_>>,
    threads: usize,
    search: Search<'_>,
) -> Result<Found, BinaryReaderError> {
    // Several parts for each thread, since some take longer than others.
    let size = functions.len().div_ceil(threads * 4).max(1);
    let mut parts = Vec::new();
    let mut functions = functions.into_iter();
    loop {
        let part: Vec<_> = functions.by_ref().take(size).collect();
        if part.is_empty() {
            break;
        }
        parts.push(part);
    }
    let done = Mutex::new((0..parts.len()).map(|_| None).collect::<Vec<_>>());
    let open = Mutex::new(parts.into_iter().enumerate());
    let work = || {
        loop {
            let next = open.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((index, part)) = next else { return };
            let mut worker = Worker::default();
            let outcome = part
                .into_iter()
                .try_for_each(|function| worker.validate(function, search));
            let outcome = outcome.map(|()| worker.finish());
            done.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(outcome);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Where there is none to be had, the others do its part.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    let mut found = Found::default();
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    for part in done {
        found.append(part.expect("each part was done")?);
    }
    Ok(found)
}

impl Found {
    fn append(&mut self, next: Self) {
        self.count += next.count;
        self.stack_use.extend(next.stack_use);
        self.growths.append(next.growths);
    }
}

/// Validates a function instruction by instruction, and measures its frame.
fn measure(
    validator: &mut FuncValidator<ValidatorResources>,
    body: &FunctionBody<'_>,
) -> Result<StackUse, BinaryReaderError> {
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader)?;
    reader.set_features(*validator.features());
    let mut operators = OperatorsReader::new(reader);
    let (mut highest, mut calls) = (0, false);
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        validator.op(offset, &operator)?;
        calls |= is_call(&operator);
        highest = highest.max(validator.operand_stack_height());
    }
    operators.finish()?;
    let locals = validator.len_locals();
    Ok(StackUse {
        locals,
        values: u64::from(locals) + u64::from(highest),
        calls,
    })
}

fn is_call(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_for_much_code() {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let count = |len| threads(&(100..100 + len));
        assert_eq!([0, 1000, 2 * WORTH_A_THREAD - 1].map(count), [1; 3]);
        for worth in [2, 3, 5, 8] {
            assert_eq!(count(worth * WORTH_A_THREAD), worth.min(processors));
        }
        assert_eq!(count(1 << 30), MOST_THREADS.min(processors));
    }
}
