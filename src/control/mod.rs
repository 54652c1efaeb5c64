//! How calls are counted, stopped, and made on other threads.

// In the order in which the documentation lists their functions of a store.
pub(crate) mod fuel;
pub(crate) mod timeout;
pub(crate) mod interrupt;
pub(crate) mod async_call;
