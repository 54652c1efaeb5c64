//! What instructions cost.

use crate::compat::opcodes::{LEGACY, NEW, OPCODES, RELAXED};

/// The places in the cost table that an instruction of this name has: more than one for `select`,
/// none where the library does not know it. `None` when there is no such instruction at all.
pub(crate) fn cost_slots(name: &str) -> Option<Vec<usize>> {
    let mut known = false;
    let mut slots = Vec::new();
    let mut place = 0;
    for &(own, code) in OPCODES {
        #[allow(
            clippy::match_like_matches_macro,
            reason = "an arm for each kind, of which a version sees constants"
        )]
        let there = match code {
            NEW => cfg!(wasmedge_0_14),
            RELAXED => cfg!(wasmedge_0_14_1),
            LEGACY => cfg!(all(wasmedge_0_14, not(wasmedge_0_16))),
            _ => true,
        };
        if own == name {
            known = true;
            let number = usize::from(code);
            slots.extend(there.then_some(if cfg!(wasmedge_0_14) { place } else { number }));
        }
        place += usize::from(there);
    }
    known.then_some(slots)
}
