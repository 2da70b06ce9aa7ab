//! The engine behind `dvc.engine`: packed values, and verbs over them that look at, hash, store and place files.
//!
//! Knows no Python. `dvc/engine/contract.py` says what each verb owes; this crate answers to it. Everything that the
//! operating system may refuse is asked for in `sys` alone.

pub mod counters;
pub mod detach;
pub mod digests;
pub mod error;
pub mod exists;
pub mod fanout;
pub mod folders;
pub mod hash;
pub mod index;
pub mod json;
pub mod lanes;
pub mod link;
pub mod listing;
pub mod look;
pub mod manifest;
pub mod md5;
pub mod merge;
pub mod names;
pub mod objects;
pub mod paths;
pub mod place;
pub mod rules;
pub mod runs;
pub mod store;
pub mod stream;
pub mod sys;
pub mod temp;
pub mod transfer;
pub mod walk;
pub mod work;
