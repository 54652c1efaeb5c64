//! Exception tags: seen from outside from 0.14 on, and none below.

use support::wasm;
use wasmedge::{
    Config, ErrorKind, Extern, ExternType, FuncType, Module, Proposal, Store, Trap, ValType,
};

/// Throws, catches what it throws, and lets others throw the same.
const THROWER: &str = r#"
    (module
      (tag $error (export "error") (param i32 i64))
      (tag (export "bare"))
      (func (export "throw") (throw $error (i32.const 7) (i64.const 8)))
      (func (export "catch") (result i32)
        (block $caught (result i32 i64)
          (try_table (catch $error $caught)
            (throw $error (i32.const 42) (i64.const 0)))
          (unreachable))
        drop))
"#;

fn config() -> Config {
    let mut config = Config::new().unwrap();
    // SAFETY: no branch of the modules here leaves a `try_table`.
    let enabled = unsafe { config.enable_unchecked(Proposal::ExceptionHandling) };
    assert_eq!(enabled.is_ok(), wasmedge::version::headers().minor >= 14);
    config
}

/// Below 0.14 the library knows no tags.
fn has_tags() -> bool {
    let known = wasmedge::version::headers().minor >= 14;
    let loaded = Module::new(&config(), wasm(THROWER));
    assert_eq!(loaded.is_ok(), known, "{loaded:?}");
    known
}

#[test]
fn tags_are_exports_with_a_type() {
    if !has_tags() {
        return;
    }
    let mut store = Store::with_config(&config(), ()).unwrap();
    let module = Module::new(&config(), wasm(THROWER)).unwrap();
    let declared: Vec<_> = module.exports().map(|export| export.to_string()).collect();
    assert_eq!(declared[0], "`error`: tag (i32, i64) -> ()");

    let instance = store.instantiate(&module).unwrap();
    let names = instance.tag_names(&store);
    assert_eq!(names, ["bare".into(), "error".into()]);
    let error = instance.get_tag(&store, "error").unwrap();
    let ty = FuncType::new([ValType::I32, ValType::I64], []);
    assert_eq!(error.ty(&store).unwrap(), ty);
    assert!(instance.get_tag(&store, "throw").is_none());
    assert!(instance.get_tag(&store, "nothing").is_none());

    let found = instance.get_export(&store, "error").unwrap();
    assert_eq!(found, Extern::Tag(error));
    assert_eq!(found.tag(), Some(error));
    assert_eq!(found.func(), None);
    assert_eq!(found.ty(&store).unwrap(), ExternType::Tag(ty));
    let exports = instance.exports(&store);
    let last: Vec<_> = exports[2..].iter().map(|(name, _)| &**name).collect();
    assert_eq!(last, ["bare", "error"]);
}

#[test]
fn a_module_without_tags_has_none() {
    let (store, instance) = support::instance(r#"(module (func (export "f")))"#);
    assert!(instance.tag_names(&store).is_empty());
    assert!(instance.get_tag(&store, "f").is_none());
}

#[test]
fn exceptions_are_caught_inside_and_a_trap_outside() {
    if !has_tags() {
        return;
    }
    let mut store = Store::with_config(&config(), ()).unwrap();
    let module = Module::new(&config(), wasm(THROWER)).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let catch = instance.get_typed_func::<(), i32>(&store, "catch").unwrap();
    assert_eq!(catch.call(&mut store, ()).unwrap(), 42);
    let throw = instance.get_typed_func::<(), ()>(&store, "throw").unwrap();
    let error = throw.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::UncaughtException), "{error}");
}

#[test]
fn s2_an_imported_tag_has_the_type_that_the_import_says() {
    if !has_tags() {
        return;
    }
    let mut store = Store::with_config(&config(), ()).unwrap();
    let thrower = Module::new(&config(), wasm(THROWER)).unwrap();
    let thrower = store.register("thrower", &thrower).unwrap();

    let catcher = wasm(
        r#"(module
             (import "thrower" "error" (tag $error (param i32 i64)))
             (import "thrower" "throw" (func $throw))
             (export "again" (tag $error))
             (func (export "catch") (result i32)
               (block $caught (result i32 i64)
                 (try_table (catch $error $caught) (call $throw))
                 (unreachable))
               drop))"#,
    );
    let catcher = Module::new(&config(), catcher).unwrap();
    let catcher = store.instantiate(&catcher).unwrap();
    let catch = catcher.get_typed_func::<(), i32>(&store, "catch").unwrap();
    assert_eq!(catch.call(&mut store, ()).unwrap(), 7);
    assert_eq!(
        catcher.get_tag(&store, "again"),
        thrower.get_tag(&store, "error")
    );

    let wrong = r#"(module (import "thrower" "error" (tag (param i32))))"#;
    let wrong = Module::new(&config(), wasm(wrong)).unwrap();
    let error = store.instantiate(&wrong).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("tag (i32) -> ()"), "{text}");
    assert!(text.contains("tag (i32, i64) -> ()"), "{text}");
}

#[test]
fn s1_a_tag_works_with_its_own_store_alone() {
    if !has_tags() {
        return;
    }
    let mut store = Store::with_config(&config(), ()).unwrap();
    let module = Module::new(&config(), wasm(THROWER)).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let tag = instance.get_tag(&store, "bare").unwrap();
    let other = Store::new(()).unwrap();
    let used = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tag.ty(&other)));
    let message = *used.unwrap_err().downcast::<&str>().unwrap();
    assert!(message.starts_with("object used with the wrong store"));
}
