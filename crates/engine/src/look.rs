//! Looking at single paths.

use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::FileType;
use rustix::io::Errno;

use crate::counters::Counters;
use crate::error::{Code, Failure, Trouble};
use crate::listing::{Kind, Listing, Row, Tie};
use crate::paths;
use crate::sys;
use crate::work;

/// The row of `name` (as on disk) as it is now, links followed.
pub fn look(dir: BorrowedFd<'_>, name: &[u8]) -> Row {
    let refused = |errno: Errno, other: Kind, tie: Tie| {
        let kind = if errno == Errno::ACCESS { Kind::Unreadable } else { other };
        Row { kind, tie, ..Row::ABSENT }
    };
    let own = match sys::lstat(dir, name) {
        Ok(stat) => stat,
        Err(errno) => return refused(errno, Kind::Missing, Tie::Copy),
    };
    if FileType::from_raw_mode(own.st_mode) != FileType::Symlink {
        return Row::new(&own, false);
    }
    match sys::stat(dir, name) {
        Ok(stat) => Row::new(&stat, true),
        Err(errno) => refused(errno, Kind::DanglingLink, Tie::Symlink),
    }
}

/// What `name`, which should be free, has in its place.
pub fn in_the_way(parent: BorrowedFd<'_>, name: &[u8]) -> Trouble {
    let now = look(parent, name);
    match now.kind == Kind::Folder && now.tie != Tie::Symlink {
        true => Trouble::new(Code::IsFolder, "a folder is in the way"),
        false => Trouble::new(Code::InTheWay, "something that was not expected is in the way"),
    }
}

/// One row for each of `asked` (packed, relative to `root`).
pub fn stat(root: &[u8], asked: &[Vec<u8>], counters: &Counters) -> Result<Listing, Failure> {
    let dir = match sys::open_top(root) {
        Ok(dir) => Some(dir),
        Err(Errno::NOENT | Errno::NOTDIR) => None,
        Err(errno) => return Err(Trouble::reading(errno).fatal(&paths::from_disk(root))),
    };
    let tasks: Vec<&[Vec<u8>]> = asked.chunks(512).collect();
    let rows = work::run(
        tasks,
        0,
        counters,
        || (),
        |(), chunk| {
            let look_at = |path: &Vec<u8>| match (&dir, paths::to_disk(path)) {
                (Some(dir), Some(name)) if !name.is_empty() => look(dir.as_fd(), &name),
                (Some(dir), Some(_)) => look(dir.as_fd(), b"."),
                _ => Row::ABSENT,
            };
            chunk.iter().map(|path| (path.clone(), look_at(path), None)).collect::<Vec<_>>()
        },
    )?;
    Ok(Listing::sorted(rows.into_iter().flatten().collect(), Vec::new()))
}
