//! Code is stopped from outside, while it runs and at no other time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use support::wasm;
use wasmedge::{
    Caller, Config, Error, ErrorKind, Func, HostModule, Instance, InterruptHandle, Module,
    Proposal, Result, Store, Trap, TypedFunc, Val, Vm,
};

const GUEST: &str = r#"(module
    (import "env" "here" (func $here))
    (func (export "spin") call $here (loop (br 0)))
    (func (export "straight") call $here)
    (func (export "one") (result i32) i32.const 1)
    (func (export "recurse") (export "loop") (result i32) (local i32)
      (local.set 0 (i32.const 100))
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      i32.const 1))"#;

/// A store whose guest calls this closure in `spin` and `straight`.
fn guest<T: 'static>(
    data: T,
    here: impl Fn(Caller<'_, T>) -> Result<()> + Send + Sync + 'static,
) -> (Store<T>, Instance) {
    let mut env = HostModule::new("env");
    env.func_wrap("here", here).unwrap();
    let mut store = Store::new(data).unwrap();
    store.register_host(&env).unwrap();
    let instance = store.instantiate(&support::module(GUEST)).unwrap();
    (store, instance)
}

/// A store whose guest tells through the channel that it is running.
fn telling() -> (Store<()>, Instance, Receiver<()>) {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let (store, instance) = guest((), move |_| {
        let _ = tell.lock().unwrap().send(());
        Ok(())
    });
    (store, instance, told)
}

fn func(store: &Store<impl Sized>, instance: Instance, name: &str) -> TypedFunc<(), ()> {
    instance.get_typed_func(store, name).unwrap()
}

fn is_interrupted<R: std::fmt::Debug>(result: Result<R>) -> bool {
    result.unwrap_err().trap() == Some(Trap::Interrupted)
}

fn timed_out<R: std::fmt::Debug>(result: Result<R>) -> Duration {
    match result.unwrap_err().into_kind() {
        ErrorKind::Timeout(after) => after,
        kind => panic!("{kind:?}"),
    }
}

fn assert_usable<T>(store: &mut Store<T>, instance: Instance) {
    for name in ["one", "loop"] {
        let func = instance.get_typed_func::<(), i32>(&*store, name).unwrap();
        assert_eq!(func.call(&mut *store, ()).unwrap(), 1);
    }
}

#[test]
fn a_handle_may_go_anywhere() {
    fn check<T: Clone + Send + Sync + 'static>() {}
    check::<InterruptHandle>();
}

#[test]
fn an_endless_loop_is_stopped_and_the_store_goes_on() {
    let (mut store, instance, told) = telling();
    let handle = store.interrupt_handle().unwrap();
    let stopper = thread::spawn(move || {
        for () in told {
            assert!(handle.interrupt());
        }
    });
    let spin = func(&store, instance, "spin");
    for _ in 0..20 {
        assert!(is_interrupted(spin.call(&mut store, ())));
        assert_usable(&mut store, instance);
    }
    drop(store);
    stopper.join().unwrap();
}

#[test]
fn s12_a_late_interrupt_does_not_touch_the_next_call() {
    let (mut store, instance, _told) = telling();
    let handle = store.interrupt_handle().unwrap();
    for _ in 0..1000 {
        assert!(!handle.interrupt());
        assert!(!handle.interrupt());
        assert_usable(&mut store, instance);
    }
}

/// The guest ends without a branch, so nothing takes the library's flag away.
#[test]
fn an_interrupt_that_nobody_saw_is_gone_with_its_call() {
    let (mut store, instance) = guest(None::<InterruptHandle>, |caller| {
        let handle = caller.data().as_ref().unwrap();
        assert!(handle.interrupt());
        assert!(handle.interrupt());
        Ok(())
    });
    *store.data_mut() = Some(store.interrupt_handle().unwrap());
    let straight = func(&store, instance, "straight");
    let spin = func(&store, instance, "spin");
    for _ in 0..1000 {
        straight.call(&mut store, ()).unwrap();
        assert_usable(&mut store, instance);
    }
    assert!(is_interrupted(spin.call(&mut store, ())));
    assert_usable(&mut store, instance);
}

#[test]
fn interrupts_from_many_threads_hit_calls_alone() {
    let (mut store, instance, _told) = telling();
    let handle = store.interrupt_handle().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (handle, stop) = (handle.clone(), Arc::clone(&stop));
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    handle.interrupt();
                    thread::yield_now();
                }
            })
        })
        .collect();
    let func = instance.get_typed_func::<(), i32>(&store, "loop").unwrap();
    for _ in 0..300 {
        match func.call(&mut store, ()) {
            Ok(value) => assert_eq!(value, 1),
            Err(error) => assert_eq!(error.trap(), Some(Trap::Interrupted)),
        }
    }
    let spin = self::func(&store, instance, "spin");
    assert!(is_interrupted(spin.call(&mut store, ())));
    stop.store(true, Ordering::Relaxed);
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_usable(&mut store, instance);
}

#[test]
fn s12_a_handle_without_its_store_does_nothing() {
    let (mut store, _, _told) = telling();
    let handle = store.interrupt_handle().unwrap();
    let other = handle.clone();
    let thread = thread::spawn(move || while other.interrupt() {});
    drop(store);
    thread.join().unwrap();
    assert!(!handle.interrupt());

    let mut store = Store::new(5).unwrap();
    let handle = store.interrupt_handle().unwrap();
    assert_eq!(store.into_data(), 5);
    assert!(!handle.interrupt());
}

#[test]
fn an_interrupt_ends_the_whole_outermost_call() {
    struct Data {
        handle: Option<InterruptHandle>,
        spin: Option<TypedFunc<(), i32>>,
        errors: Vec<Error>,
    }
    let data = Data {
        handle: None,
        spin: None,
        errors: Vec::new(),
    };
    let (mut store, instance) = guest(data, |mut caller| {
        let spin = caller.data().spin.unwrap();
        assert_eq!(spin.call(&mut caller, ())?, 1);
        caller.data().handle.as_ref().unwrap().interrupt();
        // Swallowed, twice; so is the next.
        for _ in 0..3 {
            let error = spin.call(&mut caller, ()).unwrap_err();
            caller.data_mut().errors.push(error);
        }
        Ok(())
    });
    store.data_mut().handle = Some(store.interrupt_handle().unwrap());
    store.data_mut().spin = Some(instance.get_typed_func(&store, "loop").unwrap());
    let outer = func(&store, instance, "spin");
    assert!(is_interrupted(outer.call(&mut store, ())));
    let errors = &store.data().errors;
    assert_eq!(errors.len(), 3);
    assert!(
        errors
            .iter()
            .all(|error| error.trap() == Some(Trap::Interrupted))
    );
    assert_usable(&mut store, instance);
}

#[test]
fn a_start_function_is_stopped_too() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let mut env = HostModule::new("env");
    env.func_wrap("here", move || {
        let _ = tell.lock().unwrap().send(());
    })
    .unwrap();
    let mut store = Store::new(()).unwrap();
    store.register_host(&env).unwrap();
    let handle = store.interrupt_handle().unwrap();
    let stopper = thread::spawn(move || {
        told.recv().unwrap();
        handle.interrupt();
    });
    let text = r#"(module (import "env" "here" (func)) (func $s call 0 (loop (br 0))) (start $s))"#;
    let module = support::module(text);
    assert!(is_interrupted(store.instantiate(&module)));
    stopper.join().unwrap();
    let limit = Duration::from_millis(1);
    let result = store.with_timeout(limit, |store| store.instantiate(&module));
    assert_eq!(timed_out(result.unwrap()), limit);
}

#[test]
fn a_panic_in_a_call_leaves_no_interrupt_behind() {
    let (mut store, instance) = guest(None::<InterruptHandle>, |caller| {
        caller.data().as_ref().unwrap().interrupt();
        panic!("on purpose");
    });
    *store.data_mut() = Some(store.interrupt_handle().unwrap());
    let spin = func(&store, instance, "spin");
    for limit in [None, Some(Duration::MAX), Some(Duration::from_secs(3600))] {
        let call = || match limit {
            None => spin.call(&mut store, ()),
            Some(limit) => spin.call_timeout(&mut store, (), limit),
        };
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
        assert_usable(&mut store, instance);
    }
}

#[test]
fn time_is_over_for_code_that_does_not_end() {
    let (mut store, instance, _told) = telling();
    let spin = func(&store, instance, "spin");
    for limit in [
        Duration::ZERO,
        Duration::from_nanos(1),
        Duration::from_micros(100),
        Duration::from_millis(3),
    ] {
        assert_eq!(timed_out(spin.call_timeout(&mut store, (), limit)), limit);
        assert_usable(&mut store, instance);
    }
    let error = spin.call_timeout(&mut store, (), Duration::from_millis(1));
    let text = error.unwrap_err().to_string();
    assert_eq!(
        text,
        "the code was stopped: it ran longer than its limit of 1ms"
    );
}

#[test]
fn time_enough_changes_nothing() {
    let (mut store, instance, _told) = telling();
    let one = instance.get_typed_func::<(), i32>(&store, "loop").unwrap();
    for limit in [Duration::from_secs(3600), Duration::MAX] {
        for _ in 0..100 {
            assert_eq!(one.call_timeout(&mut store, (), limit).unwrap(), 1);
        }
    }
    // Nothing runs in no time, not even this.
    timed_out(one.call_timeout(&mut store, (), Duration::ZERO));
    assert_usable(&mut store, instance);
}

#[test]
fn every_form_of_call_has_a_time_limit() {
    let zero = Duration::ZERO;
    let (mut store, instance, _told) = telling();
    let func: Func = instance.get_func(&store, "one").unwrap();
    let mut results = [Val::I32(0)];
    timed_out(func.call_timeout(&mut store, &[], &mut results, zero));
    func.call_timeout(&mut store, &[], &mut results, Duration::MAX)
        .unwrap();
    assert_eq!(results, [Val::I32(1)]);

    let mut vm = Vm::new(()).unwrap();
    let one = wasm(r#"(module (func (export "one") (result i32) i32.const 1))"#);
    timed_out(
        vm.with_timeout(zero, |vm| vm.run_bytes::<(), i32>(&one, "one", ()))
            .unwrap(),
    );
    assert_eq!(vm.call::<(), i32>("one", ()).unwrap(), 1);
    timed_out(vm.call_timeout::<(), i32>("one", (), zero));
    timed_out(vm.call_values_timeout("one", &[], zero));
    assert_eq!(
        vm.call_timeout::<(), i32>("one", (), Duration::MAX)
            .unwrap(),
        1
    );
    let values = vm.call_values_timeout("one", &[], Duration::MAX).unwrap();
    assert_eq!(values, [Val::I32(1)]);
}

#[test]
fn within_a_limit_every_call_fails_once_the_time_is_over() {
    let (mut store, instance, _told) = telling();
    let spin = func(&store, instance, "spin");
    let one = instance.get_typed_func::<(), i32>(&store, "one").unwrap();
    let limit = Duration::from_millis(1);
    store
        .with_timeout(limit, |store| {
            assert_eq!(timed_out(spin.call(&mut *store, ())), limit);
            for _ in 0..10 {
                assert_eq!(timed_out(one.call(&mut *store, ())), limit);
            }
        })
        .unwrap();
    assert_usable(&mut store, instance);
}

#[test]
fn nested_limits_end_their_own_part() {
    const OUTER: Duration = Duration::from_millis(50);
    let (mut store, instance) = guest(None::<TypedFunc<(), i32>>, |mut caller| {
        let inner = caller.data().unwrap();
        let zero = Duration::ZERO;
        // On a slow machine the outer one may be over by now, and then it is what is told.
        let inner_or_outer = |over| assert!(over == zero || over == OUTER, "{over:?}");
        inner_or_outer(timed_out(inner.call_timeout(&mut caller, (), zero)));
        assert_eq!(inner.call(&mut caller, ())?, 1);
        let limited = caller.with_timeout(zero, |caller| inner.call(caller, ()))?;
        inner_or_outer(timed_out(limited));
        Ok(())
    });
    *store.data_mut() = Some(instance.get_typed_func(&store, "loop").unwrap());
    let straight = func(&store, instance, "straight");
    straight.call(&mut store, ()).unwrap();
    straight
        .call_timeout(&mut store, (), Duration::MAX)
        .unwrap();
    // The inner ones are over, the outer one is not.
    let spin = func(&store, instance, "spin");
    assert_eq!(timed_out(spin.call_timeout(&mut store, (), OUTER)), OUTER);
    assert_usable(&mut store, instance);
}

#[test]
fn an_interrupt_before_the_time_is_over_is_an_interrupt() {
    let (mut store, instance, told) = telling();
    let handle = store.interrupt_handle().unwrap();
    let stopper = thread::spawn(move || {
        told.recv().unwrap();
        handle.interrupt();
    });
    let spin = func(&store, instance, "spin");
    let result = spin.call_timeout(&mut store, (), Duration::from_secs(3600));
    assert!(is_interrupted(result));
    stopper.join().unwrap();
}

#[test]
fn s12_a_store_that_goes_within_its_limit_takes_nothing_with_it() {
    let (mut store, instance, _told) = telling();
    let one = instance.get_typed_func::<(), i32>(&store, "one").unwrap();
    for limit in [Duration::ZERO, Duration::from_secs(3600)] {
        let old = store
            .with_timeout(limit, |store| {
                // Replaced, and dropped or kept.
                std::mem::replace(store, telling().0)
            })
            .unwrap();
        let mut old = old;
        assert_eq!(one.call(&mut old, ()).unwrap(), 1);
        store = old;
        store
            .with_timeout(limit, |store| *store = telling().0)
            .unwrap();
        let (fresh, instance, _) = telling();
        store = fresh;
        let one = instance.get_typed_func::<(), i32>(&store, "one").unwrap();
        assert_eq!(one.call(&mut store, ()).unwrap(), 1);
        if limit.is_zero() {
            return;
        }
    }
}

#[test]
fn stores_time_out_side_by_side() {
    let threads: Vec<_> = (1..6)
        .map(|ms| {
            thread::spawn(move || {
                let (mut store, instance, _told) = telling();
                let spin = func(&store, instance, "spin");
                for _ in 0..5 {
                    let limit = Duration::from_millis(ms);
                    assert_eq!(timed_out(spin.call_timeout(&mut store, (), limit)), limit);
                    assert_usable(&mut store, instance);
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_guest_that_waits_on_a_shared_memory_is_stopped() {
    let mut config = Config::new().unwrap();
    config.proposal(Proposal::Threads, true).unwrap();
    let text = r#"(module (memory 1 1 shared)
        (func (export "wait")
          (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))"#;
    let mut store = Store::with_config(&config, ()).unwrap();
    let module = Module::new(&config, wasm(text)).unwrap();
    let instance = store.instantiate(&module).unwrap();
    let wait = func(&store, instance, "wait");
    for limit in [1, 200].map(Duration::from_millis) {
        assert_eq!(timed_out(wait.call_timeout(&mut store, (), limit)), limit);
    }
    let handle = store.interrupt_handle().unwrap();
    let (over, done) = channel();
    let stopper = thread::spawn(move || {
        while done.try_recv().is_err() {
            handle.interrupt();
            thread::yield_now();
        }
    });
    assert!(is_interrupted(wait.call(&mut store, ())));
    over.send(()).unwrap();
    stopper.join().unwrap();
}
