//! Pages beside the reference, in the documentation alone.

pub mod from_go {
    #![doc = include_str!("../docs/go-to-rust.md")]

    // What the page links to.
    #[allow(
        clippy::wildcard_imports,
        unused_imports,
        reason = "the page names most of the crate"
    )]
    use crate::*;
}
