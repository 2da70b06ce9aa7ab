//! Taking files out of the workspace, and making links into files of their own.

use std::collections::BTreeSet;
use std::ops::Range;

use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;

use crate::counters::Counters;
use crate::error::{Code, Failure, Trouble};
use crate::folders::Folders;
use crate::link;
use crate::listing::{Kind, Listing, Row, Tie};
use crate::look::look;
use crate::paths::{self, Paths};
use crate::place::Placed;
use crate::sys::{self, Limits};
use crate::temp::Temp;
use crate::transfer::Moved;
use crate::work;

const CHUNK: usize = 128;

/// Deletes the files of `listing` that are still as it says, then the folders below `root` that this left empty.
pub fn discard(root: &[u8], listing: &Listing, counters: &Counters) -> Result<Moved, Failure> {
    let mut moved = Moved::default();
    let top = match sys::open_top(root) {
        Ok(top) => top,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(moved),
        Err(errno) => return Err(Trouble::writing(errno).fatal(&paths::from_disk(root))),
    };
    let mut folders = Folders::new(top.as_fd(), false);
    let mut emptied = BTreeSet::new();
    for (path, row) in listing.paths.iter().zip(listing.rows.iter()) {
        counters.check()?;
        counters.add_files(1);
        if !matches!(row.kind, Kind::File | Kind::DanglingLink | Kind::Special) {
            continue;
        }
        match discard_one(&mut folders, path, row) {
            Ok(true) => {
                moved.count += 1;
                moved.size += row.size;
            }
            Ok(false) => {}
            Err(trouble) => {
                moved.failed(path, trouble);
                continue;
            }
        }
        let mut above = paths::split(path).0;
        while !above.is_empty() && emptied.insert(above.to_vec()) {
            above = paths::split(above).0;
        }
    }
    // Backwards, so that what lies in a folder goes before it.
    for folder in emptied.iter().rev() {
        if let Ok((parent, name)) = folders.parent(folder) {
            let _ = sys::remove_folder(parent, &name); // one that is not empty stays
        }
    }
    Ok(moved)
}

/// Whether there was something to delete.
fn discard_one(folders: &mut Folders<'_>, path: &[u8], row: &Row) -> Result<bool, Trouble> {
    let (parent, name) = match folders.parent(path) {
        Err(trouble) if trouble.code == Code::Missing => return Ok(false),
        answer => answer?,
    };
    let now = look(parent, &name);
    if now.kind == Kind::Missing {
        return Ok(false);
    }
    if !now.same_bytes(row) {
        return Err(changed());
    }
    match sys::unlink(parent, &name) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(Trouble::writing(errno)),
    }
}

fn changed() -> Trouble {
    Trouble::new(Code::Changed, "changed since it was looked at")
}

/// Makes each row of kind file a file of its own, writable.
pub fn detach(
    root: &[u8],
    listing: &Listing,
    temp: &[u8],
    jobs: usize,
    counters: &Counters,
    limits: Limits,
) -> Result<Placed, Failure> {
    let temp = Temp::new(temp, &limits)?;
    let top = sys::open_top(root).map_err(|errno| Trouble::writing(errno).fatal(&paths::from_disk(root)))?;
    temp.check(top.as_fd());
    let count = listing.len();
    let tasks: Vec<Range<usize>> = (0..count).step_by(CHUNK).map(|start| start..(start + CHUNK).min(count)).collect();
    let parts = work::run(tasks, jobs, counters, Vec::new, |buffer, range| {
        let mut folders = Folders::new(top.as_fd(), false);
        let mut done = Vec::new();
        for at in range {
            if counters.cancelled() {
                break;
            }
            counters.add_files(1);
            let row = &listing.rows[at];
            if row.kind == Kind::File {
                let path = listing.paths.get(at);
                let made = folders.parent(path).and_then(|(parent, name)| {
                    let copied = detach_one(parent, &name, row, &temp, buffer, counters, &limits)?;
                    Ok((look(parent, &name), copied))
                });
                done.push((at, made));
            }
        }
        done
    })?;
    let mut placed = Placed::default();
    let mut made = Paths::default();
    let (mut rows, mut digests) = (Vec::new(), Vec::new());
    for (at, answer) in parts.into_iter().flatten() {
        match answer {
            Ok((row, copied)) => {
                made.push(listing.paths.get(at));
                rows.push(row);
                digests.push(listing.digests[at]);
                if copied {
                    *placed.links.entry("copy").or_default() += 1;
                }
            }
            Err(trouble) => placed.problems.push(trouble.at(listing.paths.get(at))),
        }
    }
    placed.listing = Listing::new(made, rows, digests, Vec::new());
    Ok(placed)
}

/// Whether a link became a copy; false when the file was one of its own already.
fn detach_one(
    parent: BorrowedFd<'_>,
    name: &[u8],
    row: &Row,
    temp: &Temp,
    buffer: &mut Vec<u8>,
    counters: &Counters,
    limits: &Limits,
) -> Result<bool, Trouble> {
    let now = look(parent, name);
    if now.kind == Kind::Missing {
        return Err(Trouble::reading(Errno::NOENT));
    }
    if !now.same_bytes(row) {
        return Err(changed());
    }
    if now.tie == Tie::Copy && now.mode & 0o200 != 0 {
        return Ok(false);
    }
    let source = sys::open_read(parent, name).map_err(Trouble::writing)?;
    let copy = temp.with(
        parent,
        |dir, made| {
            let file = sys::create(dir, made, 0o666)?;
            sys::rewind(&source)?;
            if link::clone(&source, &file, limits).is_err() {
                link::copy_rest(&source, &file, row.size, buffer, counters, limits)?;
            }
            Ok(())
        },
        |dir, made| sys::rename(dir, made, parent, name),
    );
    copy.map(|()| true).map_err(Trouble::writing)
}

/// The time now by the clock of the file system of `folder`; 0 where no file can be made.
pub fn clock(folder: &[u8]) -> i64 {
    let Ok(dir) = sys::open_top(folder) else { return 0 };
    let Ok((name, file)) = sys::create_temporary(dir.as_fd(), 0o666) else { return 0 };
    let now = sys::fstat(&file).map_or(0, |stat| sys::mtime(&stat));
    let _ = sys::unlink(dir.as_fd(), name.as_bytes()); // at worst `sweep` finds it
    now
}

/// Asks the file system of `folder` to put everything on disk.
pub fn sync(folder: &[u8]) -> Result<(), Failure> {
    let synced = sys::open_top(folder).and_then(|dir| sys::sync(dir.as_fd()));
    synced.map_err(|errno| Trouble::writing(errno).fatal(&paths::from_disk(folder)))
}
