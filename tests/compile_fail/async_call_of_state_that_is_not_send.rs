//! An asynchronous call takes the store to another thread, so the state must be able to go there.
use std::rc::Rc;
use wasmedge::{Store, TypedFunc, Vm};

fn call(store: Store<Rc<i32>>, func: TypedFunc<(), ()>) {
    let _ = store.call_async(func, ());
}

fn run(vm: Vm<Rc<i32>>) {
    let _ = vm.call_async::<(), ()>("f", ());
}

fn main() {}
