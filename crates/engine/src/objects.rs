//! One object folder: objects at `XX/REST`, complete and of mode 0444 from the moment they have their name.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;

use crate::counters::Counters;
use crate::digests::Digests;
use crate::error::{Failure, Trouble};
use crate::fanout::{self, Fanout};
use crate::hash::Algorithm;
use crate::md5::{self, Digest};
use crate::names::{self, Name};
use crate::paths;
use crate::stream;
use crate::sys::{self, Answer, Limits};

pub const OBJECT_MODE: u32 = 0o444;

pub struct Objects {
    dir: OwnedFd,
    dir_mode: u32,
    masked: bool, // the umask takes away read bits that an object must have
    fanout: Fanout,
}

/// What stands under an object's name.
pub enum Found {
    Right(Stat),
    Wrong,
    Nothing,
}

fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

impl Objects {
    fn of(dir: OwnedFd, dir_mode: u32, masked: bool) -> Objects {
        Objects { dir, dir_mode, masked, fanout: Fanout::new(dir_mode) }
    }

    /// The folder at `path`; `None` where there is none.
    pub fn open(path: &[u8]) -> Result<Option<Objects>, Failure> {
        match sys::open_top(path) {
            Ok(dir) => Ok(Some(Objects::of(dir, 0o777, false))),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(errno) => Err(Trouble::reading(errno).fatal(&paths::from_disk(path))),
        }
    }

    /// The folder at `path`, made where there is none.
    pub fn make(path: &[u8], dir_mode: u32) -> Result<Objects, Failure> {
        match sys::make_folders(path, dir_mode) {
            Ok(dir) => Ok(Objects::of(dir, dir_mode, sys::umask() & OBJECT_MODE != 0)),
            Err(errno) => Err(Trouble::writing(errno).fatal(&paths::from_disk(path))),
        }
    }

    pub fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    /// The stat of an object; `None` when it is not there as a file. What was written since `make` may not count yet.
    pub fn look(&self, name: &Name) -> Answer<Option<Stat>> {
        if self.fanout.is_new(name) {
            return Ok(None);
        }
        match sys::stat(self.dir(), name.path().bytes()) {
            Ok(stat) => Ok(is_file(&stat).then_some(stat)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    pub fn open_object(&self, name: &Name) -> Answer<OwnedFd> {
        sys::open_read(self.dir(), name.path().bytes())
    }

    /// Whether the object's bytes hash to its name.
    pub fn is_right(&self, name: &Name, size: u64, algorithm: Algorithm, counters: &Counters) -> Result<bool, Trouble> {
        let file = self.open_object(name).map_err(Trouble::reading)?;
        let digest = stream::digest(file.as_fd(), None, size, plain(name, algorithm), &mut Vec::new(), counters)?;
        Ok(digest == name.digest)
    }

    /// Whether an object is there and right. One of mode 0444 is taken at its word; another one is hashed, and then becomes
    /// 0444.
    pub fn find(&self, name: &Name, algorithm: Algorithm, counters: &Counters) -> Result<Found, Trouble> {
        let Some(stat) = self.look(name).map_err(Trouble::reading)? else { return Ok(Found::Nothing) };
        if stat.st_mode & 0o7777 != OBJECT_MODE {
            if !self.is_right(name, stat.st_size as u64, algorithm, counters)? {
                return Ok(Found::Wrong);
            }
            let _ = sys::chmod_at(self.dir(), name.path().bytes(), OBJECT_MODE); // another user's: right all the same
        }
        Ok(Found::Right(stat))
    }

    pub fn is_stored(
        &self,
        name: &Name,
        size: u64,
        algorithm: Algorithm,
        counters: &Counters,
    ) -> Result<bool, Trouble> {
        Ok(matches!(self.find(name, algorithm, counters)?, Found::Right(stat) if stat.st_size as u64 == size))
    }

    fn read_only(&self, file: impl AsFd) -> Answer<()> {
        if self.masked { sys::chmod(file, OBJECT_MODE) } else { Ok(()) }
    }

    /// Makes the object `name` of `bytes`. It is there for all to see at the latest after `finish`.
    pub fn write(&self, name: &Name, bytes: &[u8]) -> Answer<()> {
        let size = bytes.len() as u64;
        match self.fanout.make(self.dir(), name, size, |path| self.fill(path, bytes)) {
            Ok(Some(())) => return Ok(()),
            Err(Errno::EXIST) if self.fanout.has(self.dir(), name, size) => return Ok(()), // the same bytes twice
            Ok(None) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno),
        }
        let path = name.path();
        let temp = [path.folder(), b"/", names::temporary().as_bytes()].concat();
        let mut done = self.fill(&temp, bytes);
        if done == Err(Errno::NOENT) {
            sys::make_folder(self.dir(), path.folder(), self.dir_mode)?;
            done = self.fill(&temp, bytes);
        }
        done?;
        sys::rename(self.dir(), &temp, self.dir(), path.bytes()).inspect_err(|_| self.drop_file(&temp))
    }

    /// Makes the file at `path` of `bytes`, or none at all.
    fn fill(&self, path: &[u8], bytes: &[u8]) -> Answer<()> {
        let file = sys::create(self.dir(), path, OBJECT_MODE)?;
        sys::write_full(&file, bytes).and_then(|()| self.read_only(&file)).inspect_err(|_| self.drop_file(path))
    }

    fn drop_file(&self, path: &[u8]) {
        let _ = sys::unlink(self.dir(), path); // the error before is the one to tell
    }

    /// Has what was written be there under its name. Nobody may rely on an object before.
    pub fn finish(&self) -> Answer<()> {
        self.fanout.finish(self.dir())
    }

    /// A new file in the folder that will be an object once its name is known.
    pub fn begin(&self) -> Answer<Draft<'_>> {
        let (temp, file) = sys::create_temporary(self.dir(), OBJECT_MODE)?;
        Ok(Draft { objects: self, temp, file, published: false })
    }

    /// Every object in the folder.
    fn all(&self) -> Result<Digests, Trouble> {
        let mut found = Vec::new();
        self.each_folder(|prefix, dir| {
            sys::entries(dir, &Limits::default(), |rest, kind| {
                if kind != FileType::Directory {
                    found.extend(Name::from_parts(prefix, rest));
                }
                Ok(())
            })
        })
        .map_err(Trouble::reading)?;
        Ok(Digests::new(found))
    }

    fn each_folder(&self, mut each: impl FnMut(&[u8], BorrowedFd<'_>) -> Answer<()>) -> Answer<()> {
        let mut prefixes = Vec::new();
        sys::entries(&self.dir, &Limits::default(), |name, _| {
            if name.len() == 2 && name.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                prefixes.push(name.to_vec());
            }
            Ok(())
        })?;
        for prefix in prefixes {
            match sys::open_folder(self.dir(), &prefix) {
                Ok(dir) => each(&prefix, dir.as_fd())?,
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Deletes what killed processes left: temporary files and folders.
    fn sweep(&self) -> Result<u64, Trouble> {
        let mut count = 0;
        let mut clean = |dir: BorrowedFd<'_>| {
            let mut names = Vec::new();
            sys::entries(dir, &Limits::default(), |name, _| {
                if names::is_temporary(name) {
                    names.push(name.to_vec());
                }
                Ok(())
            })?;
            count += names.iter().map(|name| sweep_one(dir, name)).sum::<u64>();
            Ok(())
        };
        clean(self.dir()).map_err(Trouble::reading)?;
        self.each_folder(|_, dir| clean(dir)).map_err(Trouble::reading)?;
        Ok(count)
    }
}

impl Drop for Objects {
    /// A verb that ended early keeps what it has done.
    fn drop(&mut self) {
        if self.finish().is_err() {
            self.fanout.abandon(self.dir());
        }
    }
}

/// How many files went.
fn sweep_one(dir: BorrowedFd<'_>, name: &[u8]) -> u64 {
    match sys::unlink(dir, name) {
        Ok(()) => 1,
        Err(_) => fanout::clear(dir, name),
    }
}

/// A `.dir` object is JSON: always plain MD5.
pub fn plain(name: &Name, algorithm: Algorithm) -> Algorithm {
    if name.tree { Algorithm::Md5 } else { algorithm }
}

/// An object in the making; deleted unless it is published.
pub struct Draft<'a> {
    objects: &'a Objects,
    temp: String,
    pub file: OwnedFd,
    published: bool,
}

impl Draft<'_> {
    /// Gives the file, of `size` bytes, the name of its object.
    pub fn publish(mut self, name: &Name, size: u64) -> Answer<()> {
        let (objects, path) = (self.objects, name.path());
        objects.read_only(&self.file)?;
        let rename = |to: &[u8]| sys::rename(objects.dir(), self.temp.as_bytes(), objects.dir(), to);
        let mut done = Ok(());
        if objects.fanout.make(objects.dir(), name, size, rename)?.is_none() {
            done = rename(path.bytes());
            if done == Err(Errno::NOENT) {
                sys::make_folder(objects.dir(), path.folder(), objects.dir_mode)?;
                done = rename(path.bytes());
            }
        }
        self.published = done.is_ok();
        done
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.published {
            let _ = sys::unlink(self.objects.dir(), self.temp.as_bytes()); // at worst `sweep` finds it
        }
    }
}

/// All objects in the folder at `path`. A missing folder is an empty one; something else there is an error.
pub fn list(path: &[u8]) -> Result<Digests, Failure> {
    let fatal = |trouble: Trouble| trouble.fatal(&paths::from_disk(path));
    match sys::open_top(path) {
        Err(Errno::NOENT) => Ok(Digests::default()),
        Err(errno) => Err(fatal(Trouble::reading(errno))),
        Ok(dir) => Objects::of(dir, 0o777, false).all().map_err(fatal),
    }
}

/// Deletes what killed processes left in the folder at `path`; how many files.
pub fn sweep(path: &[u8]) -> Result<u64, Failure> {
    match Objects::open(path)? {
        Some(objects) => objects.sweep().map_err(|trouble| trouble.fatal(&paths::from_disk(path))),
        None => Ok(0),
    }
}

/// Stores `data` as one object; gives its digest.
pub fn put(folder: &[u8], data: &[u8], tree: bool, dir_mode: u32) -> Result<Digest, Failure> {
    let name = Name { digest: md5::digest(data), tree };
    let objects = Objects::make(folder, dir_mode)?;
    let fatal = |trouble: Trouble| trouble.fatal(&where_is(folder, &name));
    if !objects.is_stored(&name, data.len() as u64, Algorithm::Md5, &Counters::default()).map_err(fatal)? {
        let written = objects.write(&name, data).and_then(|()| objects.finish());
        written.map_err(|errno| fatal(Trouble::writing(errno)))?;
    }
    Ok(name.digest)
}

/// An object's bytes; `None` when it is not there.
pub fn read(folder: &[u8], name: &Name) -> Result<Option<Vec<u8>>, Failure> {
    let Some(objects) = Objects::open(folder)? else { return Ok(None) };
    let fatal = |errno| Trouble::reading(errno).fatal(&where_is(folder, name));
    let file = match objects.open_object(name) {
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        answer => answer.map_err(fatal)?,
    };
    let size = sys::fstat(&file).map_err(fatal)?.st_size as usize;
    let mut data = vec![0; size + 1];
    let mut filled = 0;
    loop {
        let count = sys::read_full(&file, &mut data[filled..]).map_err(fatal)?;
        filled += count;
        if filled < data.len() {
            data.truncate(filled);
            return Ok(Some(data));
        }
        data.resize(data.len() * 2, 0);
    }
}

fn where_is(folder: &[u8], name: &Name) -> Vec<u8> {
    [&paths::from_disk(folder), &b"/"[..], name.path().bytes()].concat()
}
