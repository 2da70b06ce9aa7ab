//! Where files in the making lie until they have their names: single ones, and folders of them.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::Stat;
use rustix::io::Errno;

use crate::error::{Failure, Trouble};
use crate::fanout;
use crate::names;
use crate::paths;
use crate::sys::{self, Answer, Limits};

const SET_GROUP: u32 = 0o2000;

/// A folder for temporary files that can be renamed to their targets, if there is one.
pub struct Temp {
    dir: OwnedFd,
    stat: Stat,
    beside: AtomicBool, // once it proved to be on another file system
}

impl Temp {
    pub fn new(path: &[u8], limits: &Limits) -> Result<Temp, Failure> {
        let fatal = |errno| Trouble::writing(errno).fatal(&paths::from_disk(path));
        let dir = sys::make_folders(path, 0o777).map_err(fatal)?;
        let stat = sys::fstat(&dir).map_err(fatal)?;
        Ok(Temp { dir, stat, beside: AtomicBool::new(limits.other_file_system) })
    }

    /// From now on temporary files are made beside their targets if `root` is on another file system.
    pub fn check(&self, root: BorrowedFd<'_>) {
        if sys::fstat(root).is_ok_and(|stat| stat.st_dev != self.stat.st_dev) {
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

    /// A folder that can become one in `parent`, where that would not tell them apart from one made there.
    pub fn folder(&self, parent: BorrowedFd<'_>) -> Option<NewFolder<'_>> {
        if self.beside.load(Ordering::Relaxed) || !sys::fstat(parent).is_ok_and(|stat| self.is_like(&stat)) {
            return None;
        }
        let name = names::temporary();
        sys::make_folder(self.dir.as_fd(), name.as_bytes(), 0o777).ok()?;
        let dir = sys::open_real_folder(self.dir.as_fd(), name.as_bytes()).ok()?;
        Some(NewFolder { temp: self.dir.as_fd(), name, dir, filled: AtomicBool::new(false), published: false })
    }

    /// Whether new folders get the same group here as there.
    fn is_like(&self, there: &Stat) -> bool {
        let group = |stat: &Stat| (stat.st_mode & SET_GROUP != 0).then_some(stat.st_gid);
        there.st_dev == self.stat.st_dev && group(there) == group(&self.stat)
    }
}

/// A folder in the making; it goes, with the files that are still in it, unless it is published.
pub struct NewFolder<'a> {
    temp: BorrowedFd<'a>,
    name: String,
    pub dir: OwnedFd,
    pub filled: AtomicBool, // whether something is in it
    published: bool,
}

impl NewFolder<'_> {
    /// Makes it the folder `name` in `parent`, where there must be nothing.
    pub fn publish(&mut self, parent: BorrowedFd<'_>, name: &[u8], limits: &Limits) -> Answer<()> {
        sys::rename_new(self.temp, self.name.as_bytes(), parent, name, limits)?;
        self.published = true;
        Ok(())
    }
}

impl Drop for NewFolder<'_> {
    fn drop(&mut self) {
        if !self.published {
            fanout::clear(self.temp, self.name.as_bytes());
        }
    }
}
