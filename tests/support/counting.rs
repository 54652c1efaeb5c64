//! Guests of testdata/guests count what their allocator gives and gets back.

use wasmedge::{Instance, Store};

/// A number that the guest counts.
pub fn counted(store: &mut Store<()>, guest: Instance, name: &str) -> i32 {
    let count = guest.get_typed_func::<(), i32>(&*store, name).unwrap();
    count.call(store, ()).unwrap()
}

/// Calls twice, and checks that the second call left nothing in the guest, and freed it rightly.
pub fn leaving_nothing<R>(
    store: &mut Store<()>,
    guest: Instance,
    name: &str,
    mut call: impl FnMut(&mut Store<()>) -> R,
) -> R {
    call(store);
    let before = counted(store, guest, "live_blocks");
    let result = call(store);
    assert_eq!(counted(store, guest, "live_blocks"), before, "{name}");
    assert_eq!(counted(store, guest, "bad_frees"), 0, "{name}");
    assert_eq!(counted(store, guest, "wrong_sizes"), 0, "{name}");
    result
}
