//! Copying objects between two object folders, and removing them.

use rustix::fd::AsFd;
use rustix::fs::FileType;
use rustix::io::Errno;

use crate::counters::Counters;
use crate::digests::Digests;
use crate::error::{Code, Failure, Problem, Trouble};
use crate::hash::Algorithm;
use crate::link;
use crate::names::Name;
use crate::objects::{Objects, plain};
use crate::paths;
use crate::stream::{self, Batch, SMALL};
use crate::sys::{self, Limits};
use crate::work;

const CHUNK: usize = 128;

/// What came of copying or removing: how many, how many bytes, and what failed.
#[derive(Debug, Default)]
pub struct Moved {
    pub count: u64,
    pub size: u64,
    pub problems: Vec<Problem>,
}

impl Moved {
    fn done(&mut self, size: u64) {
        self.count += 1;
        self.size += size;
    }

    pub fn failed(&mut self, path: &[u8], trouble: Trouble) {
        self.problems.push(trouble.at(path));
    }

    fn add(mut self, other: Moved) -> Moved {
        self.count += other.count;
        self.size += other.size;
        self.problems.extend(other.problems);
        self
    }
}

struct Copy<'a> {
    source: Objects,
    target: Objects,
    algorithm: Algorithm,
    verify: bool,
    counters: &'a Counters,
    limits: Limits,
}

/// Copies objects; those already in `target` are passed over. `verify`: hashed on the way, a wrong one is not copied.
#[expect(clippy::too_many_arguments, reason = "the contract's verb has them")]
pub fn copy(
    source: &[u8],
    target: &[u8],
    digests: &Digests,
    algorithm: Algorithm,
    verify: bool,
    jobs: usize,
    dir_mode: u32,
    counters: &Counters,
) -> Result<Moved, Failure> {
    if digests.is_empty() {
        return Ok(Moved::default());
    }
    let folder = target;
    let target = Objects::make(folder, dir_mode)?;
    let Some(source) = Objects::open(source)? else {
        let mut moved = Moved::default();
        for name in digests.names() {
            counters.add_files(1);
            if !target.look(name).is_ok_and(|there| there.is_some()) {
                moved.failed(name.text().as_bytes(), Trouble::reading(Errno::NOENT));
            }
        }
        return Ok(moved);
    };
    let copy = Copy { source, target, algorithm, verify, counters, limits: Limits::default() };
    let tasks: Vec<&[Name]> = digests.names().chunks(CHUNK).collect();
    let parts = work::run(tasks, jobs, counters, <(Batch<Name>, Vec<u8>)>::default, |(batch, buffer), names| {
        let mut moved = Moved::default();
        for name in names {
            if counters.cancelled() {
                break;
            }
            counters.add_files(1);
            match copy.one(batch, buffer, name) {
                Ok(Some(size)) => moved.done(size),
                Ok(None) => {}
                Err(trouble) => moved.failed(name.text().as_bytes(), trouble),
            }
            if batch.is_full() {
                copy.flush(batch, &mut moved);
            }
        }
        copy.flush(batch, &mut moved);
        moved
    })?;
    copy.target.finish().map_err(|errno| Trouble::writing(errno).fatal(&paths::from_disk(folder)))?;
    Ok(parts.into_iter().fold(Moved::default(), Moved::add))
}

impl Copy<'_> {
    /// Copies one object, or puts it into the batch (`None`), as also when there is nothing to do.
    fn one(&self, batch: &mut Batch<Name>, buffer: &mut Vec<u8>, name: &Name) -> Result<Option<u64>, Trouble> {
        if self.target.look(name).map_err(Trouble::writing)?.is_some() {
            return Ok(None);
        }
        let file = self.source.open_object(name).map_err(Trouble::reading)?;
        let stat = sys::fstat(&file).map_err(Trouble::reading)?;
        let size = stat.st_size as u64;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Trouble::new(Code::Special, "not a file"));
        }
        if size <= SMALL
            && let Some(range) = batch.read(&file, size).map_err(Trouble::reading)?
            && range.len() as u64 == size
        {
            batch.keep(*name, range);
            return Ok(None);
        }
        sys::rewind(&file).map_err(Trouble::reading)?;
        let draft = self.target.begin().map_err(Trouble::writing)?;
        let cloned = link::clone(&file, &draft.file, &self.limits).is_ok();
        if self.verify {
            let (from, to) = if cloned { (draft.file.as_fd(), None) } else { (file.as_fd(), Some(draft.file.as_fd())) };
            let digest = stream::digest(from, to, size, plain(name, self.algorithm), buffer, self.counters)?;
            if digest != name.digest {
                return Err(corrupt());
            }
        } else if !cloned {
            link::copy_rest(&file, &draft.file, size, buffer, self.counters, &self.limits).map_err(Trouble::writing)?;
        }
        draft.publish(name, size).map_err(Trouble::writing)?;
        Ok(Some(size))
    }

    fn flush(&self, batch: &mut Batch<Name>, moved: &mut Moved) {
        let mut write = |name: Name, bytes: &[u8]| match self.target.write(&name, bytes) {
            Ok(()) => {
                self.counters.add_bytes(bytes.len() as u64);
                moved.done(bytes.len() as u64);
            }
            Err(errno) => moved.failed(name.text().as_bytes(), Trouble::writing(errno)),
        };
        if !self.verify {
            batch.take(|name, bytes| write(name, bytes));
            return;
        }
        let mut wrong = Vec::new();
        batch.drain(
            |name| plain(name, self.algorithm),
            |name, bytes, digest| {
                if digest == name.digest {
                    write(name, bytes);
                } else {
                    wrong.push(name);
                }
            },
        );
        wrong.iter().for_each(|name| moved.failed(name.text().as_bytes(), corrupt()));
    }
}

fn corrupt() -> Trouble {
    Trouble::new(Code::Corrupt, "its bytes do not hash to its name")
}

/// Deletes objects; absent ones are passed over.
pub fn remove(folder: &[u8], digests: &Digests, counters: &Counters) -> Result<Moved, Failure> {
    let mut moved = Moved::default();
    let Some(objects) = Objects::open(folder)? else { return Ok(moved) };
    for name in digests.names() {
        counters.check()?;
        counters.add_files(1);
        let path = name.path();
        let size = sys::lstat(objects.dir(), path.bytes()).map(|stat| stat.st_size as u64);
        match size.and_then(|size| sys::unlink(objects.dir(), path.bytes()).map(|()| size)) {
            Ok(size) => moved.done(size),
            Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(errno) => moved.failed(name.text().as_bytes(), Trouble::writing(errno)),
        }
    }
    Ok(moved)
}
