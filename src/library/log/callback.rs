//! The program's own function for messages, and the thread that calls it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use once_cell::sync::OnceCell;

use super::{Record, want};
use crate::vocabulary::{Error, ErrorKind, Result};
use crate::{compat, library};

type Callback = Arc<dyn Fn(&Record) + Send + Sync>;

static CALLBACK: Mutex<Option<Callback>> = Mutex::new(None);

/// The way to the thread that calls it.
static THREAD: OnceCell<Sender<Delivery>> = OnceCell::new();

/// How long one that logs waits for the callback.
const PATIENCE: Duration = Duration::from_millis(100);

thread_local! {
    /// Whether this is the thread that calls the callback.
    static DELIVERS: Cell<bool> = const { Cell::new(false) };
}

struct Delivery {
    record: Record,
    callback: Callback,
    done: SyncSender<()>,
}

/// Gives the library's messages to the program, and drops the callback that was set before.
///
/// Messages above the [level](super::set_level) are not delivered. If the program has not chosen a
/// level, the callback gets errors: [`Level::Error`](super::Level::Error).
///
/// The library holds the lock of its log while a message is delivered. So the callback runs on a
/// thread of its own, where it may do anything; the thread that logs waits for it, but no longer
/// than a tenth of a second, so that a callback that waits for that thread in turn does not stop
/// it. What the library logs because of something the callback does is left out. When the callback
/// panics, the message of the panic is all that happens.
///
/// C: `WasmEdge_LogSetCallback`, `WasmEdge_LogCallback_t`.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`] before 0.15, which writes its messages itself;
/// [`ErrorKind::Thread`] when there is no thread.
///
/// # Examples
///
/// ```standalone_crate
/// use std::sync::mpsc;
/// use wasmedge::{ErrorKind, Vm, log};
///
/// let (sender, messages) = mpsc::channel();
/// let set = log::set_callback(move |record| {
///     let _ = sender.send(record.clone());
/// });
/// match set {
///     Ok(()) => {
///         let wasm = wat::parse_str(r#"(module (func (export "f") unreachable))"#)?;
///         assert!(Vm::new(())?.run_bytes::<(), ()>(&wasm, "f", ()).is_err());
///         assert_eq!(messages.recv()?.level(), log::Level::Error);
///     }
///     Err(error) => assert!(matches!(error.kind(), ErrorKind::Unsupported { .. })),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WasmEdge_LogSetCallback")]
#[doc(alias = "WasmEdge_LogCallback_t")]
pub fn set_callback(callback: impl Fn(&Record) + Send + Sync + 'static) -> Result<()> {
    if !compat::LOG_HAS_CALLBACK {
        return Err(Error::unsupported(
            "a callback for the log",
            "below 0.15 the library writes its messages to the standard output itself",
        ));
    }
    library::ready()?;
    THREAD.get_or_try_init(start)?;
    replace(Some(Arc::new(callback)));
    Ok(())
}

/// Drops the callback. If the program has chosen a level, its messages go to the standard error;
/// without one the log is off again.
///
/// # Examples
///
/// ```standalone_crate
/// wasmedge::log::unset_callback();
/// ```
pub fn unset_callback() {
    if !compat::LOG_HAS_CALLBACK || library::ready().is_err() {
        return;
    }
    replace(None);
}

fn replace(callback: Option<Callback>) {
    let mut former = None;
    want(|wanted| {
        wanted.callback = callback.is_some();
        let mut current = CALLBACK.lock().unwrap_or_else(PoisonError::into_inner);
        former = std::mem::replace(&mut *current, callback);
    });
    // What the program does when it goes may log.
    drop(former);
}

fn start() -> Result<Sender<Delivery>> {
    let (sender, deliveries) = mpsc::channel();
    thread::Builder::new()
        .name("wasmedge-log".to_owned())
        .spawn(move || run(&deliveries))
        .map_err(|error| Error::from(ErrorKind::Thread(error)))?;
    Ok(sender)
}

fn run(deliveries: &Receiver<Delivery>) {
    DELIVERS.set(true);
    for delivery in deliveries {
        let Delivery {
            record,
            callback,
            done,
        } = delivery;
        // The panic hook has said what there is to say. The callback may be dropped here, too.
        let _ = catch_unwind(AssertUnwindSafe(move || callback(&record)));
        let _ = done.send(());
    }
}

/// Has the callback called, and waits a little for it; gives the record back when there is none.
pub(super) fn deliver(record: Record) -> Result<(), Record> {
    let callback = CALLBACK
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let (Some(callback), Some(thread)) = (callback, THREAD.get()) else {
        return Err(record);
    };
    // A thread that ends may have no variables any more; it is not that one, which does not end.
    if DELIVERS.try_with(Cell::get).unwrap_or(false) {
        return Ok(());
    }
    let (done, is_done) = mpsc::sync_channel(1);
    let delivery = Delivery {
        record,
        callback,
        done,
    };
    thread
        .send(delivery)
        .map_err(|mpsc::SendError(delivery)| delivery.record)?;
    let _ = is_done.recv_timeout(PATIENCE);
    Ok(())
}
