//! Lets an interrupt through to the library while code runs, and at no other time.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use crate::library::button::Button;
use crate::library::door::{self, Hook, Lock};
use crate::library::log;
use crate::runtime::executor::Executor;
use crate::vocabulary::{Error, ErrorKind, Result, Trap};

/// What a store and its handles share.
pub(crate) struct Gate {
    state: Mutex<State>,
    /// How many forks there had been.
    forks: u32,
}

/// Held by one who locks a gate from outside, on a thread that need not have the store: such a lock
/// may not be held while another thread forks, for nobody would open it in the child.
static FROM_OUTSIDE: Lock<()> = Lock::new(());

/// How many forks lie between this process and the first one that used the crate.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Once in the process, before a gate is locked.
fn watch_forks() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        door::on_fork(Hook {
            lock: || FROM_OUTSIDE.lock_for_fork(),
            unlock: || FROM_OUTSIDE.unlock_after_fork(),
            in_child: || {
                FORKS.fetch_add(1, Ordering::Relaxed);
            },
        });
    });
}

struct State {
    /// `None` once the store is gone.
    button: Option<Button>,
    /// How many calls and scopes are open, one in the other.
    depth: u32,
    /// What is to end, if anything.
    ending: Option<Ending>,
    /// The scopes that have a time limit.
    time_limits: Vec<TimeLimit>,
    next_limit: u64,
}

/// All calls and scopes from this depth on are to end.
#[derive(Clone, Copy)]
struct Ending {
    depth: u32,
    cause: Cause,
}

/// Why code was stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cause {
    Interrupt,
    Timeout(Duration),
}

impl Cause {
    pub(crate) fn error(self) -> Error {
        match self {
            Self::Interrupt => Trap::Interrupted.into(),
            Self::Timeout(after) => ErrorKind::Timeout(after).into(),
        }
    }
}

struct TimeLimit {
    id: u64,
    depth: u32,
    after: Duration,
}

impl Gate {
    fn new(executor: &Executor) -> Result<Self> {
        watch_forks();
        // SAFETY: the executor is alive, and the store takes the button away before it frees it.
        let button = unsafe { Button::new(executor.as_non_null()) }?;
        let state = Mutex::new(State {
            button: Some(button),
            depth: 0,
            ending: None,
            time_limits: Vec::new(),
            next_limit: 0,
        });
        let forks = FORKS.load(Ordering::Relaxed);
        Ok(Self { state, forks })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For those who need not have the store.
    fn act_from_outside<R>(&self, act: impl FnOnce(&mut State) -> R) -> Option<R> {
        let _held = FROM_OUTSIDE.lock();
        if self.forks == FORKS.load(Ordering::Relaxed) {
            return Some(act(&mut self.state()));
        }
        // The thread that had the store, and was about to open the lock, may not be in this
        // process.
        for _ in 0..100 {
            match self.state.try_lock() {
                Ok(mut state) => return Some(act(&mut state)),
                Err(TryLockError::Poisoned(state)) => return Some(act(&mut state.into_inner())),
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_micros(100)),
            }
        }
        None
    }

    /// A call or a scope begins.
    pub(crate) fn enter(&self) {
        self.state().depth += 1;
    }

    /// The innermost call or scope is over. If it was to end, this tells why.
    pub(crate) fn leave(&self) -> Option<Cause> {
        let state = &mut *self.state();
        let depth = state.depth;
        state.depth -= 1;
        let ending = state.ending?;
        let button = state.button.as_ref();
        if ending.depth < depth {
            // What is around it is to end too, and this call may have taken the flag.
            if let Some(button) = button {
                button.press();
            }
        } else {
            state.ending = None;
            if let Some(button) = button {
                // Where the code has taken the flag, and where it came to its end without, which
                // nobody needs to read of.
                log::quietly(|| button.release());
            }
        }
        Some(ending.cause)
    }

    /// Ends the outermost call or scope.
    pub(crate) fn interrupt(&self) -> bool {
        let ended = self.act_from_outside(|state| state.end(1, Cause::Interrupt));
        ended.unwrap_or(false)
    }

    /// A scope begins that can be ended by [`time_out`](Self::time_out) with this number.
    pub(crate) fn enter_limited(&self, after: Duration) -> u64 {
        let mut state = self.state();
        state.depth += 1;
        let (id, depth) = (state.next_limit, state.depth);
        state.next_limit += 1;
        state.time_limits.push(TimeLimit { id, depth, after });
        id
    }

    /// The scope is no longer limited.
    pub(crate) fn forget_limit(&self, id: u64) {
        self.state().time_limits.retain(|limit| limit.id != id);
    }

    /// Ends a limited scope; returns whether there was something to end.
    pub(crate) fn time_out(&self, id: u64) -> bool {
        let ended = self.act_from_outside(|state| {
            let found = state.time_limits.iter().find(|limit| limit.id == id);
            match found {
                Some(&TimeLimit { depth, after, .. }) => state.end(depth, Cause::Timeout(after)),
                None => false,
            }
        });
        ended.unwrap_or(false)
    }

    fn close(&self) {
        self.state().button = None;
    }
}

impl State {
    /// Ends what runs at this depth and within; returns whether anything does.
    fn end(&mut self, depth: u32, cause: Cause) -> bool {
        let Some(button) = &self.button else {
            return false;
        };
        if self.depth < depth {
            return false;
        }
        if self.ending.is_none_or(|ending| depth < ending.depth) {
            self.ending = Some(Ending { depth, cause });
        }
        button.press();
        true
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Gate")
            .field("open", &state.button.is_some())
            .field("depth", &state.depth)
            .finish_non_exhaustive()
    }
}

/// A store's own part: the gate, once there is one, which it closes when it goes.
#[derive(Default)]
pub(crate) struct Interrupts(Option<Arc<Gate>>);

impl Interrupts {
    #[inline]
    pub(crate) const fn gate(&self) -> Option<&Arc<Gate>> {
        self.0.as_ref()
    }

    pub(crate) fn gate_or_new(&mut self, executor: &Executor) -> Result<&Arc<Gate>> {
        match &mut self.0 {
            Some(gate) => Ok(gate),
            none => Ok(none.insert(Arc::new(Gate::new(executor)?))),
        }
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        if let Some(gate) = &self.0 {
            gate.close();
        }
    }
}

/// A stretch of the program that an interrupt ends as a whole.
///
/// It holds the gate and not the store, so it matters not if the store goes before it.
pub(crate) struct Scope(Arc<Gate>);

impl Scope {
    pub(crate) fn open(gate: Arc<Gate>) -> Self {
        gate.enter();
        Self(gate)
    }

    /// Takes over a scope that was entered.
    pub(crate) const fn from_entered(gate: Arc<Gate>) -> Self {
        Self(gate)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.0.leave();
    }
}
