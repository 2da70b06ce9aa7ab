//! Runs a verb on a thread of its own while this one, without the interpreter lock, watches for Ctrl-C.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use engine::counters;
use engine::error::Failure;
use pyo3::prelude::*;

use crate::convert::raised;

const POLL: Duration = Duration::from_millis(50);

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
