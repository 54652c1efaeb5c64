//! The host module that the scripts import from.

use wasmedge::{
    Config, ExternType, GlobalType, HostModule, MemoryType, Module, Mutability, Proposal, RefType,
    Result, TableType, Val, ValType,
};

pub(crate) const NAME: &str = "spectest";

/// The module, with the shared memory and the table of 64-bit indices where the configuration has
/// such.
pub(crate) fn module(config: &Config) -> Result<HostModule<()>> {
    let mut module = HostModule::new(NAME);
    module
        .func_wrap("print", || ())?
        .func_wrap("print_i32", |_: i32| ())?
        .func_wrap("print_i64", |_: i64| ())?
        .func_wrap("print_f32", |_: f32| ())?
        .func_wrap("print_f64", |_: f64| ())?
        .func_wrap("print_i32_f32", |_: i32, _: f32| ())?
        .func_wrap("print_f64_f64", |_: f64, _: f64| ())?
        .table("table", TableType::new(RefType::FuncRef, 10, Some(20))?)?
        .memory("memory", MemoryType::new(1, Some(2))?)?;
    for (name, ty, value) in [
        ("global_i32", ValType::I32, Val::I32(666)),
        ("global_i64", ValType::I64, Val::I64(666)),
        ("global_f32", ValType::F32, Val::F32(666.6f32.to_bits())),
        ("global_f64", ValType::F64, Val::F64(666.6f64.to_bits())),
    ] {
        module.global(name, GlobalType::new(ty, Mutability::Const), value)?;
    }
    if config.has_proposal(Proposal::Memory64) {
        // Types with 64-bit indices come from modules.
        let wasm = wat::parse_str(r#"(module (table (export "table64") i64 10 20 funcref))"#);
        let wasm = wasm.expect("the text of a module");
        for export in Module::new(config, wasm)?.exports() {
            if let ExternType::Table(ty) = export.ty() {
                module.table(export.name(), *ty)?;
            }
        }
    }
    if config.has_proposal(Proposal::Threads) {
        module.memory("shared_memory", MemoryType::shared(1, 2)?)?;
    }
    Ok(module)
}
