//! Runs a verb on a thread of its own while this one, without the interpreter lock, watches for Ctrl-C. What is over sooner than
//! a thread would have started runs right here.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use engine::counters;
use engine::error::Failure;
use engine::listing::Listing;
use pyo3::prelude::*;

use crate::convert::raised;

const POLL: Duration = Duration::from_millis(50);
const FEW: usize = 32;
const LITTLE: u64 = 1 << 18; // bytes

/// What a verb counts while it runs.
#[pyclass(frozen, module = "dvc._engine")]
#[derive(Default)]
pub struct Counters(pub Arc<counters::Counters>);

#[pymethods]
impl Counters {
    #[new]
    fn new() -> Counters {
        Counters::default()
    }

    #[getter]
    fn files(&self) -> u64 {
        self.0.files()
    }

    #[getter]
    fn bytes(&self) -> u64 {
        self.0.bytes()
    }

    fn cancel(&self) {
        self.0.cancel();
    }
}

pub type Counting<'a, 'py> = Option<&'a Bound<'py, Counters>>;

pub fn run<T: Send>(
    py: Python<'_>,
    counters: Counting<'_, '_>,
    verb: impl FnOnce(&counters::Counters) -> Result<T, Failure> + Send,
) -> PyResult<T> {
    let counters = counters.map_or_else(Arc::default, |counters| Arc::clone(&counters.get().0));
    let (answer, interrupt) = py.detach(|| watch(&counters, verb));
    match interrupt {
        Some(error) => Err(error),
        None => answer.map_err(|failure| raised(py, failure)),
    }
}

/// So few paths or objects that a thread of its own would cost more than the verb.
pub fn few(count: usize) -> bool {
    count <= FEW
}

/// A listing with so little to read that a thread of its own would cost more than the verb.
pub fn little(listing: &Listing) -> bool {
    few(listing.len()) && listing.size() <= LITTLE
}

/// As `run`; `small` work is done on this thread, as one system call would be.
pub fn run_small<T: Send>(
    py: Python<'_>,
    counters: Counting<'_, '_>,
    small: bool,
    verb: impl FnOnce(&counters::Counters) -> Result<T, Failure> + Send,
) -> PyResult<T> {
    if !small {
        return run(py, counters, verb);
    }
    let counters = counters.map_or_else(Arc::default, |counters| Arc::clone(&counters.get().0));
    py.detach(|| verb(&counters)).map_err(|failure| raised(py, failure))
}

fn watch<T: Send>(
    counters: &counters::Counters,
    verb: impl FnOnce(&counters::Counters) -> Result<T, Failure> + Send,
) -> (Result<T, Failure>, Option<PyErr>) {
    thread::scope(|scope| {
        let (finished, ended) = channel::<()>();
        let worker = scope.spawn(move || {
            let _finished = finished; // dropped at the end, even by a panic
            verb(counters)
        });
        let mut interrupt = None;
        while ended.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
            if interrupt.is_none()
                && let Err(error) = Python::attach(|py| py.check_signals())
            {
                counters.cancel();
                interrupt = Some(error);
            }
        }
        match worker.join() {
            Ok(answer) => (answer, interrupt),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
