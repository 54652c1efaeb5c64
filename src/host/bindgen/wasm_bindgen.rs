//! The convention of the crate `wasm-bindgen`.

use std::borrow::Cow;

use super::convert::{OneResult, Params};
use super::heap::{self, Alloc, Block, Free, Heap};
use super::value::{Type, Value, ValueRef};
use crate::runtime::func::{TypedFunc, WasmParams, WasmResults};
use crate::runtime::instance::Instance;
use crate::runtime::memory::Memory;
use crate::runtime::store::{self, AsStore, AsStoreMut};
use crate::runtime::value::Val;
use crate::vocabulary::{Error, ErrorKind, FuncType, Result, ValType};

/// A guest whose functions were exported with `#[wasm_bindgen]`, of the crate `wasm-bindgen`, and
/// that went through its command-line tool.
///
/// Such a function takes numbers, `bool`, `char`, strings, and slices or vectors of numbers, and
/// gives one of them or nothing; a string, a slice or a vector may be an `Option`. What it takes
/// from JavaScript, such as `JsValue` and `Result`, is not to be had without a JavaScript engine.
///
/// The convention changed over the years. All of its forms are understood, by the types of the
/// guest's functions: an allocation with alignment or without, 64-bit integers as one value or as
/// two, a string returned as two values, through the guest's stack, or through a place that the
/// host chooses. The last was address 8 for everybody, and is here if the guest has no function to
/// make room with.
///
/// A guest of today imports functions of its JavaScript glue, even if it never calls them:
/// [`glue`](Self::glue) stands in for them.
///
/// A small handle, as [`Instance`] is; its methods panic with another store than its own.
///
/// # What is freed
///
/// The guest takes over what it is given, and frees it. The host frees, with the guest's own
/// function, what it is given. Where the guest traps, what it was given stays.
///
/// # Examples
///
/// ```
/// use wasmedge::{Config, Module, Vm};
/// use wasmedge::bindgen::WasmBindgen;
///
/// let module = Module::from_file(&Config::new()?, "testdata/wasm_bindgen.wasm")?;
/// let mut vm = Vm::new(())?;
/// for glue in WasmBindgen::glue(&module)? {
///     vm.register_host(&glue)?;
/// }
/// let guest = vm.register_module("guest", &module)?;
/// let guest = WasmBindgen::new(&vm, guest)?;
///
/// let text: String = guest.call(&mut vm, "say", "world")?;
/// assert_eq!(text, "hello world");
/// let reversed: Vec<u8> = guest.call(&mut vm, "reverse", [1u8, 2, 3])?;
/// assert_eq!(reversed, [3, 2, 1]);
/// # Ok::<(), wasmedge::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WasmBindgen {
    instance: Instance,
    memory: Option<Memory>,
    alloc: Option<Alloc>,
    free: Option<Free>,
    /// Moves the guest's stack, and tells its new end.
    stack: Option<TypedFunc<i32, u32>>,
}

/// How much of the guest's stack its own glue takes for a result.
const STACK: i32 = 16;

/// Where a result goes if there is no other place, as everybody had it once: nothing else is there.
const SCRATCH: u32 = 8;

/// The size and alignment of a result that is returned through a pointer: two words.
const PAIR: u32 = 8;
const PAIR_ALIGN: u32 = 4;

/// The place for a result that is returned through a pointer.
#[derive(Clone, Copy, Debug)]
enum Pair {
    Stack(TypedFunc<i32, u32>),
    Heap,
    Scratch,
}

/// Where a function puts a result of two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Returns {
    /// Among its results.
    Values,
    /// Where its first parameter points.
    Pointer,
}

/// The form of the convention that a function follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    /// Whether a 64-bit integer is two values of 32 bits.
    split: bool,
    returns: Returns,
}

impl WasmBindgen {
    /// Takes an instance as such a guest: finds its memory and the functions that make room in it.
    ///
    /// A guest that takes and gives nothing but numbers has none of them, which is no error.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Signature`] when one of the functions has a type that no version of the
    /// convention has.
    pub fn new(store: impl AsStore, instance: Instance) -> Result<Self> {
        let stack = "__wbindgen_add_to_stack_pointer";
        Ok(Self {
            instance,
            memory: heap::memory_of(&store, instance).ok(),
            alloc: find(
                &store,
                instance,
                "__wbindgen_malloc",
                Alloc::SizeAlign,
                Alloc::Size,
            )?,
            free: find(
                &store,
                instance,
                "__wbindgen_free",
                Free::SizeAlign,
                Free::Size,
            )?,
            stack: match instance.get_func(&store, stack) {
                Some(func) => Some(func.typed(&store)?),
                None => None,
            },
        })
    }

    /// Returns the instance.
    pub const fn instance(&self) -> Instance {
        self.instance
    }

    /// Calls a function of the guest.
    ///
    /// Go: `ExecuteBindgen`, `ExecuteBindgenRegistered`, `Bindgen_return_void`,
    /// `Bindgen_return_i32`, `Bindgen_return_i64`, `Bindgen_return_array`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchExport`] when there is no function of this name, or none that makes room
    /// in the guest's memory where that is needed; [`ErrorKind::Signature`] when the function's
    /// type shows that it takes or gives something else; [`ErrorKind::GuestAbi`],
    /// [`ErrorKind::MemoryAccess`] and [`ErrorKind::MemoryString`] when the guest breaks the
    /// convention; else what an execution ended with.
    ///
    /// # Panics
    ///
    /// When a host function that is called panics: with the same panic.
    #[doc(alias = "ExecuteBindgen")]
    #[doc(alias = "ExecuteBindgenRegistered")]
    #[doc(alias = "Bindgen_return_void")]
    #[doc(alias = "Bindgen_return_i32")]
    #[doc(alias = "Bindgen_return_i64")]
    #[doc(alias = "Bindgen_return_array")]
    pub fn call<P: Params, R: OneResult>(
        &self,
        mut store: impl AsStoreMut,
        name: &str,
        params: P,
    ) -> Result<R> {
        let value = params.with(|params| self.run(&mut store, name, params, R::TYPE))?;
        R::from_option(value).ok_or_else(|| {
            let ty = R::TYPE.map_or_else(String::new, |ty| ty.to_string());
            Error::from(ErrorKind::GuestAbi(format!(
                "it returned a null pointer, which is `None`, in place of a value of type {ty}"
            )))
        })
    }

    /// Calls a function of the guest with values whose types are known only at run time. What the
    /// guest gives does not say what it is, so its type has to be known; `None` is nothing. A
    /// result that is `None` in the guest is so here.
    ///
    /// Go: `ExecuteBindgen`, `ExecuteBindgenRegistered`.
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
    /// use wasmedge::bindgen::{Type, Value, WasmBindgen};
    /// use wasmedge::{Config, Module, Vm};
    ///
    /// let module = Module::from_file(&Config::new()?, "testdata/wasm_bindgen.wasm")?;
    /// let mut vm = Vm::new(())?;
    /// for glue in WasmBindgen::glue(&module)? {
    ///     vm.register_host(&glue)?;
    /// }
    /// let guest = vm.register_module("guest", &module)?;
    /// let guest = WasmBindgen::new(&vm, guest)?;
    /// let said = guest.call_values(&mut vm, "say", &[Value::from("world")], Some(Type::String))?;
    /// assert_eq!(said, Some(Value::from("hello world")));
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "ExecuteBindgen")]
    #[doc(alias = "ExecuteBindgenRegistered")]
    pub fn call_values(
        &self,
        mut store: impl AsStoreMut,
        name: &str,
        params: &[Value],
        result: Option<Type>,
    ) -> Result<Option<Value>> {
        let params: Vec<_> = params.iter().map(Value::view).collect();
        self.run(&mut store, name, &params, result)
    }

    fn run(
        &self,
        store: &mut impl AsStoreMut,
        name: &str,
        params: &[ValueRef<'_>],
        result: Option<Type>,
    ) -> Result<Option<Value>> {
        let func = self.instance.require_func(store::core(store), name)?;
        let form = form(func.ty(&*store)?, params, result)?;

        let pair = match (form.returns, self.stack, self.alloc, self.free) {
            (Returns::Values, ..) => None,
            (Returns::Pointer, Some(stack), ..) => Some(Pair::Stack(stack)),
            (Returns::Pointer, None, Some(_), Some(_)) => Some(Pair::Heap),
            (Returns::Pointer, ..) => Some(Pair::Scratch),
        };

        let arrays = params.iter().filter(|param| param.is_some_array());
        let contents: Vec<Cow<'_, [u8]>> = arrays.clone().map(|param| param.bytes()).collect();
        let mut rooms = Vec::with_capacity(contents.len() + 1);
        for (param, bytes) in arrays.zip(&contents) {
            let align = param.ty().element_size() as u32;
            rooms.push((heap::size_of_guest(bytes.len())?, align));
        }
        if let Some(Pair::Heap) = pair {
            rooms.push((PAIR, PAIR_ALIGN));
        }
        let mut blocks = Vec::new();
        if !rooms.is_empty() {
            let heap = self.heap(&*store)?;
            blocks = heap.allocate(store, &rooms)?;
            let zeros = Cow::from(&[0; PAIR as usize][..]);
            heap.fill(store, &blocks, contents.iter().chain([&zeros]))?;
        }

        let pair_at = match pair {
            None => None,
            Some(Pair::Stack(stack)) => Some(stack.call(&mut *store, -STACK)?),
            Some(Pair::Heap) => blocks.last().map(|block| block.at),
            Some(Pair::Scratch) => Some(SCRATCH),
        };
        let mut args: Vec<_> = pair_at.map(word).into_iter().collect();
        let mut rooms = blocks.iter().copied();
        for param in params {
            lower(*param, form.split, &mut rooms, &mut args);
        }
        let results = func.call_values(&mut *store, &args)?;
        let value = self.lift(store, &results, pair_at, result);

        // The guest ended well, so it is to have its place back, whatever it gave.
        match pair {
            Some(Pair::Stack(stack)) => {
                stack.call(&mut *store, STACK)?;
            }
            Some(Pair::Heap) => self.heap(&*store)?.release(store, blocks.pop())?,
            Some(Pair::Scratch) | None => {}
        }
        value
    }

    /// The value that a function gave.
    fn lift(
        &self,
        store: &mut impl AsStoreMut,
        results: &[Val],
        pair_at: Option<u32>,
        result: Option<Type>,
    ) -> Result<Option<Value>> {
        let Some(ty) = result else { return Ok(None) };
        let (at, len) = match (pair_at, results) {
            (Some(at), _) => {
                let memory = self.memory(&*store)?;
                let low = memory.read_value(&*store, at)?;
                let high = memory.read_value(&*store, u64::from(at) + 4)?;
                (low, high)
            }
            (None, &[Val::I32(at), Val::I32(len)]) => (at as u32, len as u32),
            (None, &[value]) => return scalar(ty, value).map(Some),
            _ => unreachable!("the type of the function was looked at"),
        };
        if !ty.is_array() {
            let whole = u64::from(len) << 32 | u64::from(at);
            return scalar(ty, Val::I64(whole as i64)).map(Some);
        }
        if at == 0 {
            return Ok(None);
        }
        let align = ty.element_size() as u32;
        let size = u64::from(len) * u64::from(align);
        let bytes = heap::copy_out(self.memory(&*store)?, &*store, at, size)?;
        if self.free.is_some() {
            let size = heap::size_of_guest(bytes.len())?;
            let heap = self.heap(&*store)?;
            heap.release(store, [Block { at, size, align }])?;
        }
        heap::parse(ty, at, bytes).map(Some)
    }

    fn memory(&self, store: impl AsStore) -> Result<Memory> {
        match self.memory {
            Some(memory) => Ok(memory),
            None => heap::memory_of(store, self.instance),
        }
    }

    fn heap(&self, store: impl AsStore) -> Result<Heap> {
        let alloc = self.alloc.ok_or_else(|| {
            Error::from(ErrorKind::NoSuchExport {
                kind: "function",
                name: "__wbindgen_malloc".into(),
                available: self.instance.func_names(&store),
            })
        })?;
        Ok(Heap {
            memory: self.memory(store)?,
            alloc,
            free: self.free,
        })
    }
}

/// The function of this name, in its newer or its older form.
///
/// Where names were stripped from the guest, the tool of `wasm-bindgen` gives it another, with a
/// number; it is the one that has the type then.
fn find<N: WasmParams, O: WasmParams, R: WasmResults, F>(
    store: impl AsStore,
    instance: Instance,
    name: &str,
    newer: fn(TypedFunc<N, R>) -> F,
    older: fn(TypedFunc<O, R>) -> F,
) -> Result<Option<F>> {
    if let Some(func) = instance.get_func(&store, name) {
        if let Ok(func) = func.typed(&store) {
            return Ok(Some(older(func)));
        }
        return Ok(Some(newer(func.typed(&store)?)));
    }
    let names = instance.func_names(&store).into_iter();
    let mut found = names
        .filter(|name| name.starts_with("__wbindgen_export"))
        .filter_map(|name| instance.get_typed_func(&store, &name).ok());
    Ok(match (found.next(), found.next()) {
        (Some(func), None) => Some(newer(func)),
        _ => None,
    })
}

/// The form in which a function of this type takes and gives these values.
fn form(ty: FuncType, params: &[ValueRef<'_>], result: Option<Type>) -> Result<Form> {
    let forms = [
        (false, Returns::Values),
        (false, Returns::Pointer),
        (true, Returns::Values),
        (true, Returns::Pointer),
    ]
    .map(|(split, returns)| Form { split, returns });
    let types = params.iter().map(|param| param.ty());
    let mut types = forms
        .iter()
        .map(|form| (form, form.func_type(types.clone(), result)));
    match types.clone().find(|(_, form)| *form == ty) {
        Some((form, _)) => Ok(*form),
        None => Err(Error::from(ErrorKind::Signature {
            requested: types.next().map_or_else(|| ty.clone(), |(_, form)| form),
            actual: ty,
        })),
    }
}

impl Form {
    /// The type of a function that takes and gives these.
    fn func_type(self, params: impl Iterator<Item = Type>, result: Option<Type>) -> FuncType {
        let results = result.map_or(&[][..], |result| self.val_types(result));
        let (pointer, results) = match self.returns {
            Returns::Pointer if results.len() == 2 => (Some(ValType::I32), &[][..]),
            _ => (None, results),
        };
        let params = params.flat_map(|param| self.val_types(param));
        FuncType::new(
            pointer.into_iter().chain(params.copied()),
            results.iter().copied(),
        )
    }

    /// What stands for a value of this type.
    const fn val_types(self, ty: Type) -> &'static [ValType] {
        match ty {
            Type::U64 | Type::I64 if self.split => &[ValType::I32, ValType::I32],
            Type::U64 | Type::I64 => &[ValType::I64],
            Type::F32 => &[ValType::F32],
            Type::F64 => &[ValType::F64],
            _ if ty.is_array() => &[ValType::I32, ValType::I32],
            _ => &[ValType::I32],
        }
    }
}

fn word(number: u32) -> Val {
    Val::I32(number as i32)
}

/// Appends what stands for a value.
fn lower(
    value: ValueRef<'_>,
    split: bool,
    mut blocks: impl Iterator<Item = Block>,
    args: &mut Vec<Val>,
) {
    let long = |number: u64| match split {
        true => (word(number as u32), Some(word((number >> 32) as u32))),
        false => (Val::I64(number as i64), None),
    };
    let (first, second) = match value {
        ValueRef::U64(number) => long(number),
        ValueRef::I64(number) => long(number as u64),
        ValueRef::Bool(value) => (Val::I32(value.into()), None),
        ValueRef::Char(value) => (word(value.into()), None),
        ValueRef::U8(number) => (Val::I32(number.into()), None),
        ValueRef::I8(number) => (Val::I32(number.into()), None),
        ValueRef::U16(number) => (Val::I32(number.into()), None),
        ValueRef::I16(number) => (Val::I32(number.into()), None),
        ValueRef::U32(number) => (word(number), None),
        ValueRef::I32(number) => (Val::I32(number), None),
        ValueRef::F32(number) => (Val::from(number), None),
        ValueRef::F64(number) => (Val::from(number), None),
        ValueRef::None(_) => (word(0), Some(word(0))),
        _ => {
            let block = blocks.next().expect("a block for each array");
            let elements = block.size / value.ty().element_size() as u32;
            (word(block.at), Some(word(elements)))
        }
    };
    args.push(first);
    args.extend(second);
}

/// The value that one WebAssembly value stands for.
fn scalar(ty: Type, value: Val) -> Result<Value> {
    let small = value.i32().unwrap_or_default();
    let long = value.i64().unwrap_or_default();
    let found = match ty {
        Type::Bool => match small {
            0 => Some(Value::Bool(false)),
            1 => Some(Value::Bool(true)),
            _ => None,
        },
        Type::Char => char::from_u32(small as u32).map(Value::Char),
        Type::U8 => u8::try_from(small).ok().map(Value::U8),
        Type::I8 => i8::try_from(small).ok().map(Value::I8),
        Type::U16 => u16::try_from(small).ok().map(Value::U16),
        Type::I16 => i16::try_from(small).ok().map(Value::I16),
        Type::U32 => Some(Value::U32(small as u32)),
        Type::I32 => Some(Value::I32(small)),
        Type::U64 => Some(Value::U64(long as u64)),
        Type::I64 => Some(Value::I64(long)),
        Type::F32 => value.f32().map(Value::F32),
        Type::F64 => value.f64().map(Value::F64),
        _ => None,
    };
    found.ok_or_else(|| {
        Error::from(ErrorKind::GuestAbi(format!(
            "it returned {small}, which is no {ty}"
        )))
    })
}
