//! References to things of the host.

use std::any::Any;

use crate::runtime::store::{self, AsStore, AsStoreMut, StoreCore, StoreId};
use crate::vocabulary::{Error, Result};

/// A reference to a value of the host, that WebAssembly code passes round without looking into it.
///
/// The value itself is in the store. What C and the guest get is a number, an index into the
/// store's slab and a generation, never an address: so a reference that was
/// [released](Self::release) finds nothing, even when its place is taken again. The values still
/// there are dropped with the store.
///
/// C: `WasmEdge_ValueGenExternRef`.
///
/// # Panics
///
/// Every method panics when the reference belongs to another store; see
/// [`Instance`](crate::Instance).
///
/// # Examples
///
/// ```
/// use wasmedge::{ExternRef, Vm};
///
/// let wasm = wat::parse_str(
///     r#"(module (func (export "same") (param externref) (result externref) local.get 0))"#,
/// )?;
/// let mut vm = Vm::new(())?;
/// let hello = ExternRef::new(&mut vm, String::from("hello"))?;
/// let same: Option<ExternRef> = vm.run_bytes(&wasm, "same", Some(hello))?;
/// let same = same.expect("not null");
/// assert_eq!(same, hello);
/// assert_eq!(same.downcast_ref::<String>(&vm).unwrap(), "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "WasmEdge_ValueGenExternRef")]
pub struct ExternRef {
    store: StoreId,
    key: Key,
}

impl ExternRef {
    /// Puts a value into the store.
    ///
    /// Go: `NewExternRef`.
    ///
    /// # Errors
    ///
    /// When the store holds 2³² − 1 of them already.
    #[doc(alias = "NewExternRef")]
    pub fn new<V: Any + Send + Sync>(mut store: impl AsStoreMut, value: V) -> Result<Self> {
        let core = store::core_mut(&mut store);
        Ok(Self {
            store: core.id(),
            key: core.referred.externs.insert(Box::new(value))?,
        })
    }

    /// Returns the value, or `None` when it was released.
    pub fn data<S: AsStore + ?Sized>(self, store: &S) -> Option<&(dyn Any + Send + Sync)> {
        let core = store::core(store);
        core.referred.externs.get(self.key_in(core))
    }

    /// Returns the value, or `None` when it was released or is of another type.
    ///
    /// C: `WasmEdge_ValueGetExternRef`. Go: `GetRef`.
    #[doc(alias = "WasmEdge_ValueGetExternRef")]
    #[doc(alias = "GetRef")]
    pub fn downcast_ref<V: Any>(self, store: &(impl AsStore + ?Sized)) -> Option<&V> {
        self.data(store)?.downcast_ref()
    }

    /// Returns the value, to change, or `None` when it was released or is of another type.
    ///
    /// Go: `GetRef`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{ExternRef, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let list = ExternRef::new(&mut store, vec![1, 2])?;
    /// list.downcast_mut::<Vec<i32>>(&mut store).expect("a list").push(3);
    /// assert_eq!(list.downcast_ref::<Vec<i32>>(&store), Some(&vec![1, 2, 3]));
    /// assert_eq!(list.downcast_ref::<String>(&store), None); // It is no string.
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "GetRef")]
    pub fn downcast_mut<V: Any>(self, store: &mut (impl AsStoreMut + ?Sized)) -> Option<&mut V> {
        let core = store::core_mut(store);
        let key = self.key_in(core);
        core.referred.externs.get_mut(key)?.downcast_mut()
    }

    /// Takes the value out of the store. Copies of the reference, in the guest's hands too, find
    /// nothing from then on.
    ///
    /// Go: `Release`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmedge::{ExternRef, Store};
    ///
    /// let mut store = Store::new(())?;
    /// let text = ExternRef::new(&mut store, String::from("text"))?;
    /// let value = text.release(&mut store).expect("it is there");
    /// assert_eq!(*value.downcast::<String>().expect("a string"), "text");
    /// assert!(text.data(&store).is_none());
    /// # Ok::<(), wasmedge::Error>(())
    /// ```
    #[doc(alias = "Release")]
    pub fn release(self, mut store: impl AsStoreMut) -> Option<Box<dyn Any + Send + Sync>> {
        let core = store::core_mut(&mut store);
        let key = self.key_in(core);
        core.referred.externs.remove(key)
    }

    fn key_in(self, core: &StoreCore) -> Key {
        self.store.check(core);
        self.key
    }

    /// What C gets in place of a pointer; not zero.
    pub(crate) fn number(self, core: &StoreCore) -> usize {
        self.key_in(core).number()
    }

    /// What came back from C; zero is null.
    pub(crate) fn of_number(number: usize, core: &StoreCore) -> Option<Self> {
        Some(Self {
            store: core.id(),
            key: Key::of_number(number)?,
        })
    }
}

// A number in C is as wide as a pointer, and holds both halves of a key.
const _: () = assert!(size_of::<usize>() == 8, "64-bit targets only");

/// A place in a [`Slab`], as one of its occupants knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    index: u32,
    generation: u32,
}

impl Key {
    /// The index is counted from one, so that no key is null.
    fn number(self) -> usize {
        (self.generation as usize) << 32 | (self.index as usize + 1)
    }

    fn of_number(number: usize) -> Option<Self> {
        let index = (number & 0xffff_ffff).checked_sub(1)?;
        Some(Self {
            index: u32::try_from(index).ok()?,
            generation: u32::try_from(number >> 32).ok()?,
        })
    }
}

type Value = Box<dyn Any + Send + Sync>;

/// The values that a store's external references refer to.
#[derive(Debug, Default)]
pub(crate) struct Slab {
    places: Vec<Place>,
    /// Places without a value.
    free: Vec<u32>,
}

#[derive(Debug)]
struct Place {
    /// How many values were here before.
    generation: u32,
    value: Option<Value>,
}

impl Slab {
    fn insert(&mut self, value: Value) -> Result<Key> {
        if let Some(index) = self.free.pop() {
            let place = &mut self.places[index as usize];
            place.value = Some(value);
            return Ok(Key {
                index,
                generation: place.generation,
            });
        }
        // One less than there are indices: the number counts from one.
        let index = match u32::try_from(self.places.len()) {
            Ok(index) if index < u32::MAX => index,
            _ => {
                return Err(Error::invalid(
                    "a store holds at most 2^32 - 1 external references; release some",
                ));
            }
        };
        self.places.push(Place {
            generation: 0,
            value: Some(value),
        });
        Ok(Key {
            index,
            generation: 0,
        })
    }

    fn place(&self, key: Key) -> Option<&Place> {
        let place = self.places.get(key.index as usize)?;
        (place.generation == key.generation).then_some(place)
    }

    fn get(&self, key: Key) -> Option<&(dyn Any + Send + Sync)> {
        self.place(key)?.value.as_deref()
    }

    fn get_mut(&mut self, key: Key) -> Option<&mut (dyn Any + Send + Sync)> {
        self.place(key)?;
        self.places[key.index as usize].value.as_deref_mut()
    }

    fn remove(&mut self, key: Key) -> Option<Value> {
        self.place(key)?;
        let place = &mut self.places[key.index as usize];
        let value = place.value.take()?;
        // A place whose generations are used up is not used again.
        if let Some(next) = place.generation.checked_add(1) {
            place.generation = next;
            self.free.push(key.index);
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slab_with(text: &str) -> (Slab, Key) {
        let mut slab = Slab::default();
        let key = slab.insert(Box::new(text.to_owned())).unwrap();
        (slab, key)
    }

    #[test]
    fn numbers_are_not_null_and_give_the_key_back() {
        for (index, generation) in [(0, 0), (u32::MAX - 1, u32::MAX), (7, 1)] {
            let key = Key { index, generation };
            assert_ne!(key.number(), 0);
            assert_eq!(Key::of_number(key.number()), Some(key));
        }
        assert_eq!(Key::of_number(0), None);
        assert_eq!(Key::of_number(5 << 32), None);
    }

    #[test]
    fn s8_a_place_that_is_taken_again_does_not_answer_to_old_keys() {
        let (mut slab, first) = slab_with("first");
        assert!(slab.remove(first).is_some());
        assert!(slab.get(first).is_none());
        let second = slab.insert(Box::new(2)).unwrap();
        assert_eq!((first.index, second.index), (0, 0));
        assert!(slab.get(first).is_none());
        assert!(slab.get_mut(first).is_none());
        assert!(slab.remove(first).is_none());
        assert_eq!(slab.get(second).unwrap().downcast_ref(), Some(&2));
    }

    #[test]
    fn s8_forged_keys_find_nothing() {
        let (slab, key) = slab_with("value");
        for number in [1 << 32 | 1, 2, usize::MAX, 5 << 32 | 77] {
            let forged = Key::of_number(number).unwrap();
            assert_ne!(forged, key);
            assert!(slab.get(forged).is_none());
        }
    }

    #[test]
    fn a_place_whose_generations_are_used_up_is_left_alone() {
        let (mut slab, key) = slab_with("last");
        slab.places[0].generation = u32::MAX;
        let last = Key {
            generation: u32::MAX,
            ..key
        };
        assert!(slab.remove(last).is_some());
        assert!(slab.get(last).is_none());
        let next = slab.insert(Box::new(1)).unwrap();
        assert_eq!(next.index, 1);
    }
}
