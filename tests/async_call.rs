//! Calls on threads of their own, which give the store back.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use support::{Counted, wasm};
use wasmedge::{
    AsyncCall, Caller, Config, Error, ErrorKind, HostModule, Module, Result, Store, Trap,
    TypedFunc, Val, Vm,
};

const GUEST: &str = r#"(module
    (import "env" "here" (func $here))
    (import "env" "wait" (func $wait))
    (func (export "spin") call $here (loop (br 0)))
    (func (export "wait") (result i32) call $here call $wait i32.const 7)
    (func (export "add") (param i32 i32) (result i32)
      (i32.add (local.get 0) (local.get 1)))
)"#;

/// A store, its functions, and channels to see and to steer what it does.
struct Guest {
    store: Store<Counted>,
    spin: TypedFunc<(), ()>,
    wait: TypedFunc<(), i32>,
    add: TypedFunc<(i32, i32), i32>,
    /// Something came when `here` was called.
    told: Receiver<()>,
    /// Send something to have `wait` return.
    go: Sender<()>,
    /// Counts the stores that are alive: one more than that.
    count: Counted,
}

fn guest() -> Guest {
    let (tell, told) = channel();
    let (go, wait) = channel();
    let (tell, wait) = (Mutex::new(tell), Mutex::new(wait));
    let mut env = HostModule::new("env");
    env.func_wrap("here", move || {
        let _ = tell.lock().unwrap().send(());
    })
    .unwrap();
    env.func_wrap("wait", move || {
        let _ = wait.lock().unwrap().recv();
    })
    .unwrap();
    let count = Counted::default();
    let mut store = Store::new(count.again()).unwrap();
    store.register_host(&env).unwrap();
    let instance = store.instantiate(&support::module(GUEST)).unwrap();
    Guest {
        spin: instance.get_typed_func(&store, "spin").unwrap(),
        wait: instance.get_typed_func(&store, "wait").unwrap(),
        add: instance.get_typed_func(&store, "add").unwrap(),
        store,
        told,
        go,
        count,
    }
}

fn is_interrupted<R: std::fmt::Debug>(result: Result<R>) -> bool {
    result.unwrap_err().trap() == Some(Trap::Interrupted)
}

/// The smallest runtime there is.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Waits until a store that was let go is freed by its thread.
fn until_freed(count: &Counted) {
    while count.alive() > 1 {
        thread::yield_now();
    }
}

#[test]
fn the_store_comes_back_with_the_result() {
    let Guest { mut store, add, .. } = guest();
    for n in 0..20 {
        let call = store.call_async(add, (n, 1)).unwrap();
        let (back, sum) = call.wait();
        assert_eq!(sum.unwrap(), n + 1);
        store = back;
        assert_eq!(add.call(&mut store, (n, 2)).unwrap(), n + 2);
    }
}

#[test]
fn every_form_of_call() {
    let Guest { store, add, .. } = guest();
    let params = [Val::I32(3), Val::I32(4)];
    let (store, values) = store.call_values_async(add.func(), params).unwrap().wait();
    assert_eq!(values.unwrap(), [Val::I32(7)]);
    let twice = store.spawn(move |store| -> Result<i32> {
        let sum = add.call(&mut *store, (1, 2))?;
        add.call(&mut *store, (sum, sum))
    });
    assert_eq!(twice.unwrap().wait().1.unwrap(), 6);

    let neg = wasm(
        r#"(module (func (export "neg") (param f64) (result f64)
        (f64.neg (local.get 0))))"#,
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &neg).unwrap();
    let value = [Val::from(2.5f64)];
    let expected = [Val::from(-2.5f64)];
    let vm = Vm::new(()).unwrap();
    let (vm, result) = vm
        .run_bytes_async::<f64, f64>(neg.clone(), "neg", 1.5)
        .unwrap()
        .wait();
    assert_eq!(result.unwrap(), -1.5);
    let (vm, result) = vm.call_async::<f64, f64>("neg", 2.0).unwrap().wait();
    assert_eq!(result.unwrap(), -2.0);
    let (vm, result) = vm.call_values_async("neg", value).unwrap().wait();
    assert_eq!(result.unwrap(), expected);
    let (vm, result) = vm
        .run_bytes_values_async(neg.clone(), "neg", value)
        .unwrap()
        .wait();
    assert_eq!(result.unwrap(), expected);
    let (vm, result) = vm
        .run_file_async::<f64, f64>(file.path(), "neg", 3.0)
        .unwrap()
        .wait();
    assert_eq!(result.unwrap(), -3.0);
    let call = vm.run_file_values_async(file.path(), "neg", value.to_vec());
    let (vm, result) = call.unwrap().wait();
    assert_eq!(result.unwrap(), expected);
    let module = Module::new(&Config::new().unwrap(), &neg).unwrap();
    let call = vm.run_module_async::<f64, f64>(&module, "neg", 4.0);
    let (vm, result) = call.unwrap().wait();
    assert_eq!(result.unwrap(), -4.0);
    let call = vm.run_module_values_async(&module, "neg", value);
    let (mut vm, result) = call.unwrap().wait();
    assert_eq!(result.unwrap(), expected);
    vm.register_module("math", &module).unwrap();
    let call = vm.call_registered_async::<f64, f64>("math", "neg", 5.0);
    let (vm, result) = call.unwrap().wait();
    assert_eq!(result.unwrap(), -5.0);
    let call = vm.call_registered_values_async("math", "neg", value);
    let (vm, result) = call.unwrap().wait();
    assert_eq!(result.unwrap(), expected);
    let (vm, missing) = vm
        .call_registered_async::<f64, f64>("none", "neg", 5.0)
        .unwrap()
        .wait();
    assert!(matches!(
        missing.unwrap_err().kind(),
        ErrorKind::NoSuchInstance { .. }
    ));
    let (vm, names) = vm
        .spawn(|vm| vm.store().instance_names().len())
        .unwrap()
        .wait();
    assert_eq!(names, 1);
    let (_, missing) = vm.call_async::<(), ()>("none", ()).unwrap().wait();
    assert!(matches!(
        missing.unwrap_err().kind(),
        ErrorKind::NoSuchExport { .. }
    ));
}

#[test]
fn errors_come_back_as_they_are() {
    let mut store = guest().store;
    let instance = store.instantiate(&support::module(
        r#"(module (func (export "f") unreachable))"#,
    ));
    let f = instance
        .unwrap()
        .get_typed_func::<(), ()>(&store, "f")
        .unwrap();
    let (_, result) = store.call_async(f, ()).unwrap().wait();
    assert_eq!(result.unwrap_err().trap(), Some(Trap::Unreachable));
}

#[test]
fn s12_a_cancelled_call_is_interrupted_and_the_next_one_runs() {
    let Guest {
        mut store,
        spin,
        add,
        told,
        ..
    } = guest();
    for _ in 0..20 {
        let call = store.call_async(spin, ()).unwrap();
        told.recv().unwrap();
        assert!(!call.is_finished());
        call.cancel();
        call.cancel();
        let (back, result) = call.wait();
        assert!(is_interrupted(result));
        store = back;
        assert_eq!(add.call(&mut store, (1, 2)).unwrap(), 3);
    }
}

#[test]
fn s12_a_call_cancelled_before_it_runs_does_not_run() {
    let Guest {
        mut store,
        spin,
        add,
        told,
        ..
    } = guest();
    for _ in 0..50 {
        // Perhaps the thread has not even begun, perhaps it spins already.
        let call = store.call_async(spin, ()).unwrap();
        call.cancel();
        let (back, result) = call.wait();
        assert!(is_interrupted(result));
        store = back;
    }
    while told.try_recv().is_ok() {}
    // It has begun for certain, and has not called yet.
    let (go, wait) = channel();
    let call = store.spawn(move |store| {
        wait.recv().unwrap();
        (spin.call(&mut *store, ()), add.call(&mut *store, (1, 2)))
    });
    let call = call.unwrap();
    call.cancel();
    go.send(()).unwrap();
    let (mut store, (first, second)) = call.wait();
    assert!(is_interrupted(first));
    assert!(is_interrupted(second));
    assert!(told.try_recv().is_err(), "no code ran");
    assert_eq!(add.call(&mut store, (1, 2)).unwrap(), 3);
}

#[test]
fn s12_cancelling_after_the_end_is_nothing() {
    let Guest { mut store, add, .. } = guest();
    for n in 0..100 {
        let mut call = pin!(store.call_async(add, (n, 1)).unwrap());
        let (back, sum) = block_on(call.as_mut());
        assert_eq!(sum.unwrap(), n + 1);
        // The store is ours again, the call is still there.
        call.cancel();
        store = back;
        assert_eq!(add.call(&mut store, (1, 2)).unwrap(), 3);
        let next = store.call_async(add, (n, 2)).unwrap();
        call.cancel();
        while !next.is_finished() {
            thread::yield_now();
        }
        next.cancel();
        let (back, sum) = next.wait();
        assert_eq!(sum.unwrap(), n + 2);
        store = back;
    }
}

#[test]
fn s12_two_stores_are_cancelled_at_once_and_a_third_is_not() {
    let (one, two, three) = (guest(), guest(), guest());
    let first = one.store.call_async(one.spin, ()).unwrap();
    let second = two.store.call_async(two.spin, ()).unwrap();
    let third = three.store.call_async(three.wait, ()).unwrap();
    one.told.recv().unwrap();
    two.told.recv().unwrap();
    three.told.recv().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| first.cancel());
        scope.spawn(|| second.cancel());
    });
    assert!(is_interrupted(first.wait().1));
    assert!(is_interrupted(second.wait().1));
    assert!(!third.is_finished());
    three.go.send(()).unwrap();
    assert_eq!(third.wait().1.unwrap(), 7);
}

#[test]
fn a_handle_of_the_store_cancels_too() {
    let Guest {
        mut store,
        spin,
        told,
        ..
    } = guest();
    let handle = store.interrupt_handle().unwrap();
    let call = store.call_async(spin, ()).unwrap();
    told.recv().unwrap();
    assert!(handle.interrupt());
    let (store, result) = call.wait();
    assert!(is_interrupted(result));
    assert!(!handle.interrupt());
    drop(store);
}

#[test]
fn waiting_ends_when_the_time_is_over() {
    let Guest {
        store,
        wait,
        told,
        go,
        ..
    } = guest();
    let mut call = store.call_async(wait, ()).unwrap();
    told.recv().unwrap();
    for timeout in [
        Duration::ZERO,
        Duration::from_nanos(1),
        Duration::from_millis(2),
    ] {
        call = call.wait_for(timeout).expect_err("it waits for us");
    }
    go.send(()).unwrap();
    let (store, result) = call.wait_for(Duration::MAX).unwrap();
    assert_eq!(result.unwrap(), 7);
    go.send(()).unwrap();
    let (_, result) = store
        .call_async(wait, ())
        .unwrap()
        .wait_for(Duration::from_secs(3600))
        .unwrap();
    assert_eq!(result.unwrap(), 7);
}

#[test]
fn s12_dropping_stops_the_call_and_frees_the_store() {
    let Guest {
        store,
        spin,
        told,
        count,
        ..
    } = guest();
    let call = store.call_async(spin, ()).unwrap();
    told.recv().unwrap();
    assert_eq!(count.alive(), 2);
    drop(call);
    until_freed(&count);

    // At any time.
    let count = Counted::default();
    for _ in 0..20 {
        let Guest {
            store,
            spin,
            count: own,
            ..
        } = guest();
        let held = count.again();
        drop(store.spawn(move |store| {
            let _held = held;
            spin.call(store, ())
        }));
        until_freed(&own);
    }
    until_freed(&count);
}

#[test]
fn s12_dropping_waits_for_nothing() {
    let Guest {
        store,
        wait,
        told,
        go,
        count,
        ..
    } = guest();
    let call = store.call_async(wait, ()).unwrap();
    told.recv().unwrap();
    drop(call);
    // We are here, and the host function still waits for us.
    assert_eq!(count.alive(), 2);
    go.send(()).unwrap();
    until_freed(&count);
}

#[test]
fn s12_forgetting_leaks_and_the_call_goes_on() {
    let Guest {
        store,
        wait,
        told,
        go,
        count,
        ..
    } = guest();
    std::mem::forget(store.call_async(wait, ()).unwrap());
    told.recv().unwrap();
    go.send(()).unwrap();
    assert_eq!(count.alive(), 2);
}

#[test]
fn a_panic_comes_back() {
    fn call() -> AsyncCall<Store<Counted>, Result<()>> {
        let mut env = HostModule::new("env");
        env.func_wrap("panic", |_: Caller<'_, Counted>| -> () {
            panic!("on purpose")
        })
        .unwrap();
        let mut store = Store::new(Counted::default()).unwrap();
        store.register_host(&env).unwrap();
        let text = r#"(module (import "env" "panic" (func)) (export "f" (func 0)))"#;
        let instance = store.instantiate(&support::module(text)).unwrap();
        let f = instance.get_typed_func::<(), ()>(&store, "f").unwrap();
        store.call_async(f, ()).unwrap()
    }
    type Wait = fn(AsyncCall<Store<Counted>, Result<()>>);
    let ways: [Wait; 3] = [
        |call| drop(call.wait()),
        |call| drop(call.wait_for(Duration::MAX)),
        |call| drop(block_on(call)),
    ];
    for way in ways {
        let panic = catch_unwind(AssertUnwindSafe(|| way(call()))).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    }
    // And nobody who waits: nothing comes.
    drop(call());
}

#[test]
fn a_call_is_a_future_without_any_runtime() {
    let Guest {
        store,
        add,
        spin,
        told,
        ..
    } = guest();
    let (store, sum) = block_on(store.call_async(add, (2, 3)).unwrap());
    assert_eq!(sum.unwrap(), 5);
    let mut call = store.call_async(spin, ()).unwrap();
    told.recv().unwrap();
    let first = pin!(&mut call).poll(&mut Context::from_waker(Waker::noop()));
    assert!(first.is_pending());
    call.cancel();
    assert!(is_interrupted(block_on(&mut call).1));
    let again = catch_unwind(AssertUnwindSafe(|| block_on(&mut call)));
    assert!(again.is_err(), "polled after the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_a_future_under_tokio() {
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            tokio::spawn(async move {
                let Guest { mut store, add, .. } = guest();
                for m in 0..10 {
                    let (back, sum) = store.call_async(add, (n, m)).unwrap().await;
                    assert_eq!(sum.unwrap(), n + m);
                    store = back;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn tokio_s_timeout_drops_the_call_and_so_stops_it() {
    let Guest {
        store, spin, count, ..
    } = guest();
    let call = store.call_async(spin, ()).unwrap();
    tokio::time::timeout(Duration::from_millis(2), call)
        .await
        .unwrap_err();
    until_freed(&count);

    // Or by reference, to have the store back.
    let Guest {
        store, spin, add, ..
    } = guest();
    let mut call = store.call_async(spin, ()).unwrap();
    let time = Duration::from_millis(2);
    tokio::time::timeout(time, &mut call).await.unwrap_err();
    call.cancel();
    let (mut store, result) = call.await;
    assert!(is_interrupted(result));
    assert_eq!(add.call(&mut store, (1, 2)).unwrap(), 3);
}

#[test]
fn a_time_limit_within_an_asynchronous_call() {
    let Guest {
        store, spin, add, ..
    } = guest();
    let limit = Duration::from_millis(2);
    let call = store.spawn(move |store| {
        let error = spin.call_timeout(&mut *store, (), limit).unwrap_err();
        (error, add.call(&mut *store, (1, 2)))
    });
    let (_, (error, sum)) = call.unwrap().wait();
    assert!(matches!(error.kind(), ErrorKind::Timeout(after) if *after == limit));
    assert_eq!(sum.unwrap(), 3);
}

const WITHOUT_THREADS: &str = "WASMEDGE_TEST_WITHOUT_THREADS";

/// Limits the address space of this process to so much more than it has.
#[cfg(target_os = "linux")]
fn limit_space(more: u64) {
    let limit = libc::rlimit {
        rlim_cur: support::memory("VmSize") + more,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: the limit lives during the call.
    let set = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    assert_eq!(set, 0);
}

/// What the next tests start in a process of its own, in which no thread can be started, or not many;
/// nothing when started as a test.
#[test]
#[cfg(target_os = "linux")]
fn without_threads() {
    let is_thread = |error: &Error| matches!(error.kind(), ErrorKind::Thread(_));
    match std::env::var(WITHOUT_THREADS).as_deref() {
        Ok("none") => {
            let Guest { mut store, add, .. } = guest();
            // Less than a stack. No thread has ended whose stack there could be.
            limit_space(1 << 20);
            assert!(is_thread(&store.interrupt_handle().unwrap_err()));
            assert!(is_thread(
                &add.call_timeout(&mut store, (1, 2), Duration::MAX)
                    .unwrap_err()
            ));
            // Nothing is lost.
            let (mut store, error) = store.call_async(add, (1, 2)).unwrap_err().into_parts();
            assert!(is_thread(&error), "{error}");
            assert_eq!(add.call(&mut store, (1, 2)).unwrap(), 3);
        }
        Ok("few") => {
            limit_space(256 << 20);
            let mut kept = Vec::new();
            let error = loop {
                let Guest { store, spin, .. } = guest();
                match store.call_async(spin, ()) {
                    Ok(call) => kept.push(call),
                    Err(not_started) => break Error::from(not_started),
                }
                assert!(kept.len() < 1000);
            };
            assert!(is_thread(&error), "{error}");
            println!("{} calls", kept.len());
        }
        _ => return,
    }
    println!("nothing was lost");
}

#[cfg(target_os = "linux")]
fn without(threads: &str) {
    let output = support::test_command("without_threads")
        .arg("--test-threads=1")
        .env(WITHOUT_THREADS, threads)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("nothing was lost"), "{output:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn when_no_thread_can_be_started_nothing_is_lost() {
    without("none");
}

#[test]
#[cfg(target_os = "linux")]
fn s12_calls_are_started_until_there_are_no_threads_left() {
    for _ in 0..3 {
        without("few");
    }
}

#[test]
fn s12_a_result_that_was_given_is_not_waited_for() {
    let Guest { store, add, .. } = guest();
    let mut call = store.call_async(add, (1, 2)).unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let given = loop {
        if let Poll::Ready(given) = pin!(&mut call).poll(&mut context) {
            break given;
        }
        thread::yield_now();
    };
    assert_eq!(given.1.unwrap(), 3);
    assert!(call.is_finished());
    let said = |panic: Box<dyn std::any::Any + Send>| {
        let text = panic.downcast_ref::<&str>().expect("a text");
        assert!(text.contains("polled after it gave its result"), "{text}");
    };
    let Guest { store, add, .. } = guest();
    let mut other = store.call_async(add, (1, 2)).unwrap();
    while pin!(&mut other).poll(&mut context).is_pending() {
        thread::yield_now();
    }
    let waited = catch_unwind(AssertUnwindSafe(|| call.wait_for(Duration::from_secs(60))));
    said(waited.map(drop).unwrap_err());
    said(
        catch_unwind(AssertUnwindSafe(|| other.wait()))
            .map(drop)
            .unwrap_err(),
    );
}
