//! Programs that must not compile: each would break a safety rule.
//!
//! What the compiler says is compared with the `.stderr` file beside each. After a change of the
//! messages (a new compiler, another signature) look through what
//! `TRYBUILD=overwrite cargo test --test compile_fail` writes.

#[test]
fn programs_that_break_a_rule_do_not_compile() {
    // The programs depend on what the package depends on that is named here: on the crate's, and not on all that the
    // tests need.
    let root = support::root();
    std::env::set_current_dir(root).unwrap();
    // SAFETY: no other thread reads the environment: this is the only test of its program.
    unsafe { std::env::set_var("CARGO_MANIFEST_DIR", root) };
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
