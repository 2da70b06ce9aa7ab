//! Digests and Manifest.

use std::hash::{DefaultHasher, Hash, Hasher};

use engine::names::parse_hex;
use engine::paths::Paths;
use engine::{digests as sets, json, manifest as manifests};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};

use crate::convert::{ObjectName, Packed, hex, shown, tuple};

#[pyclass(frozen, module = "dvc._engine")]
pub struct Digests(pub sets::Digests);

#[pyclass]
struct Names(sets::Digests, usize);

#[pymethods]
impl Names {
    fn __iter__(own: PyRef<'_, Self>) -> PyRef<'_, Self> {
        own
    }

    fn __next__(&mut self) -> Option<String> {
        let name = self.0.names().get(self.1)?;
        self.1 += 1;
        Some(name.text())
    }
}

#[pymethods]
impl Digests {
    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __iter__(&self) -> Names {
        Names(self.0.clone(), 0)
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        name.extract::<ObjectName>().is_ok_and(|name| self.0.contains(&name.0))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Digests>().is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.names().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("<{} digests>", self.0.len())
    }

    fn __or__(&self, other: &Digests) -> Digests {
        Digests(self.0.union(&other.0))
    }

    fn __and__(&self, other: &Digests) -> Digests {
        Digests(self.0.intersection(&other.0))
    }

    fn __sub__(&self, other: &Digests) -> Digests {
        Digests(self.0.difference(&other.0))
    }

    fn trees(&self) -> Digests {
        Digests(self.0.trees(true))
    }

    fn files(&self) -> Digests {
        Digests(self.0.trees(false))
    }
}

#[pyfunction]
pub fn digests(names: &Bound<'_, PyAny>) -> PyResult<Digests> {
    let names: PyResult<Vec<_>> = names.try_iter()?.map(|name| Ok(name?.extract::<ObjectName>()?.0)).collect();
    Ok(Digests(sets::Digests::new(names?)))
}

#[pyclass(frozen, module = "dvc._engine")]
pub struct Manifest(pub manifests::Manifest);

#[pyclass]
struct Pairs(manifests::Manifest, usize);

#[pymethods]
impl Pairs {
    fn __iter__(own: PyRef<'_, Self>) -> PyRef<'_, Self> {
        own
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<(Bound<'py, PyString>, Bound<'py, PyString>)>> {
        let Some(digest) = self.0.digests.get(self.1) else { return Ok(None) };
        let path = self.0.paths.get(self.1);
        self.1 += 1;
        Ok(Some((shown(py, path)?, hex(py, digest))))
    }
}

#[pymethods]
impl Manifest {
    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __iter__(&self) -> Pairs {
        Pairs(self.0.clone(), 0)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Manifest>().is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.digests.hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("<manifest of {} files>", self.0.len())
    }

    fn get<'py>(&self, py: Python<'py>, path: Packed) -> Option<Bound<'py, PyString>> {
        self.0.get(&path.0).map(|digest| hex(py, &digest))
    }

    fn paths<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyString>>> {
        self.0.paths.iter().map(|path| shown(py, path)).collect()
    }

    fn dump<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.dump()))
    }

    fn hex<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        let digest = py.detach(|| self.0.digest());
        hex(py, &digest)
    }

    fn digests(&self, py: Python<'_>) -> Digests {
        Digests(py.detach(|| self.0.names()))
    }

    fn below(&self, prefix: Packed) -> Manifest {
        Manifest(self.0.below(&prefix.0))
    }

    fn without(&self, prefix: Packed) -> Manifest {
        Manifest(self.0.without(&prefix.0))
    }

    fn only(&self, paths: Vec<Packed>) -> Manifest {
        let paths: Vec<Vec<u8>> = paths.into_iter().map(|path| path.0).collect();
        Manifest(self.0.only(&paths))
    }

    fn merge(&self, other: &Bound<'_, Manifest>) -> Manifest {
        Manifest(self.0.merge(&other.get().0))
    }

    fn rebase(&self, py: Python<'_>, strip: Packed, add: Packed) -> PyResult<Manifest> {
        if !add.0.is_empty() {
            json::normalise(&mut add.0.clone()).map_err(PyValueError::new_err)?;
        }
        match self.0.rebase(&strip.0, &add.0) {
            Ok(made) => Ok(Manifest(made)),
            Err(path) => {
                let (path, strip) = (shown(py, &path)?.repr()?, shown(py, &strip.0)?.repr()?);
                Err(PyValueError::new_err(format!("path {path} is not below {strip}")))
            }
        }
    }

    fn diff<'py>(&self, py: Python<'py>, new: &Bound<'_, Manifest>) -> PyResult<Bound<'py, PyAny>> {
        static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let new = &new.get().0;
        let diff = py.detach(|| self.0.diff(new));
        let [added, removed, old, new] = [diff.added, diff.removed, diff.changed_old, diff.changed_new].map(Manifest);
        tuple(&CLASS, py, "ManifestDiff", (added, removed, old, new))
    }

    fn has_folder(&self, prefix: Packed) -> bool {
        self.0.has_folder(&prefix.0)
    }
}

#[pyfunction]
pub fn manifest(pairs: &Bound<'_, PyAny>) -> PyResult<Manifest> {
    let mut paths = Paths::default();
    let mut digests = Vec::new();
    for pair in pairs.try_iter()? {
        let (Packed(mut path), digits): (Packed, Packed) = pair?.extract()?;
        json::normalise(&mut path).map_err(PyValueError::new_err)?;
        let digest = parse_hex(&digits.0);
        digests.push(
            digest.ok_or_else(|| {
                PyValueError::new_err(format!("'{}' is no digest", String::from_utf8_lossy(&digits.0)))
            })?,
        );
        paths.push(&path);
    }
    Ok(Manifest(manifests::Manifest::from_pairs(&paths, &digests)))
}

#[pyfunction]
pub fn parse_manifest(py: Python<'_>, data: &[u8]) -> PyResult<Manifest> {
    let parsed = py.detach(|| manifests::Manifest::parse(data));
    parsed.map(Manifest).map_err(PyValueError::new_err)
}
