//! Values out of bytes.

use wasmedge::{AsStoreMut, Caller, ExternRef, Func, FuncType, Store, Val, ValType};

/// Decisions and values, first from the bytes of an input, then from a generator that they seed: as
/// many as are asked for, the same for the same input. It is the store's data, so it borrows nothing,
/// which is why it is not `arbitrary::Unstructured`.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    bytes: Box<[u8]>,
    at: usize,
    state: u64,
}

impl Source {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        // FNV-1a.
        let state = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self {
            bytes: bytes.into(),
            at: 0,
            state,
        }
    }

    /// Whether the bytes are used up.
    pub(crate) fn is_over(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        if let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            return byte;
        }
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 56) as u8
    }

    /// One of `n`, counted from 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        match n {
            0 | 1 => 0,
            2..=256 => usize::from(self.byte()) % n,
            _ => self.u32() as usize % n,
        }
    }

    /// Once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from(self.u32()) << 32 | u64::from(self.u32())
    }

    /// A number as guests stumble over: small, about to wrap, or any.
    pub(crate) fn number(&mut self) -> u64 {
        match self.byte() % 8 {
            0 => 0,
            1 => u64::MAX - u64::from(self.byte()),
            2 => 1 << (self.byte() % 64),
            3 => u64::from(u32::MAX) - u64::from(self.byte()),
            4 => 65_536 - u64::from(self.byte()),
            5 => self.u64(),
            _ => u64::from(self.byte()),
        }
    }

    /// Up to `max` bytes.
    pub(crate) fn bytes(&mut self, max: usize) -> Vec<u8> {
        let len = self.below(max + 1);
        (0..len).map(|_| self.byte()).collect()
    }

    pub(crate) fn ty(&mut self) -> ValType {
        const ALL: [ValType; 7] = [
            ValType::I32,
            ValType::I64,
            ValType::F32,
            ValType::F64,
            ValType::V128,
            ValType::FuncRef,
            ValType::ExternRef,
        ];
        ALL[self.below(ALL.len())]
    }

    pub(crate) fn func_type(&mut self) -> FuncType {
        let params = self.below(6);
        let results = self.below(5);
        let all: Vec<_> = (0..params + results).map(|_| self.ty()).collect();
        FuncType::new(all[..params].iter().copied(), all[params..].iter().copied())
    }
}

/// A store, or the view of one, whose data has a source.
pub(crate) trait Holder: AsStoreMut {
    fn source(&mut self) -> &mut Source;
}

impl<D: AsMut<Source> + 'static> Holder for Store<D> {
    fn source(&mut self) -> &mut Source {
        self.data_mut().as_mut()
    }
}

impl<D: AsMut<Source> + 'static> Holder for Caller<'_, D> {
    fn source(&mut self) -> &mut Source {
        self.data_mut().as_mut()
    }
}

/// A value of a type; references are to one of `funcs`, or to something new.
pub(crate) fn value(store: &mut impl Holder, funcs: &[Func], ty: ValType) -> Val {
    let source = store.source();
    match ty {
        ValType::I32 => Val::I32(source.number() as i32),
        ValType::I64 => Val::I64(source.number() as i64),
        ValType::F32 => Val::F32(source.u32()),
        ValType::F64 => Val::F64(source.u64()),
        ValType::V128 => Val::V128(u128::from(source.u64()) << 64 | u128::from(source.u64())),
        ValType::FuncRef => {
            let chosen = source.below(funcs.len() + 1);
            Val::FuncRef(funcs.get(chosen).copied())
        }
        ValType::ExternRef if source.one_in(3) => Val::ExternRef(None),
        ValType::ExternRef => {
            let number = source.u32();
            let new = ExternRef::new(&mut *store, number).expect("room for a reference");
            Val::ExternRef(Some(new))
        }
        other => panic!("no value of {other}"),
    }
}

/// A value of each of these types.
pub(crate) fn values(store: &mut impl Holder, funcs: &[Func], types: &[ValType]) -> Vec<Val> {
    types.iter().map(|&ty| value(store, funcs, ty)).collect()
}

/// A value as it reads in every store: of references only whether they are null.
pub(crate) fn show(value: &Val) -> String {
    match value {
        Val::FuncRef(Some(_)) => "a function".to_owned(),
        Val::ExternRef(Some(_)) => "a reference".to_owned(),
        other => format!("{other:?}"),
    }
}

pub(crate) fn show_all(values: &[Val]) -> String {
    values.iter().map(show).collect::<Vec<_>>().join(", ")
}
