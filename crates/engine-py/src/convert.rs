//! Python's values as the engine's, and the other way round.

use engine::error::{Failure, Problem};
use engine::hash;
use engine::names::Name;
use engine::paths;
use pyo3::exceptions::{PyKeyboardInterrupt, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString, PyTuple};

/// The bytes of a `str` in the engine's packed encoding, spelled as they come.
fn encoded(text: &Bound<'_, PyString>) -> PyResult<Vec<u8>> {
    match text.to_str() {
        Ok(utf8) => Ok(utf8.as_bytes().to_vec()),
        Err(_) => {
            let bytes = text.call_method1("encode", ("utf-8", "surrogatepass"))?;
            Ok(bytes.cast::<PyBytes>()?.as_bytes().to_vec())
        }
    }
}

/// A path for the packed values. One that no name can have stays as it is: nothing on disk will match it.
pub struct Packed(pub Vec<u8>);

impl<'py> FromPyObject<'_, 'py> for Packed {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let packed = encoded(&*object.cast::<PyString>()?)?;
        Ok(Packed(match paths::to_disk(&packed) {
            Some(disk) if packed.contains(&0xED) => paths::from_disk(&disk).into_owned(),
            _ => packed,
        }))
    }
}

/// A path as the system wants it.
pub struct Disk(pub Vec<u8>);

impl<'py> FromPyObject<'_, 'py> for Disk {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let packed = encoded(&*object.cast::<PyString>()?)?;
        match paths::to_disk(&packed) {
            Some(disk) if !disk.contains(&0) => Ok(Disk(disk.into_owned())),
            _ => Err(PyValueError::new_err(format!("{} cannot be a file's name", object.repr()?))),
        }
    }
}

/// "md5" or "md5-dos2unix".
pub struct Algorithm(pub hash::Algorithm);

impl<'py> FromPyObject<'_, 'py> for Algorithm {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let word: String = object.extract()?;
        hash::Algorithm::parse(&word)
            .map(Algorithm)
            .ok_or_else(|| PyValueError::new_err(format!("unknown algorithm '{word}'")))
    }
}

/// The name of an object: 32 hex digits, perhaps with `.dir`.
pub struct ObjectName(pub Name);

impl<'py> FromPyObject<'_, 'py> for ObjectName {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = encoded(&*object.cast::<PyString>()?)?;
        match Name::parse(&text) {
            Some(name) => Ok(ObjectName(name)),
            None => Err(PyValueError::new_err(format!("{} is no object's name", object.repr()?))),
        }
    }
}

/// A packed path as `str`.
pub fn shown<'py>(py: Python<'py>, path: &[u8]) -> PyResult<Bound<'py, PyString>> {
    match std::str::from_utf8(path) {
        Ok(text) => Ok(PyString::new(py, text)),
        Err(_) => {
            let text = PyBytes::new(py, path).call_method1("decode", ("utf-8", "surrogatepass"))?;
            Ok(text.cast_into::<PyString>()?)
        }
    }
}

pub fn hex<'py>(py: Python<'py>, digest: &[u8; 16]) -> Bound<'py, PyString> {
    let digits = engine::names::hex(digest);
    PyString::new(py, std::str::from_utf8(&digits).unwrap_or_default())
}

/// A class of `dvc.engine.contract`, made with `fields`.
pub fn tuple<'py>(
    class: &PyOnceLock<Py<PyAny>>,
    py: Python<'py>,
    name: &str,
    fields: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> PyResult<Bound<'py, PyAny>> {
    let made = class.get_or_try_init(py, || -> PyResult<Py<PyAny>> {
        Ok(py.import("dvc.engine.contract")?.getattr(name)?.unbind())
    })?;
    made.bind(py).call1(fields.into_pyobject(py)?)
}

pub fn problems<'py>(py: Python<'py>, problems: &[Problem]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    problems
        .iter()
        .map(|problem| {
            let path = shown(py, &problem.path)?;
            tuple(&CLASS, py, "Problem", (path, problem.code.word(), &problem.message))
        })
        .collect()
}

/// The exception for a verb that gave no answer.
pub fn raised(py: Python<'_>, failure: Failure) -> PyErr {
    let make = |problem: Problem| -> PyResult<PyErr> {
        let class = py.import("dvc.exceptions")?.getattr("EngineProblem")?;
        let path = shown(py, &problem.path)?;
        Ok(PyErr::from_value(class.call1((problem.code.word(), path, problem.message))?))
    };
    match failure {
        Failure::Cancelled => PyKeyboardInterrupt::new_err(()),
        Failure::Problem(problem) => make(problem).unwrap_or_else(|error| error),
    }
}
