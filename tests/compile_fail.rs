//! Programs that must not compile: each would break a safety rule.
//!
//! What the compiler says is compared with the `.stderr` file beside each. After a change of the
//! messages (a new compiler, another signature) look through what
//! `TRYBUILD=overwrite cargo test --test compile_fail` writes.

#[test]
fn programs_that_break_a_rule_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
