//! The convention of the crate `wasmedge-bindgen`.

use std::borrow::Cow;
use std::iter;

use super::convert::{Params, Results};
use super::heap::{self, Alloc, Block, Free, Heap};
use super::value::{Type, Value, ValueRef};
use crate::runtime::instance::Instance;
use crate::runtime::store::{AsStore, AsStoreMut};
use crate::vocabulary::{Error, ErrorKind, Result};

/// A guest whose functions were exported with `#[wasmedge_bindgen]`, of the crate
/// `wasmedge-bindgen` 0.4.
///
/// Such a function takes and gives numbers, `bool`, `char`, strings and arrays of integers; it may
/// have several results, and it may fail with a text, which is [`ErrorKind::Guest`] here. The guest
/// says itself of what types its results are, so a call needs no type in the
/// [`call_values`](Self::call_values) form.
///
/// A small handle, as [`Instance`] is; its methods panic with another store than its own.
///
/// Go: `Bindgen`.
///
/// # What is freed
///
/// The guest takes over what it is given, and frees it. The host frees, with the guest's own
/// function, what the guest leaves: the table of parameters, the answer, and the results. Results
/// that are not in the guest's heap are left alone, as are those that version 0.4.0 of the crate
/// leaves on its stack. Where the guest counted the parameters and found another number, or
/// trapped, what it was given stays.
///
/// A host knows the length of a string or an array, and not the room that the guest made for it,
/// which may be larger. The allocators of Rust's standard library do not look at the size; for a
/// guest with one that does, there is [`free_results`](Self::free_results).
///
/// # Examples
///
/// ```
/// use wasmedge::Vm;
/// use wasmedge::bindgen::WasmEdgeBindgen;
///
/// let mut vm = Vm::new(())?;
/// let guest = vm.register_file("guest", "testdata/wasmedge_bindgen.wasm")?;
/// let guest = WasmEdgeBindgen::new(&vm, guest)?;
///
/// let text: String = guest.call(&mut vm, "say", "world")?;
/// assert_eq!(text, "hello world");
/// let (quotient, rest): (i32, i32) = guest.call(&mut vm, "divide", (17, 5))?;
/// assert_eq!((quotient, rest), (3, 2));
///
/// let error = guest.call::<_, (i32, i32)>(&mut vm, "divide", (17, 0)).unwrap_err();
/// assert_eq!(error.to_string(), "the guest function failed: division by zero");
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[doc(alias = "Bindgen")]
pub struct WasmEdgeBindgen {
    instance: Instance,
    heap: Heap,
    /// Where the guest's heap starts, if it says so. Below are its data and its stack.
    heap_base: Option<u32>,
    free_results: bool,
}

/// An answer: a flag, a pointer, a length.
const ANSWER: usize = 9;

/// An entry of the table of parameters: a pointer and a number of elements.
const PARAM: usize = 8;

/// An entry of the table of results: a pointer, a type, a number of bytes.
const RESULT: usize = 12;

/// The most results of a function: what web browsers allow one of WebAssembly.
const MAX_RESULTS: u32 = 1000;

impl WasmEdgeBindgen {
    /// Takes an instance as such a guest: finds its memory, and its functions `allocate` and
    /// `deallocate`.
    ///
    /// Go: `Instantiate`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchExport`] when one of them is not there, and [`ErrorKind::Signature`] when
    /// it has another type.
    #[doc(alias = "Instantiate")]
    pub fn new(store: impl AsStore, instance: Instance) -> Result<Self> {
        let alloc = instance.get_typed_func(&store, "allocate")?;
        let free = instance.get_typed_func(&store, "deallocate")?;
        let heap_base = instance
            .get_global(&store, "__heap_base")
            .and_then(|global| global.get(&store).ok()?.i32());
        Ok(Self {
            instance,
            heap: Heap {
                memory: heap::memory_of(&store, instance)?,
                alloc: Alloc::Size(alloc),
                free: Some(Free::Size(free)),
            },
            heap_base: heap_base.map(|base| base as u32),
            free_results: true,
        })
    }

    /// Whether results, and the texts of errors, are freed; they are if nothing else is said. Else
    /// they stay in the guest for good, as with the Go SDK.
    #[must_use]
    pub const fn free_results(mut self, free: bool) -> Self {
        self.free_results = free;
        self
    }

    /// Returns the instance.
    pub const fn instance(&self) -> Instance {
        self.instance
    }

    /// Calls a function of the guest.
    ///
    /// Go: `Execute`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Guest`] when the function itself failed, [`ErrorKind::GuestResults`] when its
    /// results are of other types than `R`, [`ErrorKind::NoSuchExport`] and
    /// [`ErrorKind::Signature`] when there is no function of this name and convention,
    /// [`ErrorKind::Unsupported`] for a parameter that the convention does not have (arrays of
    /// `f32` and `f64`, options); [`ErrorKind::GuestAbi`], [`ErrorKind::MemoryAccess`] and
    /// [`ErrorKind::MemoryString`] when the guest breaks the convention; else what an execution
    /// ended with.
    ///
    /// # Panics
    ///
    /// When a host function that is called panics: with the same panic.
    #[doc(alias = "Execute")]
    pub fn call<P: Params, R: Results>(
        &self,
        mut store: impl AsStoreMut,
        name: &str,
        params: P,
    ) -> Result<R> {
        let expected = Some(R::TYPES);
        let values = params.with(|params| self.run(&mut store, name, params, expected))?;
        let results = R::from_values(values.into_iter());
        Ok(results.expect("the types were compared"))
    }

    /// Calls a function of the guest with values whose types are known only at run time.
    ///
    /// Go: `Execute`.
    ///
    /// # Errors
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Panics
    ///
    /// Same as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::Vm;
    /// use wasmedge::bindgen::{Value, WasmEdgeBindgen};
    ///
    /// let mut vm = Vm::new(())?;
    /// let guest = vm.register_file("guest", "testdata/wasmedge_bindgen.wasm")?;
    /// let guest = WasmEdgeBindgen::new(&vm, guest)?;
    /// let results = guest.call_values(&mut vm, "say", &[Value::from("world")])?;
    /// assert_eq!(results, [Value::from("hello world")]);
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "Execute")]
    pub fn call_values(
        &self,
        mut store: impl AsStoreMut,
        name: &str,
        params: &[Value],
    ) -> Result<Vec<Value>> {
        let params: Vec<_> = params.iter().map(Value::view).collect();
        self.run(&mut store, name, &params, None)
    }

    fn run(
        &self,
        store: &mut impl AsStoreMut,
        name: &str,
        params: &[ValueRef<'_>],
        expected: Option<&[Type]>,
    ) -> Result<Vec<Value>> {
        let func = self
            .instance
            .get_typed_func::<(u32, u32), u32>(&*store, name)?;
        for param in params {
            let ty = param.ty();
            if let ValueRef::None(_) = param {
                return Err(Error::unsupported(
                    format!("a parameter that is none, in place of a {ty}"),
                    "wasmedge-bindgen has no options; pass a value",
                ));
            }
            if code(ty).is_none() {
                return Err(Error::unsupported(
                    format!("a parameter that is an {ty}"),
                    "wasmedge-bindgen has arrays of integers alone; pass the bits as integers",
                ));
            }
        }

        let values: Vec<Cow<'_, [u8]>> = params.iter().map(|param| param.bytes()).collect();
        // The table has one entry at least, so that there is a pointer into the heap to compare
        // with.
        let mut rooms = vec![(heap::size_of_guest(params.len().max(1) * PARAM)?, 1)];
        for value in &values {
            rooms.push((heap::size_of_guest(value.len())?, 1));
        }
        let blocks = self.heap.allocate(store, &rooms)?;
        let table = blocks[0];
        let mut entries = Vec::with_capacity(table.size as usize);
        for (block, param) in blocks[1..].iter().zip(params) {
            entries.extend_from_slice(&block.at.to_le_bytes());
            let elements = block.size / param.ty().element_size() as u32;
            entries.extend_from_slice(&elements.to_le_bytes());
        }
        let values = values.iter().map(|value| &**value);
        let contents = iter::once(&*entries).chain(values);
        self.heap.fill(store, &blocks, contents)?;

        let answer = func.call(&mut *store, (table.at, params.len() as u32))?;
        let mut left = vec![table];
        let outcome = self.answer(&*store, answer, expected, &mut left);

        let real = blocks.iter().filter(|block| block.size > 0);
        let lowest = real.map(|block| block.at).min();
        let heap_base = self.heap_base.or(lowest).unwrap_or_default();
        left.retain(|block| block.at >= heap_base);
        let released = self.heap.release(store, left);
        let values = outcome?;
        released?;
        Ok(values)
    }

    /// Reads the answer of a function, and notes in `left` what is to be freed.
    fn answer(
        &self,
        store: &impl AsStore,
        at: u32,
        expected: Option<&[Type]>,
        left: &mut Vec<Block>,
    ) -> Result<Vec<Value>> {
        let memory = self.heap.memory;
        let mut leave = |at, size: usize| {
            let size = size as u32;
            left.push(Block { at, size, align: 1 });
        };

        let mut answer = [0; ANSWER];
        memory.read(store, at, &mut answer)?;
        leave(at, ANSWER);
        let [flag, answer @ ..] = answer;
        let [at, len] = words(&answer);
        match flag {
            0 => {}
            1 => {
                let text = heap::copy_out(memory, store, at, len.into())?;
                if self.free_results {
                    leave(at, text.len());
                }
                let Value::String(text) = heap::parse(Type::String, at, text)? else {
                    unreachable!("a string")
                };
                return Err(Error::from(ErrorKind::Guest(text)));
            }
            _ => {
                return Err(Error::from(ErrorKind::GuestAbi(format!(
                    "its answer starts with {flag}, which is neither 0 nor 1"
                ))));
            }
        }

        if len > MAX_RESULTS {
            return Err(Error::from(ErrorKind::GuestAbi(format!(
                "it returned {len} results: {MAX_RESULTS} are the most"
            ))));
        }
        let table = heap::copy_out(memory, store, at, u64::from(len) * RESULT as u64)?;
        leave(at, table.len());
        let mut results = Vec::with_capacity(len as usize);
        for entry in table.chunks_exact(RESULT) {
            let [at, code, size] = words(entry);
            if self.free_results {
                leave(at, size as usize);
            }
            let ty = of_code(code).ok_or_else(|| {
                Error::from(ErrorKind::GuestAbi(format!(
                    "it returned a value of type {code}, which there is not"
                )))
            })?;
            results.push((ty, at, size));
        }
        let types = results.iter().map(|(ty, ..)| *ty);
        if let Some(expected) = expected {
            if !types.clone().eq(expected.iter().copied()) {
                return Err(Error::from(ErrorKind::GuestResults {
                    actual: list(types),
                    requested: list(expected.iter().copied()),
                }));
            }
        }
        // Results that lie side by side are no larger than the memory, and those that overlap would
        // be copied as often as the guest likes.
        let total: u64 = results.iter().map(|(.., size)| u64::from(*size)).sum();
        if total > memory.data_size(store) {
            return Err(Error::from(ErrorKind::GuestAbi(format!(
                "its results have {total} bytes, more than its memory"
            ))));
        }
        results
            .into_iter()
            .map(|(ty, at, size)| {
                let bytes = heap::copy_out(memory, store, at, size.into())?;
                heap::parse(ty, at, bytes)
            })
            .collect()
    }
}

/// Little-endian words.
fn words<const N: usize>(bytes: &[u8]) -> [u32; N] {
    let mut words = [0; N];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_le_bytes(bytes.try_into().expect("4 bytes"));
    }
    words
}

/// Types in a message, not all of them when there are many.
fn list(types: impl ExactSizeIterator<Item = Type>) -> Box<str> {
    const SHOWN: usize = 16;
    let more = types.len().saturating_sub(SHOWN);
    let shown: Vec<_> = types.take(SHOWN).map(|ty| ty.to_string()).collect();
    let mut text = format!("({}", shown.join(", "));
    if more > 0 {
        text += &format!(" and {more} more");
    }
    text.push(')');
    text.into()
}

/// The types of the convention, with their numbers.
const CODES: [(u32, Type); 21] = [
    (1, Type::U8),
    (2, Type::I8),
    (3, Type::U16),
    (4, Type::I16),
    (5, Type::U32),
    (6, Type::I32),
    (7, Type::U64),
    (8, Type::I64),
    (9, Type::F32),
    (10, Type::F64),
    (11, Type::Bool),
    (12, Type::Char),
    (21, Type::U8Array),
    (22, Type::I8Array),
    (23, Type::U16Array),
    (24, Type::I16Array),
    (25, Type::U32Array),
    (26, Type::I32Array),
    (27, Type::U64Array),
    (28, Type::I64Array),
    (31, Type::String),
];

fn code(ty: Type) -> Option<u32> {
    let mut codes = CODES.iter();
    codes.find(|(_, each)| *each == ty).map(|(code, _)| *code)
}

fn of_code(code: u32) -> Option<Type> {
    let mut codes = CODES.iter();
    codes.find(|(each, _)| *each == code).map(|(_, ty)| *ty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_of_types_are_cut() {
        assert_eq!(&*list([Type::U8, Type::String].into_iter()), "(u8, string)");
        let text = list([Type::U8; 20].into_iter());
        assert!(text.ends_with("u8 and 4 more)"), "{text}");
    }
}
