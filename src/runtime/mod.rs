//! What lives together in a store: the store itself, and all that it owns or lends. The one room
//! whose files refer to each other in a circle, as the things do.

pub(crate) mod executor;
pub(crate) mod export;
pub(crate) mod externref;
pub(crate) mod func;
pub(crate) mod gate;
pub(crate) mod global;
pub(crate) mod instance;
pub(crate) mod memory;
pub(crate) mod statistics;
pub(crate) mod store;
pub(crate) mod table;
pub(crate) mod tag;
pub(crate) mod tank;
pub(crate) mod value;
