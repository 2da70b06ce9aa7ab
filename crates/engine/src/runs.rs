//! Runs: neighbours in a manifest that lie in one folder. A folder that is missing is filled unseen and then gets its name.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::paths::{self, Paths};
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

    /// A piece is done. Gives the folder, to be published, to who did the last one.
    pub fn leave(&self, folder: Arc<NewFolder<'a>>) -> Option<NewFolder<'a>> {
        drop(folder);
        if self.pieces.fetch_sub(1, Ordering::AcqRel) > 1 {
            return None;
        }
        match std::mem::replace(&mut *self.state(), State::Plain) {
            State::Filling(folder) => Arc::into_inner(folder),
            _ => None,
        }
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
    use super::*;

    #[test]
    fn neighbours_of_one_folder_are_a_run() {
        let mut paths = Paths::default();
        for path in ["a", "b/1", "b/2", "b/c/1", "b/d", "e/1", "e/2", "e/3"] {
            paths.push(path.as_bytes());
        }
        let runs = of(&paths, 2);
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
}
