//! Writing an index: the old one with listings merged in, streamed to a temporary file.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::io::Errno;

use crate::error::{Code, Failure, Trouble};
use crate::hash::Algorithm;
use crate::index::{Index, Record, Writer, join};
use crate::listing::{Kind, Listing, Row};
use crate::paths;
use crate::sys;

const SECOND: i64 = 1_000_000_000;
const FINE_GRAIN: i64 = 20_000_000;

/// What an index takes over from a listing: see `Update` in the contract.
pub struct Update {
    pub prefix: Vec<u8>,
    pub listing: Listing,
    pub clock: i64,
    pub algorithm: Algorithm,
    pub whole: bool,
}

/// Whether a change after the look would show in the file's mtime.
fn settled(row: &Row, clock: i64) -> bool {
    let grain = if row.mtime.rem_euclid(SECOND) == 0 { 2 * SECOND } else { FINE_GRAIN };
    clock != 0 && row.mtime < clock.saturating_sub(grain)
}

/// The rows of all updates that say something of their path, in the order of their keys.
struct Changes<'a> {
    updates: &'a [Update],
    rows: Vec<(u32, u32)>, // update, row
    whole: HashMap<&'a [u8], u32>,
}

impl<'a> Changes<'a> {
    fn new(updates: &'a [Update]) -> Changes<'a> {
        let mut rows = Vec::new();
        let mut whole = HashMap::new();
        for (number, update) in updates.iter().enumerate() {
            if update.whole {
                whole.insert(&update.prefix[..], number as u32);
            }
            for (place, row) in update.listing.rows.iter().enumerate() {
                if row.kind == Kind::File && update.listing.digests[place].is_some() {
                    rows.push((number as u32, place as u32));
                }
            }
        }
        let mut changes = Changes { updates, rows: Vec::new(), whole };
        let before = |a: &(u32, u32), b: &(u32, u32)| changes.compare(*a, *b).is_lt();
        if !rows.is_sorted_by(before) {
            // Stable: the later update of one key stays behind the earlier, and wins.
            rows.sort_by(|a, b| changes.compare(*a, *b));
        }
        changes.rows = rows;
        changes
    }

    fn key(&self, (update, row): (u32, u32), key: &mut Vec<u8>) {
        let update = &self.updates[update as usize];
        join(key, &update.prefix, update.listing.paths.get(row as usize));
    }

    fn compare(&self, a: (u32, u32), b: (u32, u32)) -> std::cmp::Ordering {
        let (one, two) = (&self.updates[a.0 as usize], &self.updates[b.0 as usize]);
        let (left, right) = (one.listing.paths.get(a.1 as usize), two.listing.paths.get(b.1 as usize));
        if one.prefix == two.prefix {
            return left.cmp(right);
        }
        let whole = |prefix: &'a [u8], path: &'a [u8]| {
            let slash: &[u8] = if prefix.is_empty() { b"" } else { b"/" };
            prefix.iter().chain(slash).chain(path).copied()
        };
        whole(&one.prefix, left).cmp(whole(&two.prefix, right))
    }

    /// Whether a `whole` update, one behind number `after` (`None`: any), drops `key`.
    fn dropped(&self, key: &[u8], after: Option<u32>) -> bool {
        if self.whole.is_empty() || after.is_some_and(|number| number as usize + 1 == self.updates.len()) {
            return false;
        }
        let hits = |prefix: &[u8]| self.whole.get(prefix).is_some_and(|&number| after.is_none_or(|own| number > own));
        let mut above = key;
        loop {
            if hits(above) {
                return true;
            }
            if above.is_empty() {
                return false;
            }
            above = paths::split(above).0;
        }
    }

    fn record(&self, (update, row): (u32, u32)) -> Option<Record> {
        let update = &self.updates[update as usize];
        let seen = &update.listing.rows[row as usize];
        let digest = update.listing.digests[row as usize]?;
        settled(seen, update.clock).then_some(Record {
            size: seen.size,
            mtime: seen.mtime,
            inode: seen.inode,
            algorithm: update.algorithm,
            digest,
        })
    }

    /// An old record, unless a `whole` update drops it.
    fn kept<'o>(&self, old: &'o Index, place: usize) -> Option<(&'o [u8], Record)> {
        let path = old.path(place);
        if self.dropped(path, None) { None } else { Some((path, old.record(place)?)) }
    }

    /// Calls `each` with what the new index has, in order.
    fn merged<E>(&self, old: &Index, mut each: impl FnMut(&[u8], &Record) -> Result<(), E>) -> Result<(), E> {
        let mut from = 0;
        let (mut key, mut next) = (Vec::new(), Vec::new());
        for (at, &change) in self.rows.iter().enumerate() {
            if at == 0 {
                self.key(change, &mut key);
            }
            let repeated = match self.rows.get(at + 1) {
                Some(&after) => {
                    self.key(after, &mut next);
                    next == key
                }
                None => false,
            };
            if !repeated {
                while from < old.len() && old.path(from) < &key[..] {
                    if let Some((path, record)) = self.kept(old, from) {
                        each(path, &record)?;
                    }
                    from += 1;
                }
                if from < old.len() && old.path(from) == key {
                    from += 1;
                }
                if let Some(record) = self.record(change)
                    && !self.dropped(&key, Some(change.0))
                {
                    each(&key, &record)?;
                }
            }
            std::mem::swap(&mut key, &mut next);
        }
        for place in from..old.len() {
            if let Some((path, record)) = self.kept(old, place) {
                each(path, &record)?;
            }
        }
        Ok(())
    }
}

/// Writes `old` with `updates` merged in to `path`, by temporary file and rename.
pub fn save(old: &Index, path: &Path, updates: &[Update]) -> Result<(), Failure> {
    let name = path.as_os_str().as_bytes();
    let fatal = |errno: Errno| Trouble::writing(errno).fatal(&paths::from_disk(name));
    let (folder, last) = paths::split(name);
    let folder = match (folder, name.first()) {
        (b"", Some(b'/')) => &b"/"[..],
        (b"", _) => b".",
        _ => folder,
    };
    let dir = sys::make_folders(folder, 0o777).map_err(fatal)?;
    let (temp, file) = sys::create_temporary(rustix::fd::AsFd::as_fd(&dir), 0o666).map_err(fatal)?;
    let dir = rustix::fd::AsFd::as_fd(&dir);
    let written = write(old, &Changes::new(updates), file.into());
    let done = match written {
        Ok(()) => sys::rename(dir, temp.as_bytes(), dir, last).map_err(fatal),
        Err(error) => Err(match Errno::from_io_error(&error) {
            Some(errno) => fatal(errno),
            None => Trouble::new(Code::Io, &error.to_string()).fatal(&paths::from_disk(name)),
        }),
    };
    if done.is_err() {
        let _ = sys::unlink(dir, temp.as_bytes()); // the first error is the one to tell
    }
    done
}

fn write(old: &Index, changes: &Changes<'_>, file: File) -> std::io::Result<()> {
    let mut writer = Writer::new(file)?;
    changes.merged(old, |path, record| writer.record(path.len(), record))?;
    changes.merged(old, |path, _| writer.path(path))?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Tie;
    use crate::paths::Paths;

    const CLOCK: i64 = 100 * SECOND;

    fn update(prefix: &str, rows: &[(&str, u8, i64)], whole: bool) -> Update {
        let mut paths = Paths::default();
        rows.iter().for_each(|(path, ..)| paths.push(path.as_bytes()));
        let row = |mtime| Row { size: 1, mtime, inode: 2, mode: 0o644, kind: Kind::File, tie: Tie::Copy };
        let listing = Listing::new(
            paths,
            rows.iter().map(|&(_, _, mtime)| row(mtime)).collect(),
            rows.iter().map(|&(_, byte, _)| Some([byte; 16])).collect(),
            Vec::new(),
        );
        Update { prefix: prefix.into(), listing, clock: CLOCK, algorithm: Algorithm::Md5, whole }
    }

    fn content(index: &Index) -> Vec<(String, u8)> {
        (0..index.len())
            .map(|place| {
                let path = String::from_utf8(index.path(place).to_vec()).unwrap();
                (path, index.record(place).unwrap().digest[0])
            })
            .collect()
    }

    fn saved(old: &Index, updates: &[Update]) -> Index {
        let path = std::env::temp_dir().join(crate::names::temporary());
        save(old, &path, updates).unwrap();
        let index = Index::load(&path);
        std::fs::remove_file(&path).unwrap();
        index
    }

    #[test]
    fn later_updates_win_and_whole_ones_drop() {
        let first = saved(
            &Index::default(),
            &[update("d", &[("a", 1, 5), ("b", 2, 5)], true), update("", &[("c", 3, 5)], false)],
        );
        assert_eq!(content(&first), [("c".into(), 3), ("d/a".into(), 1), ("d/b".into(), 2)]);
        let second = saved(&first, &[update("d", &[("b", 9, 5)], true)]);
        assert_eq!(content(&second), [("c".into(), 3), ("d/b".into(), 9)]);
        let third = saved(&second, &[update("", &[("d/b", 4, 5), ("d/z", 5, 5)], false), update("d/b", &[], true)]);
        assert_eq!(content(&third), [("c".into(), 3), ("d/z".into(), 5)]);
        assert_eq!(third.get(b"d/z").unwrap().digest, [5; 16]);
        assert_eq!(third.get(b"d"), None);
        assert_eq!(third.get(b"zz"), None);
    }

    #[test]
    fn what_may_still_change_is_forgotten() {
        let first = saved(&Index::default(), &[update("", &[("a", 1, 5), ("b", 2, 5)], false)]);
        let racy = CLOCK - FINE_GRAIN + 1;
        let second = saved(&first, &[update("", &[("a", 7, racy), ("b", 8, CLOCK - SECOND)], false)]);
        assert!(content(&second).is_empty());
        let third = saved(&first, &[update("", &[("a", 7, CLOCK - FINE_GRAIN - 1)], false)]);
        assert_eq!(content(&third), [("a".into(), 7), ("b".into(), 2)]);
    }

    #[test]
    fn a_damaged_file_is_an_empty_index() {
        let path = std::env::temp_dir().join(crate::names::temporary());
        save(&Index::default(), &path, &[update("", &[("a", 1, 5)], false)]).unwrap();
        let good = std::fs::read(&path).unwrap();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 0x10;
            std::fs::write(&path, &bad).unwrap();
            assert!(Index::load(&path).is_empty(), "byte {place}");
        }
        for length in [0, 8, 39, 40, good.len() - 1] {
            std::fs::write(&path, &good[..length]).unwrap();
            assert!(Index::load(&path).is_empty());
        }
        std::fs::write(&path, &good).unwrap();
        assert_eq!(Index::load(&path).len(), 1);
        std::fs::remove_file(&path).unwrap();
    }
}
