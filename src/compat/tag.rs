//! Exception tags.

/// Exception tags: contexts of 0.14 and later.
#[cfg(wasmedge_0_14)]
mod raw {
    use std::ptr::NonNull;

    use crate::compat::{func_type, string, unknown_val_type};
    use crate::sys::{self, WasmEdge_String};
    use crate::vocabulary::{FuncType, Result};

    pub(crate) type RawTag = sys::WasmEdge_TagInstanceContext;

    unsafe fn tag_type(raw: *const sys::WasmEdge_TagTypeContext) -> Result<FuncType> {
        // SAFETY: `raw` lives during the call, or is null, which gives null.
        let func = unsafe { sys::WasmEdge_TagTypeGetFunctionType(raw) };
        if func.is_null() {
            return Err(unknown_val_type());
        }
        // SAFETY: not null, and part of the tag type.
        unsafe { func_type(func) }
    }

    /// # Safety
    ///
    /// `tag` lives during the call.
    pub(crate) unsafe fn of_instance(tag: NonNull<RawTag>) -> Result<FuncType> {
        // SAFETY: `tag` lives during the call.
        let ty = unsafe { sys::WasmEdge_TagInstanceGetTagType(tag.as_ptr()) };
        // SAFETY: a view into the tag instance.
        unsafe { tag_type(ty) }
    }

    /// # Safety
    ///
    /// `instance` lives during the call.
    pub(crate) unsafe fn find(
        instance: *const sys::WasmEdge_ModuleInstanceContext,
        name: WasmEdge_String,
    ) -> Option<NonNull<RawTag>> {
        // SAFETY: `instance` lives during the call; the name is only read.
        NonNull::new(unsafe { sys::WasmEdge_ModuleInstanceFindTag(instance, name) })
    }

    /// # Safety
    ///
    /// `instance` lives during the call, and its exports do not change.
    pub(crate) unsafe fn names(
        instance: *const sys::WasmEdge_ModuleInstanceContext,
    ) -> Vec<Box<str>> {
        // SAFETY: `instance` lives during the call, and its exports do not change between the two
        // functions, which belong together.
        unsafe {
            let len = sys::WasmEdge_ModuleInstanceListTagLength(instance);
            string::names(len, |list, len| {
                sys::WasmEdge_ModuleInstanceListTag(instance, list, len)
            })
        }
    }
}

#[cfg(not(wasmedge_0_14))]
mod raw {
    use std::ptr::NonNull;

    use crate::compat::unknown_val_type;
    use crate::sys::{self, WasmEdge_String};
    use crate::vocabulary::{FuncType, Result};

    /// There is none.
    pub(crate) enum RawTag {}

    pub(crate) unsafe fn of_instance(_: NonNull<RawTag>) -> Result<FuncType> {
        Err(unknown_val_type())
    }

    pub(crate) unsafe fn find(
        _: *const sys::WasmEdge_ModuleInstanceContext,
        _: WasmEdge_String,
    ) -> Option<NonNull<RawTag>> {
        None
    }

    pub(crate) unsafe fn names(_: *const sys::WasmEdge_ModuleInstanceContext) -> Vec<Box<str>> {
        Vec::new()
    }
}

pub(crate) use raw::{RawTag, find as find_tag, names as tag_names, of_instance as tag_type};
