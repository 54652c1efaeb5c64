//! Serves requests on several threads, with stores from a pool: each request has one for itself, and
//! one in which a request failed is not used again.
//!
//! ```text
//! cargo run --example store_pool
//! ```
//!
//! prints
//!
//! ```text
//! 60 / 5 = 12
//! 60 / 4 = 15
//! 60 / 3 = 20
//! 60 / 2 = 30
//! 60 / 1 = 60
//! 60 / 0: wasm trap: integer divide by zero
//! 6 requests on 3 threads, and no store more than 4
//! ```

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use wasmedge::{Config, Module, Store, TypedFunc};

const THREADS: usize = 3;

const GUEST: &str = r#"(module
  (func (export "serve") (param i32) (result i32) (i32.div_s (i32.const 60) (local.get 0))))"#;

/// A store, with the function that it is there for.
struct Worker {
    store: Store<()>,
    serve: TypedFunc<i32, i32>,
}

/// Stores that are made when they are needed, and kept. The module is loaded once for all of them.
struct Pool {
    config: Config,
    module: Module,
    idle: Mutex<Vec<Worker>>,
    made: AtomicUsize,
}

impl Pool {
    fn new(wasm: &[u8]) -> Result<Self> {
        let config = Config::new()?;
        Ok(Self {
            module: Module::new(&config, wasm)?,
            config,
            idle: Mutex::default(),
            made: AtomicUsize::new(0),
        })
    }

    fn make(&self) -> Result<Worker, wasmedge::Error> {
        self.made.fetch_add(1, Ordering::Relaxed);
        let mut store = Store::with_config(&self.config, ())?;
        let guest = store.instantiate(&self.module)?;
        let serve = guest.get_typed_func(&store, "serve")?;
        Ok(Worker { store, serve })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, request: i32) -> Result<i32, wasmedge::Error> {
        let idle = self.idle().pop();
        let mut worker = idle.map_or_else(|| self.make(), Ok)?;
        // When this fails, the worker goes, and whatever state the guest is in.
        let limit = Duration::from_secs(10);
        let answer = worker
            .serve
            .call_timeout(&mut worker.store, request, limit)?;
        self.idle().push(worker);
        Ok(answer)
    }
}

fn main() -> Result<()> {
    let pool = Pool::new(&wat::parse_str(GUEST)?)?;
    let requests = Mutex::new(0..=5);
    let answers = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                // The lock is held for the time of this statement.
                let next = || requests.lock().expect("no panic").next();
                while let Some(request) = next() {
                    let answer = pool.serve(request);
                    answers.lock().expect("no panic").push((request, answer));
                }
            });
        }
    });

    let mut answers = answers.into_inner()?;
    answers.sort_by_key(|(request, _)| -request);
    for (request, answer) in &answers {
        match answer {
            Ok(answer) => println!("60 / {request} = {answer}"),
            Err(error) => println!("60 / {request}: {error}"),
        }
    }
    let made = pool.made.load(Ordering::Relaxed);
    let most = THREADS + 1;
    ensure!(made <= most, "{made} stores were made");
    println!(
        "{} requests on {THREADS} threads, and no store more than {most}",
        answers.len()
    );
    Ok(())
}
