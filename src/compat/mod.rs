//! All that differs from one version of the library to the next, behind one face.
//!
//! Only the files of this folder have version cfgs. `build.rs` sets one for each threshold that the
//! installed headers reach: `wasmedge_0_14`, `wasmedge_0_17`, ….

mod compiled;
mod config;
mod cost;
mod limits;
mod loading;
mod log;
mod object;
mod opcodes;
mod plugin;
mod result;
pub(crate) mod string;
mod tag;
mod types;
mod val_type;
mod value;
mod wasi;

pub(crate) use compiled::{
    COMPILED_CODE_NESTS, COMPILED_NEEDS_FILE, EXCEPTIONS_COMPILE_OR_FAIL, ONE_COMPILER_AT_A_TIME,
    allow_compiled, compile, parse_compiled,
};
pub(crate) use config::{Support, proposal, support};
pub(crate) use cost::cost_slots;
pub(crate) use loading::{GROWTH_WRAPS, INSTANCES_HAVE_ALIASES, parse, register_import};
pub(crate) use log::{LOG_HAS_CALLBACK, has_log_level, set_log_level, take_log};
pub(crate) use object::{Pages, TableIndex, set_global};
pub(crate) use plugin::{PROCESS_CAN_ALLOW_ALL, WASI_LOGGING_CAN_BE_FREED};
pub(crate) use result::{Code, Meaning, SUCCESS, TERMINATE};
pub(crate) use tag::{RawTag, find_tag, tag_names, tag_type};
pub(crate) use types::{
    FEW, RawTypes, func_type, global_type, memory_type, raw_func_type, raw_global_type,
    raw_memory_type, raw_table_type, table_type,
};
#[cfg(test)]
pub(crate) use val_type::ALL_VAL_TYPES;
pub(crate) use val_type::{
    RawValType, raw_val_type, unknown_val_type, val_type, value_types_match,
};
pub(crate) use value::{
    EMPTY, RawValue, func_of_ref, number_of_ref, raw_extern_ref, raw_func_ref, raw_number,
};
pub(crate) use wasi::{FD_RENUMBER_IS_SOUND, POLL_ONEOFF_IS_SOUND, WASI_HAS_STREAMS, create_wasi};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::{self, WasmEdge_Result};
    use crate::vocabulary::{Trap, ValType};

    #[test]
    fn every_value_type_survives_the_way_to_c_and_back() {
        for ty in ALL_VAL_TYPES {
            assert_eq!(val_type(raw_val_type(ty)), Some(ty));
        }
    }

    #[test]
    fn the_library_describes_value_types_as_we_do() {
        assert!(value_types_match());
    }

    #[test]
    fn numbers_are_what_the_library_makes_of_them() {
        // SAFETY: pure functions of the library.
        let made = unsafe {
            [
                sys::WasmEdge_ValueGenI32(-5),
                sys::WasmEdge_ValueGenI64(-5),
                sys::WasmEdge_ValueGenF32(1.5),
                sys::WasmEdge_ValueGenF64(-1.5),
                sys::WasmEdge_ValueGenV128(-5),
            ]
        };
        let own = [
            raw_number(ValType::I32, u128::from(-5_i32 as u32)),
            raw_number(ValType::I64, u128::from(-5_i64 as u64)),
            raw_number(ValType::F32, u128::from(1.5_f32.to_bits())),
            raw_number(ValType::F64, u128::from((-1.5_f64).to_bits())),
            raw_number(ValType::V128, -5_i128 as u128),
        ];
        for (made, own) in made.into_iter().zip(own) {
            let ty = val_type(own.Type).unwrap();
            assert_eq!(val_type(made.Type), Some(ty));
            let bits = match ty {
                ValType::I32 | ValType::F32 => 32,
                ValType::I64 | ValType::F64 => 64,
                _ => 128,
            };
            let mask = u128::MAX >> (128 - bits);
            assert_eq!(made.Value & mask, own.Value & mask, "{ty}");
        }
    }

    #[test]
    fn codes_are_split_into_category_and_number() {
        let user = Code::new(WasmEdge_Result { Code: 0x0100_0005 });
        assert_eq!(user.meaning(), Meaning::User(5));
        assert_eq!(Code::new(TERMINATE).meaning(), Meaning::Terminated);
        assert!(!Code::new(TERMINATE).is_success());
        assert!(Code::new(SUCCESS).is_success());
    }

    #[test]
    fn unknown_codes_have_a_text() {
        let code = Code::new(WasmEdge_Result { Code: 0x00ab_cdef });
        assert_eq!(code.message(), "unknown error");
        assert_eq!(code.meaning(), Meaning::Other);
    }

    #[test]
    fn traps_are_found_by_this_version_s_numbers() {
        let code = Code::of_library(sys::WasmEdge_ErrCode_DivideByZero.0);
        assert_eq!(code.meaning(), Meaning::Trap(Trap::DivideByZero));
    }

    /// Why there is no way to write a module: the library drops the number of the segment that
    /// `memory.init` copies from, and writes the constants of vectors backwards. (For instructions
    /// of exceptions it has no case at all in 0.14.)
    #[cfg(wasmedge_0_14)]
    #[test]
    fn the_library_writes_other_modules_than_it_read() {
        let text = r#"
            (module (memory 1) (data "no") (data "yes")
              (func (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 3)))
              (func (drop (v128.const i64x2 0 1))))"#;
        let wasm = wat::parse_str(text).unwrap();
        let config = crate::Config::new().unwrap();
        let module = crate::Module::new(&config, &wasm).unwrap();
        let mut bytes = sys::WasmEdge_Bytes {
            Length: 0,
            Buf: std::ptr::null(),
        };
        // SAFETY: everything lives during the calls; the bytes are an array of that length, which
        // is ours, copied, and freed once.
        let written = unsafe {
            let loader = sys::WasmEdge_LoaderCreate(config.raw().unwrap().as_ptr());
            let result =
                sys::WasmEdge_LoaderSerializeASTModule(loader, module.as_ptr(), &raw mut bytes);
            sys::WasmEdge_LoaderDelete(loader);
            assert!(Code::new(result).is_success());
            let copy = string::slice(bytes.Buf, bytes.Length as usize).to_vec();
            sys::WasmEdge_BytesDelete(bytes);
            copy
        };
        let has = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|own| own == part);
        assert!(has(&wasm, &[0xfc, 8, 1, 0]));
        assert!(has(&written, &[0xfc, 8, 0, 0]));
        assert!(has(
            &wasm,
            &[0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
        ));
        assert!(has(
            &written,
            &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
        ));
    }
}
