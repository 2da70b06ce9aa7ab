//! `place`: objects to their paths in the workspace, by whatever link type the file systems support.
//!
//! Every file is made under a temporary name and renamed, or linked straight to a name that is free, or made in a folder that
//! is itself unseen and then renamed; in any way a name has its old bytes or its new ones, never a part. Nothing is replaced
//! that the caller did not say it had seen.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;

use crate::counters::Counters;
use crate::error::{Code, Failure, Problem, Trouble};
use crate::folders::{Folders, on_disk};
use crate::hash::Algorithm;
use crate::link::{self, Link};
use crate::listing::{Kind, Listing, Row, Tie};
use crate::look::{in_the_way, look};
use crate::manifest::Manifest;
use crate::names::Name;
use crate::objects::{Found, OBJECT_MODE, Objects};
use crate::paths::{self, Paths};
use crate::runs::{self, Run};
use crate::sys::{self, Answer, Limits};
use crate::temp::{NewFolder, Temp};
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

struct Place<'a> {
    options: Options<'a>,
    objects: Option<Objects>,
    absolute: Vec<u8>, // the object folder, for symbolic links
    root: OwnedFd,
    temp: Temp,
    refused: [AtomicBool; 4], // link types that proved unsupported, in the order of `Link::ALL`
    counters: &'a Counters,
}

/// How a file gets its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// At once: its folder is not to be seen yet.
    Unseen,
    /// By a rename to where nothing stands.
    Free,
    /// By a rename over what stands there.
    Over,
}

/// Where a file shall be.
struct Spot<'a> {
    dir: BorrowedFd<'a>,
    name: &'a [u8],
    way: Way,
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
    let runs = runs::of(&manifest.paths, CHUNK);
    let parts = work::run(tasks, jobs, counters, Vec::new, |buffer, rows| place.chunk(manifest, &runs, rows, buffer))?;
    Ok(together(manifest, parts))
}

fn together(manifest: &Manifest, parts: Vec<Part>) -> Placed {
    let count = manifest.len();
    let lost: HashSet<usize> = parts.iter().flat_map(|part| &part.lost).copied().collect();
    let mut paths = Paths::with_capacity(count, 0);
    let (mut rows, mut digests) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut placed = Placed::default();
    for part in parts {
        for (at, row, link) in part.rows.into_iter().filter(|(at, _, _)| !lost.contains(at)) {
            paths.push(manifest.paths.get(at));
            rows.push(row);
            digests.push(Some(manifest.digests[at]));
            *placed.links.entry(link.word()).or_default() += 1;
        }
        placed.problems.extend(part.problems);
    }
    placed.listing = Listing::new(paths, rows, digests, Vec::new());
    placed
}

fn absolute(folder: &[u8]) -> Vec<u8> {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let path = std::path::absolute(std::ffi::OsStr::from_bytes(folder));
    path.map_or_else(|_| folder.to_vec(), |path| path.into_os_string().into_vec())
}

#[derive(Default)]
struct Part {
    rows: Vec<(usize, Row, Link)>,
    lost: Vec<usize>, // rows, of any part, that did not get to their names after all
    problems: Vec<Problem>,
}

impl<'a> Place<'a> {
    fn chunk<'p>(
        &'p self,
        manifest: &Manifest,
        runs: &[Run<'p>],
        mut rows: Range<usize>,
        buffer: &mut Vec<u8>,
    ) -> Part {
        let mut folders = Folders::new(self.root.as_fd(), true);
        let mut part = Part::default();
        while !rows.is_empty() && !self.counters.cancelled() {
            let (run, piece) = runs::first(runs, &rows);
            rows.start = piece.end;
            let path = manifest.paths.get(piece.start);
            let new = run.and_then(|run| run.enter(|| self.temp.folder(folders.vacant(path)?.0)));
            for at in piece {
                if self.counters.cancelled() {
                    return part;
                }
                let path = manifest.paths.get(at);
                let source = self.source(Name::file(manifest.digests[at]));
                let made = source.and_then(|source| match &new {
                    Some(new) => self.unseen(&source, new, path, buffer),
                    None => self.one(&source, &mut folders, path, buffer),
                });
                match made {
                    Ok((row, link)) => part.rows.push((at, row, link)),
                    Err(trouble) => part.problems.push(trouble.at(path)),
                }
                self.counters.add_files(1);
            }
            if let (Some(run), Some(new)) = (run, new) {
                for (at, trouble) in run.leave(new, &mut folders, &manifest.paths, &self.options.limits) {
                    part.lost.push(at);
                    part.problems.push(trouble.at(manifest.paths.get(at)));
                }
            }
        }
        part
    }

    fn unseen(
        &self,
        source: &Source,
        new: &NewFolder<'_>,
        path: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Result<(Row, Link), Trouble> {
        let disk = on_disk(path)?;
        let spot = Spot { dir: new.dir.as_fd(), name: paths::split(&disk).1, way: Way::Unseen };
        let made = self.make(source, &spot, buffer)?;
        new.filled.store(true, Ordering::Relaxed);
        Ok(made)
    }

    fn one(
        &self,
        source: &Source,
        folders: &mut Folders<'_>,
        path: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Result<(Row, Link), Trouble> {
        let (dir, name) = folders.parent(path)?;
        let expected = self.options.over.and_then(|over| over.paths.find(path).ok().map(|at| over.rows[at]));
        let way = match expected {
            Some(expected) if may_replace(dir, &name, &expected)? => Way::Over,
            _ => Way::Free,
        };
        self.make(source, &Spot { dir, name: &name, way }, buffer)
    }

    /// By the first of the link types that works.
    fn make(&self, source: &Source, spot: &Spot<'_>, buffer: &mut Vec<u8>) -> Result<(Row, Link), Trouble> {
        let only_copy = [Link::Copy];
        let links = if source.size == 0 { &only_copy[..] } else { self.options.links };
        for &link in links {
            if self.refused[link as usize].load(Ordering::Relaxed) {
                continue;
            }
            let made = match link {
                Link::Copy | Link::Reflink => self.copy(source, spot, link, buffer),
                Link::Hardlink | Link::Symlink => self.link(source, spot, link),
            };
            match made {
                Ok(row) => return Ok((row, link)),
                Err(Errno::EXIST) if spot.way != Way::Over => return Err(in_the_way(spot.dir, spot.name)),
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
    fn copy(&self, source: &Source, spot: &Spot<'_>, link: Link, buffer: &mut Vec<u8>) -> Answer<Row> {
        if spot.way == Way::Unseen {
            return self.fill(source, spot.dir, spot.name, link, buffer);
        }
        let mut at_start = true;
        self.temp.with(
            spot.dir,
            |dir, temp| {
                if !std::mem::take(&mut at_start) {
                    sys::rewind(&source.file)?;
                }
                self.fill(source, dir, temp, link, buffer)
            },
            |dir, temp| match spot.way {
                Way::Over => sys::rename(dir, temp, spot.dir, spot.name),
                _ => sys::rename_new(dir, temp, spot.dir, spot.name, &self.options.limits),
            },
        )
    }

    /// Makes the file `name`, or none at all.
    fn fill(&self, source: &Source, dir: BorrowedFd<'_>, name: &[u8], link: Link, buffer: &mut Vec<u8>) -> Answer<Row> {
        let limits = &self.options.limits;
        let file = sys::create(dir, name, 0o666)?;
        let mut fill = || {
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
        };
        fill().inspect_err(|_| {
            let _ = sys::unlink(dir, name); // the error before is the one to tell
        })
    }

    /// Ties the name to the object itself.
    fn link(&self, source: &Source, spot: &Spot<'_>, link: Link) -> Answer<Row> {
        let limits = &self.options.limits;
        let path = source.name.path();
        let target = [&self.absolute, &b"/"[..], path.bytes()].concat();
        let tie = |dir: BorrowedFd<'_>, name: &[u8]| match (link, &self.objects) {
            (Link::Hardlink, Some(objects)) => link::hard_link(objects.dir(), path.bytes(), dir, name, limits),
            _ => link::symbolic_link(&target, dir, name, limits),
        };
        if spot.way == Way::Over {
            self.temp.with(spot.dir, tie, |dir, temp| {
                sys::rename(dir, temp, spot.dir, spot.name)?;
                // Renaming one hard link over another of the same file does nothing at all: the temporary name stays.
                match sys::unlink(dir, temp) {
                    Err(Errno::NOENT) => Ok(()),
                    answer => answer,
                }
            })?;
        } else {
            tie(spot.dir, spot.name)?;
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
