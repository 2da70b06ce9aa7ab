//! Runs: neighbours in a manifest that lie in one folder. A folder that is missing is filled unseen and then gets its name.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use rustix::fd::AsFd;
use rustix::io::Errno;

use crate::error::Trouble;
use crate::folders::Folders;
use crate::listing::Kind;
use crate::look::{in_the_way, look};
use crate::paths::{self, Paths};
use crate::sys::{self, Limits};
use crate::temp::NewFolder;

/// A longer run is placed file by file: what is unseen is lost when the process is killed.
const LONGEST: usize = 16 << 10;

/// A run, on which several threads may be at work.
pub struct Run<'a> {
    pub rows: Range<usize>,
    pieces: AtomicUsize, // not yet done
    state: Mutex<State<'a>>,
}

enum State<'a> {
    Untouched,
    Plain, // its folder is there, or cannot be made unseen
    Filling(Arc<NewFolder<'a>>),
}

impl<'a> Run<'a> {
    fn state(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().expect("no thread panics while it holds a run")
    }

    /// The new folder to fill, which `make` gives to whoever comes first. `None`: the files go to their places one by one.
    pub fn enter(&self, make: impl FnOnce() -> Option<NewFolder<'a>>) -> Option<Arc<NewFolder<'a>>> {
        let mut state = self.state();
        if matches!(*state, State::Untouched) {
            *state = make().map_or(State::Plain, |folder| State::Filling(Arc::new(folder)));
        }
        match &*state {
            State::Filling(folder) => Some(Arc::clone(folder)),
            _ => None,
        }
    }

    /// A piece is done. Who did the last one gives the folder its name; the rows that then did not get to theirs.
    pub fn leave(
        &self,
        folder: Arc<NewFolder<'a>>,
        folders: &mut Folders<'_>,
        paths: &Paths,
        limits: &Limits,
    ) -> Vec<(usize, Trouble)> {
        drop(folder);
        if self.pieces.fetch_sub(1, Ordering::AcqRel) > 1 {
            return Vec::new();
        }
        match std::mem::replace(&mut *self.state(), State::Plain) {
            State::Filling(folder) => {
                Arc::into_inner(folder).map(|folder| self.publish(folder, folders, paths, limits)).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    fn publish(
        &self,
        mut folder: NewFolder<'a>,
        folders: &mut Folders<'_>,
        paths: &Paths,
        limits: &Limits,
    ) -> Vec<(usize, Trouble)> {
        if !folder.filled.load(Ordering::Relaxed) {
            return Vec::new();
        }
        if let Some((above, name)) = folders.vacant(paths.get(self.rows.start))
            && folder.publish(above, &name, limits).is_ok()
        {
            return Vec::new();
        }
        // Somebody else made it meanwhile: file by file.
        let moved = self.rows.clone().map(|at| (at, move_out(&folder, folders, paths.get(at), limits)));
        moved.filter_map(|(at, moved)| moved.err().map(|trouble| (at, trouble))).collect()
    }
}

/// Moves one file from a new folder to its path; one that is not there has its problem already.
fn move_out(folder: &NewFolder<'_>, folders: &mut Folders<'_>, path: &[u8], limits: &Limits) -> Result<(), Trouble> {
    let (parent, name) = folders.parent(path)?;
    if look(folder.dir.as_fd(), &name).kind == Kind::Missing {
        return Ok(());
    }
    match sys::rename_new(folder.dir.as_fd(), &name, parent, &name, limits) {
        Err(Errno::EXIST) => Err(in_the_way(parent, &name)),
        done => done.map_err(Trouble::writing),
    }
}

/// The runs of `paths` that are worth a folder filled unseen, in order. Threads take pieces that end at multiples of `piece`.
pub fn of<'a>(paths: &Paths, piece: usize) -> Vec<Run<'a>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for end in 1..=paths.len() {
        if end < paths.len() && folder(paths, end) == folder(paths, start) {
            continue;
        }
        if (2..=LONGEST).contains(&(end - start)) && !folder(paths, start).is_empty() {
            let pieces = AtomicUsize::new((end - 1) / piece - start / piece + 1);
            runs.push(Run { rows: start..end, pieces, state: Mutex::new(State::Untouched) });
        }
        start = end;
    }
    runs
}

fn folder(paths: &Paths, place: usize) -> &[u8] {
    paths::split(paths.get(place)).0
}

/// The run that the first of `rows` belongs to, and those of `rows` that are in it; `None` for those before the next run.
pub fn first<'r, 'a>(runs: &'r [Run<'a>], rows: &Range<usize>) -> (Option<&'r Run<'a>>, Range<usize>) {
    let next = runs.partition_point(|run| run.rows.end <= rows.start);
    match runs.get(next) {
        Some(run) if run.rows.start <= rows.start => (Some(run), rows.start..run.rows.end.min(rows.end)),
        Some(run) => (None, rows.start..run.rows.start.min(rows.end)),
        None => (None, rows.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    use super::*;
    use crate::error::Code;
    use crate::names;
    use crate::temp::Temp;

    fn paths(all: &[&str]) -> Paths {
        let mut paths = Paths::default();
        all.iter().for_each(|path| paths.push(path.as_bytes()));
        paths
    }

    #[test]
    fn neighbours_of_one_folder_are_a_run() {
        let runs = of(&paths(&["a", "b/1", "b/2", "b/c/1", "b/d", "e/1", "e/2", "e/3"]), 2);
        let found: Vec<_> = runs.iter().map(|run| (run.rows.clone(), run.pieces.load(Ordering::Relaxed))).collect();
        assert_eq!(found, [(1..3, 2), (5..8, 2)]);
        let pieces = |rows| {
            let (run, rows) = first(&runs, &rows);
            (run.is_some(), rows)
        };
        assert_eq!(pieces(0..2), (false, 0..1));
        assert_eq!(pieces(1..2), (true, 1..2));
        assert_eq!(pieces(3..8), (false, 3..5));
        assert_eq!(pieces(6..8), (true, 6..8));
    }

    #[test]
    fn a_folder_that_somebody_made_meanwhile_keeps_what_is_in_it() {
        let base = std::env::temp_dir().join(names::temporary());
        fs::create_dir_all(base.join("root")).unwrap();
        let limits = Limits::default();
        let temp = Temp::new(base.join("temp").as_os_str().as_bytes(), &limits).unwrap();
        let root = sys::open_top(base.join("root").as_os_str().as_bytes()).unwrap();
        let paths = paths(&["a/1", "a/2", "a/3"]);
        let run = of(&paths, 8).remove(0);
        let folder = run.enter(|| temp.folder(root.as_fd())).unwrap();
        for name in ["1", "2"] {
            sys::write_full(sys::create(folder.dir.as_fd(), name.as_bytes(), 0o666).unwrap(), b"ours").unwrap();
        }
        folder.filled.store(true, Ordering::Relaxed);
        fs::create_dir(base.join("root/a")).unwrap();
        fs::write(base.join("root/a/2"), "theirs").unwrap();
        let lost = run.leave(folder, &mut Folders::new(root.as_fd(), true), &paths, &limits);
        let found: Vec<_> = lost.iter().map(|(at, trouble)| (*at, trouble.code)).collect();
        assert_eq!(found, [(1, Code::InTheWay)]);
        assert_eq!(fs::read(base.join("root/a/1")).unwrap(), b"ours");
        assert_eq!(fs::read(base.join("root/a/2")).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(base.join("temp")).unwrap().count(), 0);
        fs::remove_dir_all(base).unwrap();
    }
}
