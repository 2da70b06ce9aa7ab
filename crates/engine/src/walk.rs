//! `scan`: all files below a folder, several folders at a time.
//!
//! Each folder gives its own sorted entries; putting them together depth first gives the order of whole paths, because a
//! folder sorts by its name with a slash behind it, as the paths below it do.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex};
use std::thread;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::FileType;
use rustix::io::Errno;

use crate::counters::Counters;
use crate::error::{Code, Failure, Problem, Trouble};
use crate::listing::{Kind, Listing, Row, Tie};
use crate::look::look;
use crate::paths::{self, Paths};
use crate::rules::Rules;
use crate::sys::{self, Limits};
use crate::work;

enum What {
    File(Row),
    Folder(usize),
}

/// The sorted entries of one folder. The names of folders end in a slash.
#[derive(Default)]
struct Folder {
    names: Vec<u8>,
    entries: Vec<(u32, u32, What)>, // start and length of the name
}

impl Folder {
    fn name(&self, place: usize) -> &[u8] {
        let (start, length, _) = self.entries[place];
        &self.names[start as usize..][..length as usize]
    }

    fn push(&mut self, name: &[u8], what: What) {
        let start = self.names.len();
        self.names.extend_from_slice(name);
        if matches!(what, What::Folder(_)) {
            self.names.push(b'/');
        }
        self.entries.push((start as u32, (self.names.len() - start) as u32, what));
    }

    fn sort(&mut self) {
        let names = &self.names;
        self.entries.sort_unstable_by_key(|&(start, length, _)| &names[start as usize..][..length as usize]);
        self.entries.shrink_to_fit();
        self.names.shrink_to_fit();
    }
}

#[derive(Default)]
struct Shared {
    waiting: Vec<(usize, Vec<u8>)>, // number and packed path
    busy: usize,
    next: usize,
    found: HashMap<usize, Folder>,
    problems: Vec<Problem>,
    files: usize,
    bytes: usize,
}

/// What every worker knows.
struct Walk<'a> {
    root: OwnedFd,
    base: &'a [u8],
    rules: &'a Rules,
    counters: &'a Counters,
    limits: Limits,
    shared: Mutex<Shared>,
    change: Condvar,
}

/// What one folder adds.
#[derive(Default)]
struct Look {
    folder: Folder,
    inner: Vec<Vec<u8>>, // packed paths of sub-folders; `What::Folder` counts them from 0 until they get their numbers
    problems: Vec<Problem>,
    path_bytes: usize,
}

pub fn scan(
    root: &[u8],
    base: &[u8],
    rules: &Rules,
    jobs: usize,
    counters: &Counters,
    limits: Limits,
) -> Result<Listing, Failure> {
    let fatal = |errno| Trouble::reading(errno).fatal(&paths::from_disk(root));
    let top = sys::open_top(root).map_err(fatal)?;
    let shared = Shared { waiting: vec![(0, Vec::new())], next: 1, ..Shared::default() };
    let walk = Walk { root: top, base, rules, counters, limits, shared: Mutex::new(shared), change: Condvar::new() };
    thread::scope(|scope| {
        for _ in 1..work::threads(jobs) {
            scope.spawn(|| walk.work());
        }
        walk.work();
    });
    counters.check()?;
    let mut shared = walk.shared.into_inner().expect("no worker panicked");
    if let Some(place) = shared.problems.iter().position(|problem| problem.path.is_empty()) {
        let problem = shared.problems.swap_remove(place);
        return Err(Failure::Problem(Problem { path: paths::from_disk(root).into_owned(), ..problem }));
    }
    Ok(assemble(shared))
}

impl Walk<'_> {
    fn work(&self) {
        let mut shared = self.shared.lock().expect("no worker panicked");
        loop {
            if self.counters.cancelled() || (shared.waiting.is_empty() && shared.busy == 0) {
                self.change.notify_all();
                return;
            }
            let Some((number, path)) = shared.waiting.pop() else {
                shared = self.change.wait(shared).expect("no worker panicked");
                continue;
            };
            shared.busy += 1;
            drop(shared);
            let seen = self.folder(&path);
            shared = self.shared.lock().expect("no worker panicked");
            shared.busy -= 1;
            shared.enter(number, &path, seen);
            self.change.notify_all();
        }
    }

    fn folder(&self, path: &[u8]) -> Result<Look, Errno> {
        let name = paths::to_disk(path).expect("it came from the disk");
        let dir = match path {
            b"" => sys::open_folder(self.root.as_fd(), b"")?,
            _ => sys::open_real_folder(self.root.as_fd(), &name)?,
        };
        let mut names = Vec::new();
        let mut own_project = false;
        sys::entries(&dir, &self.limits, |name, kind| {
            let kind = match kind {
                FileType::Unknown => {
                    FileType::from_raw_mode(sys::lstat(dir.as_fd(), name).map_or(0, |stat| stat.st_mode))
                }
                known => known,
            };
            own_project |= name == b".dvc" && kind == FileType::Directory && !path.is_empty();
            names.push((name.to_vec(), kind == FileType::Directory));
            Ok(())
        })?;
        let mut seen = Look::default();
        if own_project {
            return Ok(seen);
        }
        let mut whole = Vec::new();
        for (name, is_folder) in names {
            if self.counters.cancelled() {
                break;
            }
            let packed = paths::from_disk(&name);
            crate::index::join(&mut whole, self.base, path);
            if !whole.is_empty() && !path.is_empty() {
                whole.push(b'/');
            }
            whole.extend_from_slice(&packed);
            if self.rules.ignores(&whole, is_folder) {
                continue;
            }
            if is_folder {
                let mut inner = Vec::new();
                crate::index::join(&mut inner, path, &packed);
                seen.folder.push(&packed, What::Folder(seen.inner.len()));
                seen.inner.push(inner);
                continue;
            }
            seen.file(path, &packed, look(dir.as_fd(), &name));
            self.counters.add_files(1);
        }
        seen.folder.sort();
        Ok(seen)
    }
}

impl Look {
    fn file(&mut self, folder: &[u8], name: &[u8], row: Row) {
        let (code, words) = match row.kind {
            _ if name == b".dvcignore" => (Code::IgnoreFile, "a .dvcignore file inside a tracked folder"),
            Kind::File => {
                self.path_bytes += folder.len() + 1 + name.len();
                self.folder.push(name, What::File(row));
                return;
            }
            Kind::Folder if row.tie == Tie::Symlink => return,
            Kind::Folder | Kind::Missing => (Code::Missing, "vanished while it was looked at"),
            Kind::DanglingLink => (Code::DanglingLink, "a symbolic link to nothing"),
            Kind::Special => (Code::Special, "neither a file nor a folder"),
            Kind::Unreadable => (Code::Unreadable, "cannot be read"),
        };
        let mut path = Vec::new();
        crate::index::join(&mut path, folder, name);
        self.problems.push(Trouble::new(code, words).at(&path));
    }
}

impl Shared {
    fn enter(&mut self, number: usize, path: &[u8], seen: Result<Look, Errno>) {
        let mut seen = match seen {
            Ok(seen) => seen,
            Err(errno) => {
                self.problems.push(Trouble::reading(errno).at(path));
                return;
            }
        };
        for (_, _, what) in &mut seen.folder.entries {
            if let What::Folder(place) = what {
                *place += self.next;
            }
        }
        for path in seen.inner {
            self.waiting.push((self.next, path));
            self.next += 1;
        }
        self.files += seen.folder.entries.iter().filter(|(_, _, what)| matches!(what, What::File(_))).count();
        self.bytes += seen.path_bytes;
        self.problems.append(&mut seen.problems);
        self.found.insert(number, seen.folder);
    }
}

/// Puts the folders together, depth first.
fn assemble(mut shared: Shared) -> Listing {
    let mut made = Paths::with_capacity(shared.files, shared.bytes);
    let mut rows = Vec::with_capacity(shared.files);
    let mut prefix = Vec::new();
    let mut open = vec![(shared.found.remove(&0).unwrap_or_default(), 0, 0)];
    let mut path = Vec::new();
    while let Some((folder, place, length)) = open.last_mut() {
        prefix.truncate(*length);
        if *place == folder.entries.len() {
            open.pop();
            continue;
        }
        let name = folder.name(*place);
        *place += 1;
        match folder.entries[*place - 1].2 {
            What::File(row) => {
                path.clear();
                path.extend_from_slice(&prefix);
                path.extend_from_slice(name);
                made.push(&path);
                rows.push(row);
            }
            What::Folder(number) => {
                prefix.extend_from_slice(name);
                if let Some(inner) = shared.found.remove(&number) {
                    open.push((inner, 0, prefix.len()));
                }
            }
        }
    }
    let digests = vec![None; rows.len()];
    Listing::new(made, rows, digests, shared.problems)
}
