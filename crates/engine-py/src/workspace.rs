//! The verbs over the workspace.

use engine::link::Link;
use engine::place::{self as placing, Options};
use engine::rules::{self, Rules};
use engine::store::{self as storing, Target};
use engine::sys::Limits;
use engine::{detach as detaching, look, walk};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::convert::{Algorithm, Disk, Packed, problems, shown, tuple};
use crate::listing::Listing;
use crate::run::{Counting, few, little, run, run_small};
use crate::values::Manifest;
use crate::verbs::moved;

/// A `Rule` of the contract, by its fields.
type Rule = (Packed, Packed, bool, bool);

#[pyfunction]
#[pyo3(signature = (root, *, base, rules, jobs = 0, counters = None))]
pub fn scan(
    py: Python<'_>,
    root: Disk,
    base: Packed,
    rules: Vec<Rule>,
    jobs: usize,
    counters: Counting<'_, '_>,
) -> PyResult<Listing> {
    let text = |packed: Packed| rules::text(&packed.0).into_owned();
    let rules: Vec<rules::Rule> = rules
        .into_iter()
        .map(|(base, regex, negated, folders_only)| rules::Rule {
            base: text(base),
            regex: text(regex),
            negated,
            folders_only,
        })
        .collect();
    let rules = Rules::shared(rules).map_err(PyValueError::new_err)?;
    run(py, counters, |counters| walk::scan(&root.0, &base.0, &rules, jobs, counters, Limits::default())).map(Listing)
}

#[pyfunction]
pub fn stat(py: Python<'_>, root: Disk, paths: Vec<Packed>) -> PyResult<Listing> {
    let paths: Vec<Vec<u8>> = paths.into_iter().map(|path| path.0).collect();
    run_small(py, None, few(paths.len()), |counters| look::stat(&root.0, &paths, counters)).map(Listing)
}

#[pyfunction]
#[pyo3(signature = (root, listing, *, algorithm, jobs = 0, counters = None))]
pub fn hash(
    py: Python<'_>,
    root: Disk,
    listing: &Bound<'_, Listing>,
    algorithm: Algorithm,
    jobs: usize,
    counters: Counting<'_, '_>,
) -> PyResult<Listing> {
    let listing = &listing.get().0;
    run_small(py, counters, little(listing), |counters| {
        storing::store(&root.0, listing, None, algorithm.0, jobs, counters, Limits::default())
    })
    .map(Listing)
}

#[pyfunction]
#[pyo3(signature = (root, listing, folder, *, algorithm, jobs = 0, dir_mode = 0o777, counters = None))]
#[expect(clippy::too_many_arguments, reason = "the contract's verb has them")]
pub fn store(
    py: Python<'_>,
    root: Disk,
    listing: &Bound<'_, Listing>,
    folder: Disk,
    algorithm: Algorithm,
    jobs: usize,
    dir_mode: u32,
    counters: Counting<'_, '_>,
) -> PyResult<Listing> {
    let listing = &listing.get().0;
    let target = Target { folder: &folder.0, dir_mode };
    run_small(py, counters, little(listing), |counters| {
        storing::store(&root.0, listing, Some(target), algorithm.0, jobs, counters, Limits::default())
    })
    .map(Listing)
}

/// What came of placing, as a Placed.
fn placed(py: Python<'_>, placed: placing::Placed) -> PyResult<Bound<'_, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    tuple(&CLASS, py, "Placed", (Listing(placed.listing), placed.links, problems(py, &placed.problems)?))
}

#[pyfunction]
#[pyo3(signature = (root, manifest, folder, *, links, temp, over = None, executable = false, algorithm = None, jobs = 0, counters = None))]
#[expect(clippy::too_many_arguments, reason = "the contract's verb has them")]
pub fn place<'py>(
    py: Python<'py>,
    root: Disk,
    manifest: &Bound<'py, Manifest>,
    folder: Disk,
    links: Vec<String>,
    temp: Disk,
    over: Option<&Bound<'py, Listing>>,
    executable: bool,
    algorithm: Option<Algorithm>,
    jobs: usize,
    counters: Counting<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let parse =
        |word: &String| Link::parse(word).ok_or_else(|| PyValueError::new_err(format!("unknown link type '{word}'")));
    let links = links.iter().map(parse).collect::<PyResult<Vec<Link>>>()?;
    let manifest = &manifest.get().0;
    let options = Options {
        folder: &folder.0,
        links: &links,
        temp: &temp.0,
        over: over.map(|over| &over.get().0),
        executable,
        algorithm: algorithm.map_or(engine::hash::Algorithm::Md5, |algorithm| algorithm.0),
        limits: Limits::default(),
    };
    let done = run(py, counters, |counters| placing::place(&root.0, manifest, options, jobs, counters))?;
    placed(py, done)
}

/// ValueError for a listing with a path that would lead out of its root: somebody asked `stat` for it.
fn refuse_odd_paths(py: Python<'_>, listing: &engine::listing::Listing) -> PyResult<()> {
    for path in listing.paths.iter() {
        if let Some(why) = engine::paths::refusal(path) {
            return Err(PyValueError::new_err(format!("path {} {why}", shown(py, path)?.repr()?)));
        }
    }
    Ok(())
}

#[pyfunction]
#[pyo3(signature = (root, listing, *, counters = None))]
pub fn discard<'py>(
    py: Python<'py>,
    root: Disk,
    listing: &Bound<'py, Listing>,
    counters: Counting<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let listing = &listing.get().0;
    refuse_odd_paths(py, listing)?;
    let done = run(py, counters, |counters| detaching::discard(&root.0, listing, counters))?;
    moved(py, done)
}

#[pyfunction]
#[pyo3(signature = (root, listing, *, temp, jobs = 0, counters = None))]
pub fn detach<'py>(
    py: Python<'py>,
    root: Disk,
    listing: &Bound<'py, Listing>,
    temp: Disk,
    jobs: usize,
    counters: Counting<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let listing = &listing.get().0;
    refuse_odd_paths(py, listing)?;
    let done =
        run(py, counters, |counters| detaching::detach(&root.0, listing, &temp.0, jobs, counters, Limits::default()))?;
    placed(py, done)
}

#[pyfunction]
pub fn clock(py: Python<'_>, folder: Disk) -> i64 {
    py.detach(|| detaching::clock(&folder.0))
}
