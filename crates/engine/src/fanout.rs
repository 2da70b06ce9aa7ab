//! The `XX` folders of an object folder. One that is not there yet is filled under a temporary name and renamed as a whole.
//!
//! To rename an object costs as much as to write it, where it is small. Nobody sees what is in a folder without its name, so
//! there each object is written straight to its own, and a first `add`, `push` or `fetch` renames 256 folders in all.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use rustix::fd::BorrowedFd;
use rustix::io::Errno;

use crate::names::{self, Name};
use crate::sys::{self, Answer, Limits};

/// A new folder that holds so many bytes gets its name at once: it is what a killed process may lose.
const MOST: u64 = 16 << 20;

enum State {
    Unseen,
    There,
    /// Made by us, still under the name `temp`. Who writes into it holds the lock for reading, who renames it for writing.
    New {
        temp: String,
        bytes: AtomicU64,
    },
}

pub struct Fanout {
    folders: Vec<RwLock<State>>, // by the first byte of the digest
    mode: u32,
}

impl Fanout {
    /// `mode`: of the folders to be made.
    pub fn new(mode: u32) -> Fanout {
        Fanout { folders: (0..256).map(|_| RwLock::new(State::Unseen)).collect(), mode }
    }

    fn read(&self, name: &Name) -> RwLockReadGuard<'_, State> {
        self.folders[usize::from(name.digest[0])].read().expect("no thread panics while it holds a folder")
    }

    fn lock(&self, prefix: u8) -> RwLockWriteGuard<'_, State> {
        self.folders[usize::from(prefix)].write().expect("no thread panics while it holds a folder")
    }

    /// Whether the object's folder has no name yet, so that the object cannot be there.
    pub fn is_new(&self, name: &Name) -> bool {
        matches!(*self.read(name), State::New { .. })
    }

    /// Makes an object of `size` bytes by `make`, which is given its path, in a folder that is new. `None`: it is not.
    pub fn make(
        &self,
        dir: BorrowedFd<'_>,
        name: &Name,
        size: u64,
        make: impl FnOnce(&[u8]) -> Answer<()>,
    ) -> Answer<Option<()>> {
        let mut state = self.read(name);
        if matches!(*state, State::Unseen) {
            drop(state);
            self.see(dir, name)?;
            state = self.read(name);
        }
        let State::New { temp, bytes } = &*state else { return Ok(None) };
        make(&within(temp, name))?;
        if bytes.fetch_add(size, Ordering::Relaxed) + size >= MOST {
            drop(state);
            self.publish(dir, name.digest[0])?;
        }
        Ok(Some(()))
    }

    /// Makes a new folder for `name` where there is none.
    fn see(&self, dir: BorrowedFd<'_>, name: &Name) -> Answer<()> {
        let mut state = self.lock(name.digest[0]);
        if matches!(*state, State::Unseen) {
            *state = match sys::lstat(dir, name.path().folder()) {
                Err(Errno::NOENT) => {
                    let temp = names::temporary();
                    sys::make_folder(dir, temp.as_bytes(), self.mode)?;
                    State::New { temp, bytes: AtomicU64::new(0) }
                }
                _ => State::There,
            };
        }
        Ok(())
    }

    /// Whether the object is, complete, in a folder that is new: waits for those who are writing into it.
    pub fn has(&self, dir: BorrowedFd<'_>, name: &Name, size: u64) -> bool {
        let state = self.lock(name.digest[0]);
        let State::New { temp, .. } = &*state else { return false };
        sys::lstat(dir, &within(temp, name)).is_ok_and(|stat| stat.st_size as u64 == size)
    }

    /// Gives the new folders their names; the first error, after all were tried.
    pub fn finish(&self, dir: BorrowedFd<'_>) -> Answer<()> {
        let done: Vec<Answer<()>> = (0..=u8::MAX).map(|prefix| self.publish(dir, prefix)).collect();
        done.into_iter().collect()
    }

    fn publish(&self, dir: BorrowedFd<'_>, prefix: u8) -> Answer<()> {
        let mut state = self.lock(prefix);
        let State::New { temp, .. } = &*state else { return Ok(()) };
        let folder = names::folder(prefix);
        match sys::rename(dir, temp.as_bytes(), dir, &folder) {
            Err(Errno::EXIST | Errno::NOTEMPTY) => move_all(dir, temp.as_bytes(), &folder)?,
            done => done?,
        }
        *state = State::There;
        Ok(())
    }

    /// Gives up what could not get its name.
    pub fn abandon(&self, dir: BorrowedFd<'_>) {
        for prefix in 0..=u8::MAX {
            let mut state = self.lock(prefix);
            if let State::New { temp, .. } = &*state {
                clear(dir, temp.as_bytes());
                *state = State::There;
            }
        }
    }
}

fn within(temp: &str, name: &Name) -> Vec<u8> {
    let path = name.path();
    [temp.as_bytes(), b"/", path.rest()].concat()
}

/// Moves what is in the folder `from` into `to`, which somebody else made meanwhile. Same names are the same objects.
fn move_all(dir: BorrowedFd<'_>, from: &[u8], to: &[u8]) -> Answer<()> {
    for name in inside(dir, from)? {
        let path = |folder: &[u8]| [folder, b"/", &name].concat();
        sys::rename(dir, &path(from), dir, &path(to))?;
    }
    sys::remove_folder(dir, from)
}

/// Deletes the folder `name` and the files in it, as far as that goes; how many files.
pub fn clear(dir: BorrowedFd<'_>, name: &[u8]) -> u64 {
    let names = inside(dir, name).unwrap_or_default();
    let count = names.iter().filter(|inner| sys::unlink(dir, &[name, b"/", inner].concat()).is_ok()).count();
    let _ = sys::remove_folder(dir, name); // one that is not empty stays, for the next `sweep`
    count as u64
}

fn inside(dir: BorrowedFd<'_>, folder: &[u8]) -> Answer<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    sys::entries(sys::open_real_folder(dir, folder)?, &Limits::default(), |name, _| {
        names.push(name.to_vec());
        Ok(())
    })?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::path::PathBuf;

    use super::*;
    use crate::md5;
    use crate::objects::{self, Objects};

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Folder {
            Folder(std::env::temp_dir().join(names::temporary()))
        }

        fn objects(&self) -> Objects {
            Objects::make(self.0.as_os_str().as_bytes(), 0o777).unwrap()
        }

        fn held(&self) -> Vec<Name> {
            objects::list(self.0.as_os_str().as_bytes()).unwrap().names().to_vec()
        }

        fn names(&self) -> usize {
            fs::read_dir(&self.0).unwrap().count()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    /// Some contents whose objects lie in one folder.
    fn alike(count: usize) -> Vec<(Name, Vec<u8>)> {
        let all = (0u32..).map(|number| number.to_le_bytes().to_vec());
        let named = all.map(|bytes| (Name::file(md5::digest(&bytes)), bytes));
        named.filter(|(name, _)| name.digest[0] == 7).take(count).collect()
    }

    #[test]
    fn objects_are_there_after_finish_and_not_before() {
        let (folder, contents) = (Folder::new(), alike(2));
        let objects = folder.objects();
        for (name, bytes) in [&contents[0], &contents[1], &contents[0]] {
            objects.write(name, bytes).unwrap();
        }
        assert!(folder.held().is_empty() && objects.look(&contents[0].0).unwrap().is_none());
        objects.finish().unwrap();
        assert_eq!(folder.held().len(), 2);
        assert!(objects.look(&contents[0].0).unwrap().is_some());
    }

    #[test]
    fn two_writers_of_one_folder_both_keep_their_objects() {
        let (folder, contents) = (Folder::new(), alike(3));
        let (one, two) = (folder.objects(), folder.objects());
        one.write(&contents[0].0, &contents[0].1).unwrap();
        one.write(&contents[1].0, &contents[1].1).unwrap();
        two.write(&contents[1].0, &contents[1].1).unwrap();
        two.write(&contents[2].0, &contents[2].1).unwrap();
        one.finish().unwrap();
        two.finish().unwrap();
        assert_eq!(folder.held().len(), 3);
        assert_eq!(folder.names(), 1);
    }

    #[test]
    fn a_folder_with_much_in_it_gets_its_name_at_once() {
        let (folder, contents) = (Folder::new(), alike(1));
        let objects = folder.objects();
        let draft = objects.begin().unwrap();
        draft.publish(&contents[0].0, MOST).unwrap();
        assert_eq!(folder.held(), [contents[0].0]);
    }

    #[test]
    fn who_ends_early_keeps_what_is_done() {
        let (folder, contents) = (Folder::new(), alike(1));
        folder.objects().write(&contents[0].0, &contents[0].1).unwrap();
        assert_eq!((folder.held().len(), folder.names()), (1, 1));
    }

    #[test]
    fn what_cannot_get_its_name_leaves_nothing() {
        let (folder, contents) = (Folder::new(), alike(1));
        let objects = folder.objects();
        objects.write(&contents[0].0, &contents[0].1).unwrap();
        fs::write(folder.0.join("07"), "in the way").unwrap();
        assert!(objects.finish().is_err());
        drop(objects);
        assert_eq!(folder.names(), 1);
    }

    #[test]
    fn the_same_bytes_from_many_threads_are_one_object() {
        let (folder, contents) = (Folder::new(), alike(4));
        let objects = folder.objects();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| contents.iter().for_each(|(name, bytes)| objects.write(name, bytes).unwrap()));
            }
        });
        objects.finish().unwrap();
        assert_eq!((folder.held().len(), folder.names()), (4, 1));
    }
}
