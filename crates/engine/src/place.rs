//! `place`: objects to their paths in the workspace, by whatever link type the file systems support.
//!
//! Every file is made under a temporary name and renamed, or linked straight to a name that is free; either way a name
//! has its old bytes or its new ones, never a part. Nothing is replaced that the caller did not say it had seen.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;

use crate::counters::Counters;
use crate::error::{Code, Failure, Problem, Trouble};
use crate::folders::Folders;
use crate::hash::Algorithm;
use crate::link::{self, Link};
use crate::listing::{Kind, Listing, Row, Tie};
use crate::look::look;
use crate::manifest::Manifest;
use crate::md5::Digest;
use crate::names::{self, Name};
use crate::objects::{Found, OBJECT_MODE, Objects};
use crate::paths::{self, Paths};
use crate::sys::{self, Answer, Limits};
use crate::work;

const CHUNK: usize = 128;

/// What the caller asks for besides the paths.
pub struct Options<'a> {
    pub folder: &'a [u8],
    pub links: &'a [Link],
    pub temp: &'a [u8],
    pub over: Option<&'a Listing>,
    pub executable: bool,
    pub algorithm: Algorithm,
    pub limits: Limits,
}

/// What came of placing: the rows as they now are, and how many of each link type.
#[derive(Debug, Default)]
pub struct Placed {
    pub listing: Listing,
    pub links: BTreeMap<&'static str, u64>,
    pub problems: Vec<Problem>,
}

/// A folder for temporary files that can be renamed to their targets, if there is one.
pub struct Temp {
    dir: OwnedFd,
    device: u64,
    beside: AtomicBool, // once it proved to be on another file system
}

impl Temp {
    pub fn new(path: &[u8], limits: &Limits) -> Result<Temp, Failure> {
        let fatal = |errno| Trouble::writing(errno).fatal(&paths::from_disk(path));
        let dir = sys::make_folders(path, 0o777).map_err(fatal)?;
        let device = sys::fstat(&dir).map_err(fatal)?.st_dev;
        Ok(Temp { dir, device, beside: AtomicBool::new(limits.other_file_system) })
    }

    /// From now on temporary files are made beside their targets if `root` is on another file system.
    pub fn check(&self, root: BorrowedFd<'_>) {
        if sys::fstat(root).is_ok_and(|stat| stat.st_dev != self.device) {
            self.beside.store(true, Ordering::Relaxed);
        }
    }

    /// Makes a file with `make(folder, name)` and hands it to `finish`, which renames it. Tries again beside the target when
    /// renaming crosses file systems. No temporary file stays.
    pub fn with<T>(
        &self,
        parent: BorrowedFd<'_>,
        mut make: impl FnMut(BorrowedFd<'_>, &[u8]) -> Answer<T>,
        mut finish: impl FnMut(BorrowedFd<'_>, &[u8]) -> Answer<()>,
    ) -> Answer<T> {
        loop {
            let beside = self.beside.load(Ordering::Relaxed);
            let dir = if beside { parent } else { self.dir.as_fd() };
            let name = names::temporary();
            let done = make(dir, name.as_bytes()).and_then(|made| finish(dir, name.as_bytes()).map(|()| made));
            if done.is_err() {
                let _ = sys::unlink(dir, name.as_bytes()); // the first error is the one to tell
            }
            match done {
                Err(Errno::XDEV) if !beside => self.beside.store(true, Ordering::Relaxed),
                done => return done,
            }
        }
    }
}

struct Place<'a> {
    options: Options<'a>,
    objects: Option<Objects>,
    absolute: Vec<u8>, // the object folder, for symbolic links
    root: OwnedFd,
    temp: Temp,
    refused: [AtomicBool; 4], // link types that proved unsupported, in the order of `Link::ALL`
    counters: &'a Counters,
}

/// One object, open and found right.
struct Source {
    name: Name,
    file: OwnedFd,
    size: u64,
}

pub fn place(
    root: &[u8],
    manifest: &Manifest,
    options: Options<'_>,
    jobs: usize,
    counters: &Counters,
) -> Result<Placed, Failure> {
    let top = sys::make_folders(root, 0o777).map_err(|errno| Trouble::writing(errno).fatal(&paths::from_disk(root)))?;
    let temp = Temp::new(options.temp, &options.limits)?;
    temp.check(top.as_fd());
    let objects = Objects::open(options.folder)?;
    let absolute = absolute(options.folder);
    let place = Place { options, objects, absolute, root: top, temp, refused: Default::default(), counters };
    let count = manifest.len();
    let tasks: Vec<Range<usize>> = (0..count).step_by(CHUNK).map(|start| start..(start + CHUNK).min(count)).collect();
    let parts = work::run(tasks, jobs, counters, Vec::new, |buffer, range| place.chunk(manifest, range, buffer))?;
    let mut paths = Paths::with_capacity(count, 0);
    let (mut rows, mut digests) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut placed = Placed::default();
    for part in parts {
        for (at, row, link) in part.rows {
            paths.push(manifest.paths.get(at));
            rows.push(row);
            digests.push(Some(manifest.digests[at]));
            *placed.links.entry(link.word()).or_default() += 1;
        }
        placed.problems.extend(part.problems);
    }
    placed.listing = Listing::new(paths, rows, digests, Vec::new());
    Ok(placed)
}

fn absolute(folder: &[u8]) -> Vec<u8> {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let path = std::path::absolute(std::ffi::OsStr::from_bytes(folder));
    path.map_or_else(|_| folder.to_vec(), |path| path.into_os_string().into_vec())
}

#[derive(Default)]
struct Part {
    rows: Vec<(usize, Row, Link)>,
    problems: Vec<Problem>,
}

impl Place<'_> {
    fn chunk(&self, manifest: &Manifest, range: Range<usize>, buffer: &mut Vec<u8>) -> Part {
        let mut folders = Folders::new(self.root.as_fd(), true);
        let mut part = Part::default();
        for at in range {
            if self.counters.cancelled() {
                break;
            }
            let path = manifest.paths.get(at);
            match self.one(&mut folders, path, manifest.digests[at], buffer) {
                Ok((row, link)) => part.rows.push((at, row, link)),
                Err(trouble) => part.problems.push(trouble.at(path)),
            }
            self.counters.add_files(1);
        }
        part
    }

    fn one(
        &self,
        folders: &mut Folders<'_>,
        path: &[u8],
        digest: Digest,
        buffer: &mut Vec<u8>,
    ) -> Result<(Row, Link), Trouble> {
        let source = self.source(Name::file(digest))?;
        let (parent, name) = folders.parent(path)?;
        let expected = self.options.over.and_then(|over| over.paths.find(path).ok().map(|at| over.rows[at]));
        let replace = match expected {
            Some(expected) => may_replace(parent, &name, &expected)?,
            None => false,
        };
        let only_copy = [Link::Copy];
        let links = if source.size == 0 { &only_copy[..] } else { self.options.links };
        for &link in links {
            if self.refused[link as usize].load(Ordering::Relaxed) {
                continue;
            }
            let made = match link {
                Link::Copy | Link::Reflink => self.copy(&source, parent, &name, replace, link, buffer),
                Link::Hardlink | Link::Symlink => self.link(&source, parent, &name, replace, link),
            };
            match made {
                Ok(row) => return Ok((row, link)),
                Err(Errno::EXIST) if !replace => return Err(in_the_way(parent, &name)),
                Err(errno) if link != Link::Copy && link::unsupported(errno) => {
                    // Too many links to one object says nothing of the others.
                    self.refused[link as usize].store(errno != Errno::MLINK, Ordering::Relaxed);
                }
                Err(errno) => return Err(Trouble::writing(errno)),
            }
        }
        Err(Trouble::new(Code::Io, "the file system supports none of the link types asked for"))
    }

    /// The object, if it is there and right.
    fn source(&self, name: Name) -> Result<Source, Trouble> {
        let missing = || Trouble::new(Code::Missing, "its object is not in the cache");
        let Some(objects) = &self.objects else { return Err(missing()) };
        let file = match objects.open_object(&name) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Err(missing()),
            answer => answer.map_err(Trouble::writing)?,
        };
        let row = Row::new(&sys::fstat(&file).map_err(Trouble::writing)?, false);
        if row.kind != Kind::File {
            return Err(missing());
        }
        if row.mode & 0o7777 != OBJECT_MODE {
            match objects.find(&name, self.options.algorithm, self.counters)? {
                Found::Right(_) => {}
                _ => return Err(Trouble::new(Code::Corrupt, "its object is corrupt")),
            }
        }
        Ok(Source { name, file, size: row.size })
    }

    /// Makes a file of its own with the object's bytes.
    fn copy(
        &self,
        source: &Source,
        parent: BorrowedFd<'_>,
        name: &[u8],
        replace: bool,
        link: Link,
        buffer: &mut Vec<u8>,
    ) -> Answer<Row> {
        let limits = &self.options.limits;
        let mut at_start = true;
        self.temp.with(
            parent,
            |dir, temp| {
                if !std::mem::take(&mut at_start) {
                    sys::rewind(&source.file)?;
                }
                let file = sys::create(dir, temp, 0o666)?;
                if self.options.executable {
                    // Few files are: a call more to be sure of the bit, whatever the umask.
                    let given = sys::fstat(&file)?.st_mode & 0o777;
                    sys::chmod(&file, given | 0o100)?;
                }
                if link == Link::Reflink {
                    link::clone(&source.file, &file, limits)?;
                    self.counters.add_bytes(source.size);
                } else {
                    link::copy_rest(&source.file, &file, source.size, buffer, self.counters, limits)?;
                }
                Ok(Row::new(&sys::fstat(&file)?, false))
            },
            |dir, temp| match replace {
                true => sys::rename(dir, temp, parent, name),
                false => sys::rename_new(dir, temp, parent, name, limits),
            },
        )
    }

    /// Ties the name to the object itself.
    fn link(&self, source: &Source, parent: BorrowedFd<'_>, name: &[u8], replace: bool, link: Link) -> Answer<Row> {
        let limits = &self.options.limits;
        let path = source.name.path();
        let target = [&self.absolute, &b"/"[..], path.bytes()].concat();
        let tie = |dir: BorrowedFd<'_>, name: &[u8]| match (link, &self.objects) {
            (Link::Hardlink, Some(objects)) => link::hard_link(objects.dir(), path.bytes(), dir, name, limits),
            _ => link::symbolic_link(&target, dir, name, limits),
        };
        if !replace {
            tie(parent, name)?;
        } else {
            self.temp.with(parent, tie, |dir, temp| {
                sys::rename(dir, temp, parent, name)?;
                // Renaming one hard link over another of the same file does nothing at all: the temporary name stays.
                match sys::unlink(dir, temp) {
                    Err(Errno::NOENT) => Ok(()),
                    answer => answer,
                }
            })?;
        }
        self.counters.add_bytes(source.size);
        let tie = if link == Link::Symlink { Tie::Symlink } else { Tie::Hardlink };
        Ok(Row { tie, ..Row::new(&sys::fstat(&source.file)?, false) })
    }
}

/// Whether something is there that may go, because it is what `expected` says.
fn may_replace(parent: BorrowedFd<'_>, name: &[u8], expected: &Row) -> Result<bool, Trouble> {
    let now = look(parent, name);
    if now.kind == Kind::Missing {
        return Ok(false);
    }
    if now.kind == Kind::Folder && now.tie != Tie::Symlink {
        return Err(in_the_way(parent, name));
    }
    if !now.same_bytes(expected) {
        return Err(Trouble::new(Code::Changed, "changed since it was looked at"));
    }
    Ok(true)
}

fn in_the_way(parent: BorrowedFd<'_>, name: &[u8]) -> Trouble {
    let now = look(parent, name);
    match now.kind == Kind::Folder && now.tie != Tie::Symlink {
        true => Trouble::new(Code::IsFolder, "a folder is in the way"),
        false => Trouble::new(Code::InTheWay, "something that was not expected is in the way"),
    }
}
