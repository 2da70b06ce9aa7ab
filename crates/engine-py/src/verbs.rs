//! The verbs over object folders.

use engine::objects as store;
use engine::{detach as places, exists as asking, transfer};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};

use crate::convert::{Algorithm, Disk, ObjectName, hex, problems, tuple};
use crate::run::{Counting, few, run, run_small};
use crate::values::Digests;

/// What came of moving, as a Moved.
pub fn moved(py: Python<'_>, moved: transfer::Moved) -> PyResult<Bound<'_, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    tuple(&CLASS, py, "Moved", (moved.count, moved.size, problems(py, &moved.problems)?))
}

#[pyfunction]
#[pyo3(signature = (folder, data, suffix = "", *, dir_mode = 0o777))]
pub fn put<'py>(
    py: Python<'py>,
    folder: Disk,
    data: &[u8],
    suffix: &str,
    dir_mode: u32,
) -> PyResult<Bound<'py, PyString>> {
    let tree = match suffix {
        "" => false,
        ".dir" => true,
        _ => return Err(PyValueError::new_err(format!("no object's name ends in '{suffix}'"))),
    };
    let digest = run(py, None, |_| store::put(&folder.0, data, tree, dir_mode))?;
    Ok(hex(py, &digest))
}

#[pyfunction]
pub fn read<'py>(py: Python<'py>, folder: Disk, name: ObjectName) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let data = run(py, None, |_| store::read(&folder.0, &name.0))?;
    Ok(data.map(|data| PyBytes::new(py, &data)))
}

#[pyfunction]
#[pyo3(signature = (folder, digests, *, algorithm, quarantine = None, jobs = 0, counters = None))]
pub fn exists<'py>(
    py: Python<'py>,
    folder: Disk,
    digests: &Bound<'py, Digests>,
    algorithm: Algorithm,
    quarantine: Option<Disk>,
    jobs: usize,
    counters: Counting<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let names = &digests.get().0;
    let aside = quarantine.as_ref().map(|folder| &folder.0[..]);
    let found = run_small(py, counters, few(names.len()), |counters| {
        asking::exists(&folder.0, names, algorithm.0, aside, jobs, counters)
    })?;
    tuple(&CLASS, py, "Presence", (Digests(found.missing), Digests(found.corrupt), found.size))
}

#[pyfunction]
#[pyo3(signature = (folder, digests, *, algorithm, jobs = 0, counters = None))]
pub fn verify<'py>(
    py: Python<'py>,
    folder: Disk,
    digests: &Bound<'py, Digests>,
    algorithm: Algorithm,
    jobs: usize,
    counters: Counting<'_, 'py>,
) -> PyResult<Digests> {
    let names = &digests.get().0;
    run(py, counters, |counters| asking::verify(&folder.0, names, algorithm.0, jobs, counters)).map(Digests)
}

#[pyfunction]
pub fn objects(py: Python<'_>, folder: Disk) -> PyResult<Digests> {
    run(py, None, |_| store::list(&folder.0)).map(Digests)
}

#[pyfunction]
pub fn sweep(py: Python<'_>, folder: Disk) -> PyResult<u64> {
    run(py, None, |_| store::sweep(&folder.0))
}

#[pyfunction]
#[pyo3(signature = (source, target, digests, *, algorithm, verify, jobs = 0, dir_mode = 0o777, counters = None))]
#[expect(clippy::too_many_arguments, reason = "the contract's verb has them")]
pub fn copy<'py>(
    py: Python<'py>,
    source: Disk,
    target: Disk,
    digests: &Bound<'py, Digests>,
    algorithm: Algorithm,
    verify: bool,
    jobs: usize,
    dir_mode: u32,
    counters: Counting<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let names = &digests.get().0;
    let done = run(py, counters, |counters| {
        transfer::copy(&source.0, &target.0, names, algorithm.0, verify, jobs, dir_mode, counters)
    })?;
    moved(py, done)
}

#[pyfunction]
#[pyo3(signature = (folder, digests, *, counters = None))]
pub fn remove<'py>(
    py: Python<'py>,
    folder: Disk,
    digests: &Bound<'py, Digests>,
    counters: Counting<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let names = &digests.get().0;
    let done = run(py, counters, |counters| transfer::remove(&folder.0, names, counters))?;
    moved(py, done)
}

#[pyfunction]
pub fn sync(py: Python<'_>, folder: Disk) -> PyResult<()> {
    run(py, None, |_| places::sync(&folder.0))
}
