//! Listing and Index.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use engine::listing::Tie;
use engine::{index, listing, merge};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

use crate::convert::{Algorithm, Disk, Packed, hex, problems, raised, shown, tuple};
use crate::values::Manifest;

#[pyclass(frozen, module = "dvc._engine")]
pub struct Listing(pub listing::Listing);

/// One row as an Entry.
fn entry<'py>(py: Python<'py>, listing: &listing::Listing, place: usize) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let row = &listing.rows[place];
    let fields = (
        shown(py, listing.paths.get(place))?,
        row.kind.word(),
        row.size,
        row.mtime,
        row.inode,
        row.mode,
        row.tie.word(),
        listing.digests[place].map(|digest| hex(py, &digest)),
    );
    tuple(&CLASS, py, "Entry", fields)
}

#[pyclass]
struct Rows(listing::Listing, usize);

#[pymethods]
impl Rows {
    fn __iter__(own: PyRef<'_, Self>) -> PyRef<'_, Self> {
        own
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.1 == self.0.len() {
            return Ok(None);
        }
        self.1 += 1;
        entry(py, &self.0, self.1 - 1).map(Some)
    }
}

#[pymethods]
impl Listing {
    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __iter__(&self) -> Rows {
        Rows(self.0.clone(), 0)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Listing>().is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.digests.hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("<listing of {} rows>", self.0.len())
    }

    fn get<'py>(&self, py: Python<'py>, path: Packed) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.paths.find(&path.0).ok().map(|place| entry(py, &self.0, place)).transpose()
    }

    #[getter]
    fn size(&self) -> u64 {
        self.0.size()
    }

    #[getter]
    fn unknown(&self) -> usize {
        self.0.unknown()
    }

    #[getter]
    fn problems<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        problems(py, &self.0.problems)
    }

    fn known(&self, py: Python<'_>, index: &Bound<'_, Index>, prefix: Packed, algorithm: Algorithm) -> Listing {
        let index = Arc::clone(&index.get().0);
        Listing(py.detach(|| index.known(&self.0, &prefix.0, algorithm.0)))
    }

    fn manifest(&self, py: Python<'_>) -> Manifest {
        Manifest(py.detach(|| self.0.manifest()))
    }

    fn unread(&self) -> Listing {
        Listing(self.0.unread())
    }

    fn only(&self, manifest: &Bound<'_, Manifest>) -> Listing {
        Listing(self.0.only(&manifest.get().0))
    }

    fn ending<'py>(&self, py: Python<'py>, suffix: Packed) -> PyResult<Vec<Bound<'py, PyString>>> {
        self.0.paths.iter().filter(|path| path.ends_with(&suffix.0)).map(|path| shown(py, path)).collect()
    }

    fn links(&self) -> HashMap<&'static str, usize> {
        Tie::ALL.iter().map(|&tie| (tie.word(), self.0.ties(tie))).filter(|&(_, count)| count > 0).collect()
    }

    fn linked(&self, link: &str) -> Listing {
        match Tie::ALL.iter().find(|tie| tie.word() == link) {
            Some(&tie) => Listing(self.0.linked(tie)),
            None => Listing(listing::Listing::default()),
        }
    }
}

#[pyclass(frozen, module = "dvc._engine")]
pub struct Index(pub Arc<index::Index>);

/// An `Update` of the contract, by its fields.
type Update<'py> = (Packed, Bound<'py, Listing>, i64, Algorithm, bool);

#[pymethods]
impl Index {
    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("<index of {} files>", self.0.len())
    }

    fn get<'py>(&self, py: Python<'py>, path: Packed) -> Option<(u64, i64, u64, &'static str, Bound<'py, PyString>)> {
        let record = self.0.get(&path.0)?;
        Some((record.size, record.mtime, record.inode, record.algorithm.word(), hex(py, &record.digest)))
    }

    fn save(&self, py: Python<'_>, path: Disk, updates: Vec<Update<'_>>) -> PyResult<()> {
        let updates: Vec<merge::Update> = updates
            .into_iter()
            .map(|(prefix, listing, clock, algorithm, whole)| merge::Update {
                prefix: prefix.0,
                listing: listing.get().0.clone(),
                clock,
                algorithm: algorithm.0,
                whole,
            })
            .collect();
        let path = on_disk(path);
        py.detach(|| merge::save(&self.0, &path, &updates)).map_err(|failure| raised(py, failure))
    }
}

fn on_disk(path: Disk) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(std::ffi::OsString::from_vec(path.0))
}

#[pyfunction]
pub fn load_index(py: Python<'_>, path: Disk) -> Index {
    let path = on_disk(path);
    Index(Arc::new(py.detach(|| index::Index::load(&path))))
}

#[pyfunction]
pub fn empty_listing() -> Listing {
    Listing(listing::Listing::default())
}
