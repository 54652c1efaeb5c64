//! How calls are counted, stopped, and made on other threads.

pub(crate) mod async_call;
pub(crate) mod fuel;
pub(crate) mod interrupt;
pub(crate) mod timeout;
