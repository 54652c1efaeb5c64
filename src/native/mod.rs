//! Native code: how it is made, kept, loaded, and what it needs of the process while it runs.

#[cfg(unix)]
mod alternate_stack;
pub(crate) mod compiler;
pub mod keeper;
mod load;
mod memfile;
#[cfg(unix)]
mod objects;
pub(crate) mod thread_state;

/// Makes ready for an instance of a compiled module.
pub(crate) fn prepare_instance() {
    keeper::prepare();
}
