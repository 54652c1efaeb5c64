//! The objects that the process has loaded: the program and its libraries.

use std::ffi::{CStr, c_int, c_void};
use std::mem::{MaybeUninit, transmute};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use crate::sys;

/// A piece of the address space: from, and up to.
type Range = (usize, usize);

/// Where the code of the objects was when it was last looked at.
#[derive(Debug)]
struct Snapshot {
    /// How many objects had been loaded, and how many unloaded, since the process began.
    changes: (u64, u64),
    /// In order.
    code: Vec<Range>,
}

/// A [`Snapshot`] that is never freed, because a handler may look at it any time. Null at first.
static SNAPSHOT: AtomicPtr<Snapshot> = AtomicPtr::new(ptr::null_mut());

/// `_dl_find_object`, where the C library has it (glibc 2.35): what is loaded now, for signal
/// handlers too. 0 at first, and where there is none.
static FIND_OBJECT: AtomicUsize = AtomicUsize::new(0);

/// `struct dl_find_object`, of which nothing is read here, with room to spare.
type Found = MaybeUninit<[u64; 32]>;

/// Whether an address is in none of the loaded objects. The library maps compiled code by itself,
/// so that it belongs to none. For signal handlers.
pub(crate) fn is_outside(address: usize) -> bool {
    let find = FIND_OBJECT.load(Ordering::Acquire);
    if find != 0 {
        let mut found = Found::uninit();
        let address = ptr::without_provenance_mut::<c_void>(address);
        // SAFETY: the dynamic linker's function of this name, which has this signature, may be
        // called in signal handlers, and writes less than there is room for.
        let outside = unsafe {
            let find: extern "C" fn(*mut c_void, *mut Found) -> c_int =
                transmute(ptr::with_exposed_provenance::<()>(find));
            find(address, &raw mut found)
        };
        return outside != 0;
    }
    // SAFETY: null, or never freed, and changed by nobody.
    let Some(snapshot) = (unsafe { SNAPSHOT.load(Ordering::Acquire).as_ref() }) else {
        return true;
    };
    let next = snapshot.code.partition_point(|(from, _)| *from <= address);
    next == 0 || snapshot.code[next - 1].1 <= address
}

/// Takes note of the loaded objects, where the dynamic linker does not tell in signal handlers.
pub(crate) fn look() {
    if FIND_OBJECT.load(Ordering::Relaxed) != 0 {
        return;
    }
    let find = symbol(c"_dl_find_object");
    if !find.is_null() {
        FIND_OBJECT.store(find.expose_provenance(), Ordering::Release);
        return;
    }
    let seen = Box::into_raw(Box::new(snapshot()));
    let mut known = SNAPSHOT.load(Ordering::Acquire);
    // Another thread may have seen more.
    // SAFETY: both are null, or never freed, or not published yet.
    while unsafe { known.as_ref() }.is_none_or(|known| known.changes < unsafe { (*seen).changes }) {
        match SNAPSHOT.compare_exchange(known, seen, Ordering::AcqRel, Ordering::Acquire) {
            // The former one stays: a handler may be reading it.
            Ok(_) => return,
            Err(now) => known = now,
        }
    }
    // SAFETY: made above, and not published.
    drop(unsafe { Box::from_raw(seen) });
}

/// The address of what has this name in the process; null where nothing has.
fn symbol(name: &CStr) -> *mut c_void {
    // SAFETY: the name ends in NUL.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}

#[cfg(target_os = "linux")]
fn snapshot() -> Snapshot {
    unsafe extern "C" fn note(
        info: *mut libc::dl_phdr_info,
        _size: libc::size_t,
        found: *mut c_void,
    ) -> c_int {
        // SAFETY: the system describes an object, with as many headers as it says, during this
        // call; `found` is the snapshot below.
        unsafe {
            let found = &mut *found.cast::<Snapshot>();
            found.changes = ((*info).dlpi_adds, (*info).dlpi_subs);
            let base = (*info).dlpi_addr as usize;
            for header in 0..usize::from((*info).dlpi_phnum) {
                let header = &*(*info).dlpi_phdr.add(header);
                if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_X != 0 {
                    let from = base.wrapping_add(header.p_vaddr as usize);
                    let up_to = from.wrapping_add(header.p_memsz as usize);
                    found.code.push((from, up_to));
                }
            }
        }
        0
    }
    let mut found = Snapshot {
        changes: (0, 0),
        code: Vec::new(),
    };
    // SAFETY: the callback is called during the call alone, with the pointer to `found`.
    unsafe { libc::dl_iterate_phdr(Some(note), (&raw mut found).cast()) };
    found.code.sort_unstable();
    found
}

#[cfg(not(target_os = "linux"))]
fn snapshot() -> Snapshot {
    Snapshot {
        changes: (1, 0),
        code: Vec::new(),
    }
}

/// Whose a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The library's, or LLVM's.
    Library,
    /// Of the object that holds this crate, where that holds the library, too: it cannot be told.
    Mixed,
    Other,
}

#[expect(
    clippy::fn_to_numeric_cast_any,
    reason = "it is looked up by its address"
)]
/// Whose the function at an address is, by the object that it lies in. Not for signal handlers.
pub(crate) fn owner(address: usize) -> Owner {
    let Some((object, name)) = object(address) else {
        return Owner::Other;
    };
    let library = symbol(c"WasmEdge_VersionGet").addr();
    let library = if library == 0 {
        sys::WasmEdge_VersionGet as *const () as usize
    } else {
        library
    };
    let library = self::object(library).map(|(base, _)| base);
    let own = self::object(owner as *const () as usize).map(|(base, _)| base);
    match () {
        () if library == own && Some(object) == own => Owner::Mixed,
        () if library == Some(object) => Owner::Library,
        // `libLLVM-16.so.1`, `libLLVM.so.21.1`, `liblldELF.so.16`.
        () if name.starts_with(b"libLLVM") || name.starts_with(b"liblld") => Owner::Library,
        () => Owner::Other,
    }
}

/// Where the object begins that an address lies in, and the name of its file.
fn object(address: usize) -> Option<(usize, Vec<u8>)> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: looks an address up, and writes what it found; zeroes are a value.
    let info = unsafe {
        if libc::dladdr(ptr::without_provenance(address), info.as_mut_ptr()) == 0 {
            return None;
        }
        info.assume_init()
    };
    let path = if info.dli_fname.is_null() {
        &[]
    } else {
        // SAFETY: the dynamic linker's, and it ends in NUL.
        unsafe { CStr::from_ptr(info.dli_fname) }.to_bytes()
    };
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    Some((info.dli_fbase.addr(), name.to_owned()))
}

#[cfg(test)]
#[expect(
    clippy::fn_to_numeric_cast_any,
    reason = "functions are looked up by their addresses"
)]
mod tests {
    use super::*;

    #[test]
    fn d7_code_of_objects_is_told_from_other_memory() {
        look();
        let heap = Box::new(0_u8);
        assert!(is_outside(ptr::from_ref(&*heap).addr()));
        assert!(is_outside(8));
        assert!(!is_outside(look as *const () as usize));
        assert!(!is_outside(libc::abort as *const () as usize));
    }

    #[test]
    fn d7_the_library_is_told_from_the_program() {
        let library = owner(symbol(c"WasmEdge_VersionGet").addr());
        assert!(matches!(library, Owner::Library | Owner::Mixed));
        assert_eq!(owner(symbol(c"abort").addr()), Owner::Other);
        assert_eq!(owner(8), Owner::Other);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn d7_a_snapshot_has_the_code_of_the_program() {
        let here = look as *const () as usize;
        let snapshot = snapshot();
        assert!(snapshot.changes.0 > 0);
        let mut code = snapshot.code.iter();
        assert!(code.any(|(from, up_to)| (*from..*up_to).contains(&here)));
    }
}
