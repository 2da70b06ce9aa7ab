//! What a look at the file system saw: one row for each path, in columns.

use std::sync::Arc;

use rustix::fs::{FileType, Stat};

use crate::error::Problem;
use crate::manifest::Manifest;
use crate::md5::Digest;
use crate::paths::Paths;
use crate::sys;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Missing,
    DanglingLink,
    Special,
    Unreadable,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::File => "file",
            Kind::Folder => "folder",
            Kind::Missing => "missing",
            Kind::DanglingLink => "dangling-link",
            Kind::Special => "special",
            Kind::Unreadable => "unreadable",
        }
    }
}

/// How a name is tied to its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    Copy,
    Hardlink,
    Symlink,
}

impl Tie {
    pub const ALL: [Tie; 3] = [Tie::Copy, Tie::Hardlink, Tie::Symlink];

    pub fn word(self) -> &'static str {
        match self {
            Tie::Copy => "copy",
            Tie::Hardlink => "hardlink",
            Tie::Symlink => "symlink",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub size: u64,
    pub mtime: i64,
    pub inode: u64,
    pub mode: u32,
    pub kind: Kind,
    pub tie: Tie,
}

impl Row {
    pub const ABSENT: Row = Row { size: 0, mtime: 0, inode: 0, mode: 0, kind: Kind::Missing, tie: Tie::Copy };

    pub fn new(stat: &Stat, symlink: bool) -> Row {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            _ => Kind::Special,
        };
        let tie = match symlink {
            true => Tie::Symlink,
            false if kind == Kind::File && stat.st_nlink > 1 => Tie::Hardlink,
            false => Tie::Copy,
        };
        let (size, mtime) = (stat.st_size as u64, sys::mtime(stat));
        Row { size, mtime, inode: stat.st_ino, mode: stat.st_mode, kind, tie }
    }

    /// Whether both saw the same file with the same bytes, as far as a stat can tell.
    pub fn same_bytes(&self, other: &Row) -> bool {
        (self.kind, self.size, self.mtime, self.inode) == (other.kind, other.size, other.mtime, other.inode)
    }
}

/// Rows in the order of their paths. Columns are shared between listings that differ in the others.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    pub paths: Arc<Paths>,
    pub rows: Arc<Vec<Row>>,
    pub digests: Arc<Vec<Option<Digest>>>,
    pub problems: Arc<Vec<Problem>>,
}

impl PartialEq for Listing {
    /// Problems are no rows.
    fn eq(&self, other: &Listing) -> bool {
        self.paths == other.paths && self.rows == other.rows && self.digests == other.digests
    }
}

impl Listing {
    pub fn new(paths: Paths, rows: Vec<Row>, digests: Vec<Option<Digest>>, mut problems: Vec<Problem>) -> Listing {
        problems.sort_by(|a, b| (&a.path, a.code.word(), &a.message).cmp(&(&b.path, b.code.word(), &b.message)));
        Listing {
            paths: Arc::new(paths),
            rows: Arc::new(rows),
            digests: Arc::new(digests),
            problems: Arc::new(problems),
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn size(&self) -> u64 {
        self.rows.iter().filter(|row| row.kind == Kind::File).map(|row| row.size).sum()
    }

    fn is_unknown(&self, place: usize) -> bool {
        self.rows[place].kind == Kind::File && self.digests[place].is_none()
    }

    pub fn unknown(&self) -> usize {
        (0..self.len()).filter(|&place| self.is_unknown(place)).count()
    }

    /// The rows for which `keep` holds.
    pub fn select(&self, mut keep: impl FnMut(usize) -> bool) -> Listing {
        let mut paths = Paths::default();
        let (mut rows, mut digests) = (Vec::new(), Vec::new());
        for place in 0..self.len() {
            if keep(place) {
                paths.push(self.paths.get(place));
                rows.push(self.rows[place]);
                digests.push(self.digests[place]);
            }
        }
        Listing::new(paths, rows, digests, Vec::new())
    }

    /// Of rows in any order; of those with one path the last one stays.
    pub fn sorted(rows: Vec<(Vec<u8>, Row, Option<Digest>)>, problems: Vec<Problem>) -> Listing {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|&a, &b| rows[a].0.cmp(&rows[b].0));
        let mut paths = Paths::default();
        let (mut kept, mut digests) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for (at, &place) in order.iter().enumerate() {
            if order.get(at + 1).is_some_and(|&next| rows[next].0 == rows[place].0) {
                continue;
            }
            paths.push(&rows[place].0);
            kept.push(rows[place].1);
            digests.push(rows[place].2);
        }
        Listing::new(paths, kept, digests, problems)
    }

    pub fn unread(&self) -> Listing {
        self.select(|place| self.is_unknown(place))
    }

    pub fn only(&self, manifest: &Manifest) -> Listing {
        let mut from = 0;
        self.select(|place| {
            let path = self.paths.get(place);
            from = manifest.paths.seek(from, path);
            from < manifest.len() && manifest.paths.get(from) == path
        })
    }

    pub fn linked(&self, tie: Tie) -> Listing {
        self.select(|place| self.rows[place].tie == tie)
    }

    pub fn ties(&self, tie: Tie) -> usize {
        self.rows.iter().filter(|row| row.kind == Kind::File && row.tie == tie).count()
    }

    pub fn manifest(&self) -> Manifest {
        if self.digests.iter().all(Option::is_some) {
            let digests = self.digests.iter().flatten().copied().collect();
            return Manifest { paths: Arc::clone(&self.paths), digests: Arc::new(digests) };
        }
        let mut paths = Paths::default();
        let mut digests = Vec::new();
        for (path, digest) in self.paths.iter().zip(self.digests.iter()) {
            if let Some(digest) = digest {
                paths.push(path);
                digests.push(*digest);
            }
        }
        Manifest { paths: Arc::new(paths), digests: Arc::new(digests) }
    }
}
