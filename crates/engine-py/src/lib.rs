//! `dvc._engine`: the engine's verbs and values for Python. Converts, and decides nothing.
//!
//! `dvc/engine/native.py` is the only module that imports it; `dvc/engine/contract.py` says what each name means.

mod convert;
mod listing;
mod run;
mod values;
mod verbs;
mod workspace;

use pyo3::prelude::*;

#[pymodule(name = "_engine")]
mod module {
    #[pymodule_export]
    use super::listing::{Index, Listing, empty_listing, load_index};
    #[pymodule_export]
    use super::run::Counters;
    #[pymodule_export]
    use super::values::{Digests, Manifest, digests, manifest, parse_manifest};
    #[pymodule_export]
    use super::verbs::{copy, exists, objects, put, read, remove, sweep, sync, verify};
    #[pymodule_export]
    use super::workspace::{clock, detach, discard, hash, place, scan, stat, store};
    #[allow(unused_imports, reason = "the macro wants it")]
    use super::*;
}
