//! The calls of [`measure::Runtime`], which wasmtime, wasmi and this crate write alike.

macro_rules! calls {
    () => {
        fn call_nothing(&mut self) {
            self.nothing.call(&mut self.store, ()).unwrap();
        }

        fn call_add(&mut self, a: i32, b: i32) -> i32 {
            self.add.call(&mut self.store, (a, b)).unwrap()
        }

        fn call_swap(&mut self, a: i32, b: i64) -> (i64, i32) {
            self.swap.call(&mut self.store, (a, b)).unwrap()
        }

        fn call_add_dynamic(&mut self, a: i32, b: i32) -> i32 {
            let params = [Val::I32(a), Val::I32(b)];
            let mut results = [Val::I32(0)];
            let func = self.dynamic;
            func.call(&mut self.store, &params, &mut results).unwrap();
            match results {
                [Val::I32(sum)] => sum,
                _ => unreachable!("an i32"),
            }
        }

        fn call_loop(&mut self, host: Host, times: u32) {
            let call = &self.loops[host as usize];
            call.call(&mut self.store, times).unwrap();
        }
    };
}
