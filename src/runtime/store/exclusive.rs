//! The exclusive borrow of something that code in C reaches as well.

use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

/// The exclusive borrow of a store, or of a part of it: who has it may run code.
///
/// It is a pointer with the lifetime of the borrow, and not a `&mut`: the code that runs calls host
/// functions, which reach the same store by the pointer that C has, and a `&mut` that was alive
/// meanwhile would be a second way to it. References come from the methods, for as long as this is
/// borrowed. Running code takes it mutably, so none of them is alive then, and host functions may
/// make theirs.
pub struct Exclusive<'a, X: 'static> {
    place: NonNull<X>,
    _borrow: PhantomData<&'a mut X>,
}

impl<'a, X: 'static> Exclusive<'a, X> {
    /// The exclusive borrow of what is at a place.
    ///
    /// # Safety
    ///
    /// It lives as long as the lifetime says. While this is in use, nobody reaches it by another
    /// way, but for host functions that are called by code which runs through this. The pointer is
    /// one that C has as well, or is made from the same one.
    #[inline]
    pub(crate) const unsafe fn from_raw(place: NonNull<X>) -> Self {
        Self {
            place,
            _borrow: PhantomData,
        }
    }

    /// The place, for C to give to host functions.
    #[inline]
    pub(crate) const fn as_ptr(&self) -> *mut X {
        self.place.as_ptr()
    }

    #[inline]
    pub(crate) const fn get(&self) -> &X {
        // SAFETY: borrowed exclusively, and no code runs while `self` is borrowed.
        unsafe { self.place.as_ref() }
    }

    #[inline]
    pub(crate) const fn get_mut(&mut self) -> &mut X {
        // SAFETY: borrowed exclusively, as `self` is, and no code runs meanwhile.
        unsafe { self.place.as_mut() }
    }

    #[inline]
    pub(crate) const fn into_mut(mut self) -> &'a mut X {
        // SAFETY: borrowed exclusively for `'a`, and `self`, by which code runs, is used up.
        unsafe { self.place.as_mut() }
    }

    /// The same borrow for a shorter time.
    #[inline]
    pub(crate) const fn reborrow(&mut self) -> Exclusive<'_, X> {
        Exclusive {
            place: self.place,
            _borrow: PhantomData,
        }
    }
}

impl<X: 'static> fmt::Debug for Exclusive<'_, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Something that code reaches by a pointer, as host functions reach a store.
    struct Owner {
        calls: Vec<u32>,
        data: String,
    }

    /// What C is: it has the pointer, and calls back.
    struct Code {
        owner: *mut Owner,
        depth: u32,
    }

    impl Exclusive<'_, Owner> {
        fn run(&mut self, code: &Code) {
            code.run();
        }
    }

    impl Code {
        fn run(&self) {
            let place = NonNull::new(self.owner).unwrap();
            // SAFETY: called through the exclusive borrow of the owner, which holds no reference.
            host_function(unsafe { Exclusive::from_raw(place) }, self.depth);
        }
    }

    /// Uses what it is given in all ways, and runs code in turn.
    fn host_function(mut owner: Exclusive<'_, Owner>, depth: u32) {
        let before = owner.get().calls.len();
        owner.get_mut().calls.push(depth);
        if depth > 0 {
            let code = Code {
                owner: owner.as_ptr(),
                depth: depth - 1,
            };
            owner.reborrow().run(&code);
            owner.get_mut().data.push('<');
            owner.run(&code);
        }
        let data = &mut owner.get_mut().data;
        data.push('>');
        assert!(owner.get().calls.len() > before);
        owner.into_mut().calls.push(100 + depth);
    }

    /// Under Miri this is the proof that host functions may come back to the store.
    #[test]
    fn s1_code_that_runs_may_reach_what_is_borrowed() {
        let owner = Box::new(Owner {
            calls: Vec::new(),
            data: String::new(),
        });
        let place = NonNull::from(Box::leak(owner));
        {
            // SAFETY: alive to the end of this block, and reached by nobody else.
            let mut exclusive = unsafe { Exclusive::from_raw(place) };
            exclusive.get_mut().data.push('|');
            let code = Code {
                owner: exclusive.as_ptr(),
                depth: 2,
            };
            exclusive.run(&code);
            exclusive.run(&code);
            assert_eq!(exclusive.get().calls.len(), 28);
        }
        // SAFETY: from a box, and nobody has it any more.
        let owner = unsafe { Box::from_raw(place.as_ptr()) };
        assert!(owner.data.starts_with("|>"), "{}", owner.data);
    }
}
