//! Things that are looked up by name, and listed in the order in which they came.
//!
//! Guests and hosts choose how many there are, so to find one takes the same time however many
//! there are.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;
use std::hash::RandomState;

use smallvec::SmallVec;

/// Names, none of them twice, with what belongs to each.
#[derive(Clone)]
pub(crate) struct Names<V> {
    entries: Vec<(Box<str>, V)>,
    /// By the hash of the name: where it is. More than one only when two names have the same hash.
    places: HashMap<u64, SmallVec<[usize; 1]>>,
    hasher: RandomState,
}

impl<V: fmt::Debug> fmt::Debug for Names<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<V> Default for Names<V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            places: HashMap::new(),
            hasher: RandomState::new(),
        }
    }
}

impl<V> Names<V> {
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.place(name).map(|index| &self.entries[index].1)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        self.place(name).map(|index| &mut self.entries[index].1)
    }

    /// Adds a name; gives both back if it is there already.
    pub(crate) fn add(&mut self, name: Box<str>, value: V) -> Result<&mut V, (Box<str>, V)> {
        if self.place(&name).is_some() {
            return Err((name, value));
        }
        let index = self.entries.len();
        let hash = self.hasher.hash_one(&*name);
        self.places.entry(hash).or_default().push(index);
        self.entries.push((name, value));
        Ok(&mut self.entries[index].1)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &V)> {
        self.entries.iter().map(|(name, value)| (&**name, value))
    }

    pub(crate) fn into_values(self) -> impl ExactSizeIterator<Item = V> {
        self.entries.into_iter().map(|(_, value)| value)
    }

    fn place(&self, name: &str) -> Option<usize> {
        let places = self.places.get(&self.hasher.hash_one(name))?;
        let mut places = places.iter().copied();
        places.find(|&index| {
            #[cfg(test)]
            tests::COMPARED.set(tests::COMPARED.get() + 1);
            *self.entries[index].0 == *name
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fmt::Write;

    use super::*;
    use crate::host::bindgen::WasmBindgen;
    use crate::{Config, HostModule, Module, Store};

    thread_local! {
        /// How many names were compared on this thread.
        pub(super) static COMPARED: Cell<u64> = const { Cell::new(0) };
    }

    fn compared(work: impl FnOnce()) -> u64 {
        let before = COMPARED.get();
        work();
        COMPARED.get() - before
    }

    #[test]
    fn names_are_found_and_keep_their_order() {
        let mut names = Names::default();
        for index in 0..100 {
            *names.add(format!("{}", 99 - index).into(), 0).unwrap() = index;
        }
        assert_eq!(names.add("7".into(), 1), Err(("7".into(), 1)));
        *names.get_mut("7").unwrap() += 1;
        assert_eq!((names.get("7"), names.get("100")), (Some(&93), None));
        let listed: Vec<_> = names.iter().map(|(name, _)| name.to_owned()).collect();
        assert!(
            listed.iter().eq((0..100)
                .rev()
                .map(|n| n.to_string())
                .collect::<Vec<_>>()
                .iter())
        );
        let mut names = Names::default();
        names.add("one".into(), 1).unwrap();
        assert_eq!(format!("{names:?}"), r#"{"one": 1}"#);
    }

    /// A module with as many imports as its host has functions, half of them declared twice.
    fn module(count: usize) -> Module {
        let mut text = "(module".to_owned();
        for index in 0..count {
            write!(text, r#"(import "env" "__wbg_{}" (func))"#, index / 2).unwrap();
            write!(
                text,
                r#"(import "env{}" "__wbg_x" (func))"#,
                index % (count / 8)
            )
            .unwrap();
        }
        text.push(')');
        Module::new(&Config::new().unwrap(), wat::parse_str(text).unwrap()).unwrap()
    }

    /// Four times as many names are four times as much work, not sixteen times.
    #[test]
    fn work_grows_as_what_is_declared() {
        let work = |count: usize| {
            let module = module(count);
            let mut store = Store::new(()).unwrap();
            compared(|| {
                let mut host = HostModule::<()>::new("host");
                for index in 0..count {
                    host.func_wrap(format!("f{index}"), || ()).unwrap();
                    host.func_cost(&format!("f{index}"), 1).unwrap();
                }
                store.register_host(&host).unwrap();
                for glue in WasmBindgen::glue(&module).unwrap() {
                    store.register_host(&glue).unwrap();
                }
                store.instantiate(&module).unwrap();
            })
        };
        let (small, large) = (work(64), work(256));
        assert!(small >= 128, "{small}");
        assert!(large <= 5 * small, "{small} {large}");
    }
}
