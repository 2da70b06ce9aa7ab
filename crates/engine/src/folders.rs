//! The open folder of the path at work. Paths come in order, so mostly it is the folder of the path before.
//!
//! Folders are opened one part at a time and never through a link: what is written below a root stays below it.

use std::borrow::Cow;

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;

use crate::error::{Code, Trouble};
use crate::paths;
use crate::sys;

/// The packed `path` as on disk; it must not lead out.
pub fn on_disk(path: &[u8]) -> Result<Cow<'_, [u8]>, Trouble> {
    if let Some(why) = paths::refusal(path) {
        return Err(Trouble::new(Code::Io, &format!("the path {why}")));
    }
    paths::to_disk(path).ok_or_else(|| Trouble::new(Code::Io, "not a name that a file can have"))
}

pub struct Folders<'a> {
    root: BorrowedFd<'a>,
    make: bool,
    parts: Vec<(Vec<u8>, OwnedFd)>, // the names from the root down, as on disk
}

impl<'a> Folders<'a> {
    /// `make`: folders that are missing are made.
    pub fn new(root: BorrowedFd<'a>, make: bool) -> Folders<'a> {
        Folders { root, make, parts: Vec::new() }
    }

    /// The open folder of the packed `path`, and its last part as on disk.
    pub fn parent(&mut self, path: &[u8]) -> Result<(BorrowedFd<'_>, Vec<u8>), Trouble> {
        let disk = on_disk(path)?;
        let (folder, name) = paths::split(&disk);
        let mut depth = 0;
        if !folder.is_empty() {
            for part in folder.split(|&byte| byte == b'/') {
                if self.parts.get(depth).is_none_or(|(open, _)| open != part) {
                    self.parts.truncate(depth);
                    let inner = self.open(part)?;
                    self.parts.push((part.to_vec(), inner));
                }
                depth += 1;
            }
        }
        self.parts.truncate(depth);
        Ok((self.here(), name.to_vec()))
    }

    /// Where the folder of `path` is missing: the open folder above it, and its name there.
    pub fn vacant(&mut self, path: &[u8]) -> Option<(BorrowedFd<'_>, Vec<u8>)> {
        let folder = paths::split(path).0;
        if folder.is_empty() {
            return None;
        }
        let (above, name) = self.parent(folder).ok()?;
        (sys::lstat(above, &name).is_err_and(|errno| errno == Errno::NOENT)).then_some((above, name))
    }

    fn here(&self) -> BorrowedFd<'_> {
        self.parts.last().map_or(self.root, |(_, dir)| dir.as_fd())
    }

    fn open(&self, part: &[u8]) -> Result<OwnedFd, Trouble> {
        let mut answer = sys::open_real_folder(self.here(), part);
        if self.make && answer.as_ref().is_err_and(|&errno| errno == Errno::NOENT) {
            sys::make_folder(self.here(), part, 0o777).map_err(Trouble::writing)?;
            answer = sys::open_real_folder(self.here(), part);
        }
        answer.map_err(|errno| match errno {
            Errno::NOTDIR | Errno::LOOP => {
                let part = String::from_utf8_lossy(part);
                Trouble::new(Code::InTheWay, &format!("'{part}' is not a folder"))
            }
            _ => Trouble::writing(errno),
        })
    }
}
