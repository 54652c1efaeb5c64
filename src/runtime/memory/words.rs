//! Bytes that several threads use at once: accesses of one size alone, the word.
//!
//! Rust leaves a race undefined when accesses of different sizes meet on the same bytes, even if
//! all of them are atomic. So everything here is an atomic access to a whole word of 64 bits: less
//! than a word is taken out of one that was loaded, and put into one by comparing and exchanging.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::compat::string;

/// The size of a word in bytes.
const WORD: usize = size_of::<u64>();

/// Places and numbers below are those of little-endian words.
const _: () = assert!(
    cfg!(target_endian = "little"),
    "WebAssembly is little-endian"
);

/// Words that other threads may be using, too.
#[derive(Clone, Copy)]
pub(super) struct Words<'a>(&'a [AtomicU64]);

impl<'a> Words<'a> {
    /// The words from `start` on, as many as `len` bytes are; none where `start` is not aligned.
    ///
    /// # Safety
    ///
    /// The bytes are initialised and stay where they are during `'a`. Rust accesses them through
    /// `Words` alone meanwhile.
    pub(super) unsafe fn new(start: NonNull<u8>, len: usize) -> Self {
        let start = start.cast::<AtomicU64>();
        if !start.is_aligned() {
            return Self(&[]);
        }
        // SAFETY: the bytes are initialised, stay where they are during `'a`, and are aligned. An
        // atomic may be shared.
        Self(unsafe { string::slice(start.as_ptr(), len / WORD) })
    }

    /// Copies the bytes at `offset` into `buffer`, word by word; tells whether there are as many.
    #[must_use]
    pub(super) fn read(self, offset: usize, buffer: &mut [u8]) -> bool {
        let Some((first, words)) = self.locate(offset, buffer.len()) else {
            return false;
        };
        let mut words = words.iter().map(|word| word.load(Ordering::Relaxed));
        let (head, rest) = buffer.split_at_mut(head(first, buffer.len()));
        if !head.is_empty() {
            let bytes = words.next().unwrap_or_default().to_le_bytes();
            head.copy_from_slice(&bytes[first..first + head.len()]);
        }
        let mut whole = rest.chunks_exact_mut(WORD);
        for (part, word) in whole.by_ref().zip(words.by_ref()) {
            part.copy_from_slice(&word.to_le_bytes());
        }
        let tail = whole.into_remainder();
        if !tail.is_empty() {
            let bytes = words.next().unwrap_or_default().to_le_bytes();
            tail.copy_from_slice(&bytes[..tail.len()]);
        }
        true
    }

    /// Copies `bytes` to `offset`, word by word; tells whether there is room, and writes nothing if
    /// there is not.
    #[must_use]
    pub(super) fn write(self, offset: usize, bytes: &[u8]) -> bool {
        let Some((first, words)) = self.locate(offset, bytes.len()) else {
            return false;
        };
        let (head, rest) = bytes.split_at(head(first, bytes.len()));
        let mut words = words.iter();
        if !head.is_empty() {
            words
                .next()
                .into_iter()
                .for_each(|word| put(word, first, head));
        }
        for (word, part) in words.zip(rest.chunks(WORD)) {
            match part.try_into() {
                Ok(whole) => word.store(u64::from_le_bytes(whole), Ordering::Relaxed),
                Err(_) => put(word, 0, part),
            }
        }
        true
    }

    /// The number of 64 bits at `offset`, which is a multiple of 8; none past the end.
    pub(super) fn u64_at(self, offset: usize) -> Option<&'a AtomicU64> {
        self.0.get(offset / WORD)
    }

    /// The number of 32 bits at `offset`, which is a multiple of 4; none past the end.
    pub(super) fn u32_at(self, offset: usize) -> Option<Half<'a>> {
        Some(Half {
            word: self.0.get(offset / WORD)?,
            shift: (offset % WORD * 8) as u32,
        })
    }

    /// The words in which some bytes are, and where these begin in the first one.
    fn locate(self, offset: usize, len: usize) -> Option<(usize, &'a [AtomicU64])> {
        let end = offset.checked_add(len)?;
        let words = self.0.get(offset / WORD..end.div_ceil(WORD))?;
        Some((offset % WORD, words))
    }
}

/// How many of `len` bytes are in a word that they do not begin with.
fn head(first: usize, len: usize) -> usize {
    match first {
        0 => 0,
        _ => len.min(WORD - first),
    }
}

/// Puts some bytes into a word, and leaves the others as other threads write them.
fn put(word: &AtomicU64, first: usize, bytes: &[u8]) {
    let byte = |value, &byte| value << 8 | u64::from(byte);
    let value = bytes.iter().rev().fold(0, byte) << (8 * first);
    let mask = bytes.iter().fold(0, |mask, _| mask << 8 | 0xff) << (8 * first);
    replace(word, Ordering::Relaxed, |old| old & !mask | value);
}

/// Changes a word as if nobody came between, and returns what it was.
fn replace(word: &AtomicU64, order: Ordering, new: impl Fn(u64) -> u64) -> u64 {
    let mut old = word.load(Ordering::Relaxed);
    loop {
        // An order for success may be stronger; what is loaded in vain is only compared again.
        match word.compare_exchange_weak(old, new(old), order, Ordering::Relaxed) {
            Ok(old) => return old,
            Err(now) => old = now,
        }
    }
}

/// A number of 32 bits in a word, with the functions of `AtomicU32`.
pub(super) struct Half<'a> {
    word: &'a AtomicU64,
    shift: u32,
}

impl Half<'_> {
    fn of(&self, word: u64) -> u32 {
        (word >> self.shift) as u32
    }

    fn with(&self, word: u64, half: u32) -> u64 {
        let mask = u64::from(u32::MAX) << self.shift;
        word & !mask | u64::from(half) << self.shift
    }

    pub(super) fn load(&self, order: Ordering) -> u32 {
        self.of(self.word.load(order))
    }

    pub(super) fn store(&self, value: u32, order: Ordering) {
        // Panics with an order that a store cannot have, which an exchange could.
        AtomicU64::new(0).store(0, order);
        replace(self.word, order, |word| self.with(word, value));
    }

    pub(super) fn fetch_add(&self, value: u32, order: Ordering) -> u32 {
        let add = |word| self.with(word, self.of(word).wrapping_add(value));
        self.of(replace(self.word, order, add))
    }

    pub(super) fn compare_exchange(
        &self,
        current: u32,
        new: u32,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u32, u32> {
        let mut word = self.word.load(failure);
        loop {
            if self.of(word) != current {
                return Err(self.of(word));
            }
            let new = self.with(word, new);
            // Fails when the other half is another one, and then this half may still be `current`.
            match self.word.compare_exchange(word, new, success, failure) {
                Ok(_) => return Ok(current),
                Err(now) => word = now,
            }
        }
    }
}

/// None of these calls C, so Miri runs them: `cargo +nightly miri test --lib memory::words`.
#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// A memory of the test's own.
    struct Buffer(Box<[u64]>);

    impl Buffer {
        fn new(words: usize) -> Self {
            Self(vec![0; words].into())
        }

        fn words(&mut self) -> Words<'_> {
            let start = NonNull::from(&mut *self.0).cast();
            // SAFETY: initialised, and borrowed as long as the words are.
            unsafe { Words::new(start, self.0.len() * WORD) }
        }
    }

    #[test]
    fn bytes_are_copied_at_each_offset_and_length() {
        let mut buffer = Buffer::new(4);
        let words = buffer.words();
        let mut model = [0_u8; 32];
        let mut next = 0_u8;
        for offset in 0..=32 {
            for len in 0..=32 - offset {
                let bytes: Vec<u8> = (0..len)
                    .map(|_| {
                        next = next.wrapping_mul(5).wrapping_add(7);
                        next
                    })
                    .collect();
                assert!(words.write(offset, &bytes));
                model[offset..offset + len].copy_from_slice(&bytes);
                let (mut all, mut part) = ([0; 32], vec![0; len]);
                assert!(words.read(0, &mut all) && words.read(offset, &mut part));
                assert_eq!((all, part), (model, bytes));
            }
        }
    }

    #[test]
    fn s9_nothing_past_the_end() {
        let mut buffer = Buffer::new(2);
        let words = buffer.words();
        for (offset, len) in [
            (0, 17),
            (16, 1),
            (17, 0),
            (9, 8),
            (usize::MAX, 1),
            (usize::MAX, 0),
        ] {
            let mut bytes = vec![1; len];
            // An end in the last word counts to its end; the memory is made of whole words.
            let fits = offset.checked_add(len).is_some_and(|end| end <= 16);
            assert_eq!(words.write(offset, &bytes), fits, "{offset} {len}");
            assert_eq!(words.read(offset, &mut bytes), fits, "{offset} {len}");
        }
        assert!(words.u64_at(16).is_none() && words.u32_at(16).is_none());
        assert!(words.u64_at(8).is_some() && words.u32_at(12).is_some());
        let odd = NonNull::<u64>::dangling().cast::<u8>();
        // SAFETY: no words are made of what is not aligned, and none of nothing.
        let none = unsafe { Words::new(odd.map_addr(|at| at.checked_add(1).unwrap()), 64) };
        assert!(!none.write(0, &[1]) && none.u64_at(0).is_none());
    }

    #[test]
    fn halves_are_what_numbers_of_32_bits_are() {
        let mut buffer = Buffer::new(1);
        let words = buffer.words();
        let whole = words.u64_at(0).unwrap();
        for (offset, rest) in [(0, 0xffff_ffff_0000_0000), (4, 0xffff_ffff)] {
            whole.store(rest, Ordering::Relaxed);
            let half = words.u32_at(offset).unwrap();
            half.store(u32::MAX, Ordering::Release);
            assert_eq!(half.fetch_add(2, Ordering::AcqRel), u32::MAX);
            assert_eq!(half.load(Ordering::Acquire), 1);
            let orders = (Ordering::AcqRel, Ordering::Acquire);
            assert_eq!(half.compare_exchange(2, 5, orders.0, orders.1), Err(1));
            assert_eq!(half.compare_exchange(1, 0, orders.0, orders.1), Ok(1));
            assert_eq!(whole.load(Ordering::SeqCst), rest);
        }
    }

    #[test]
    #[should_panic(expected = "acquire store")]
    fn a_store_that_acquires_is_none() {
        Buffer::new(1)
            .words()
            .u32_at(0)
            .unwrap()
            .store(0, Ordering::Acquire);
    }

    #[test]
    fn s9_threads_that_use_all_widths_at_once() {
        const ROUNDS: u32 = 50;
        let mut buffer = Buffer::new(4);
        let words = buffer.words();
        thread::scope(|scope| {
            for id in 0..2_u8 {
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        // A byte of its own among those of the other thread.
                        assert!(words.write(8 + usize::from(id), &[round as u8]));
                        let mut byte = [0];
                        assert!(words.read(8 + usize::from(id), &mut byte));
                        assert_eq!(byte, [round as u8]);
                        words.u32_at(0).unwrap().fetch_add(1, Ordering::Relaxed);
                        words.u64_at(16).unwrap().fetch_add(1, Ordering::Relaxed);
                        let mut all = [0; 32];
                        assert!(words.read(0, &mut all));
                        // Over two words, and over all of it.
                        assert!(words.write(21 + usize::from(id), &[0]));
                        let mut seen = 0;
                        let half = words.u32_at(4).unwrap();
                        while let Err(now) = half.compare_exchange(
                            seen,
                            seen + 1,
                            Ordering::AcqRel,
                            Ordering::Relaxed,
                        ) {
                            seen = now;
                        }
                    }
                });
            }
        });
        for offset in [0, 4] {
            let count = words.u32_at(offset).unwrap().load(Ordering::Relaxed);
            assert_eq!(count, 2 * ROUNDS);
        }
        let count = words.u64_at(16).unwrap().load(Ordering::Relaxed);
        assert_eq!(count, u64::from(2 * ROUNDS));
    }

    #[test]
    fn a_release_is_seen_with_what_came_before_it() {
        let mut buffer = Buffer::new(2);
        let words = buffer.words();
        thread::scope(|scope| {
            scope.spawn(move || {
                assert!(words.write(8, &[1, 2, 3]));
                words.u32_at(4).unwrap().store(1, Ordering::Release);
            });
            while words.u32_at(4).unwrap().load(Ordering::Acquire) == 0 {
                thread::yield_now();
            }
            let mut bytes = [0; 3];
            assert!(words.read(8, &mut bytes));
            assert_eq!(bytes, [1, 2, 3]);
        });
    }
}
