//! The project's memory of path -> (stat, digest). The file's form is docs/formats/index.md.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use memmap2::Mmap;

use crate::hash::Algorithm;
use crate::listing::{Kind, Listing};
use crate::md5::Digest;

const MAGIC: &[u8; 8] = b"CAIRNIDX";
const VERSION: u32 = 1;
const HEADER: usize = 40;
const RECORD: usize = 56;

/// What is recorded for one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    pub size: u64,
    pub mtime: i64,
    pub inode: u64,
    pub algorithm: Algorithm,
    pub digest: Digest,
}

/// A whole index, mapped from its file. The file is only ever replaced by rename, so what is mapped stays as it is.
#[derive(Default)]
pub struct Index {
    map: Option<Mmap>,
    count: usize,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("a slice of that length")
}

impl Index {
    /// The index at `path`; an empty one where there is none, or none that we trust.
    pub fn load(path: &Path) -> Index {
        let Ok(file) = File::open(path) else { return Index::default() };
        if !file.metadata().is_ok_and(|meta| meta.is_file() && meta.len() >= HEADER as u64) {
            return Index::default();
        }
        // SAFETY: a mapped file must not shrink or change under us. Writers of the index replace it by rename and never
        // open it for writing, which docs/formats/index.md demands of them.
        let Ok(map) = (unsafe { Mmap::map(&file) }) else { return Index::default() };
        match Index::check(&map) {
            Some(count) => Index { map: Some(map), count },
            None => Index::default(),
        }
    }

    /// How many records the file has, if all of it is as it should be.
    fn check(bytes: &[u8]) -> Option<usize> {
        let head_sum = u32::from_le_bytes(number(bytes, 36));
        if &bytes[..8] != MAGIC || crc32fast::hash(&bytes[..36]) != head_sum {
            return None;
        }
        let count = u64::from_le_bytes(number(bytes, 16));
        let strings = u64::from_le_bytes(number(bytes, 24));
        let length = count.checked_mul(RECORD as u64)?.checked_add(strings)?.checked_add(HEADER as u64)?;
        let whole = u32::from_le_bytes(number(bytes, 8)) == VERSION && length == bytes.len() as u64;
        let sum = u32::from_le_bytes(number(bytes, 32));
        (whole && crc32fast::hash(&bytes[HEADER..]) == sum).then_some(count as usize)
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn row(&self, place: usize) -> &[u8] {
        let map = self.map.as_deref().expect("an index with records has a file");
        &map[HEADER + place * RECORD..][..RECORD]
    }

    /// The path of a record; "" for one that points outside the path bytes, which no lookup finds.
    pub fn path(&self, place: usize) -> &[u8] {
        let row = self.row(place);
        let start = u64::from_le_bytes(number(row, 0)) as usize;
        let length = u32::from_le_bytes(number(row, 8)) as usize;
        let strings = self.map.as_deref().map_or(&[][..], |map| &map[HEADER + self.count * RECORD..]);
        start.checked_add(length).and_then(|end| strings.get(start..end)).unwrap_or_default()
    }

    pub fn record(&self, place: usize) -> Option<Record> {
        let row = self.row(place);
        Some(Record {
            algorithm: match row[12] {
                1 => Algorithm::Md5,
                2 => Algorithm::Dos2Unix,
                _ => return None,
            },
            size: u64::from_le_bytes(number(row, 16)),
            mtime: i64::from_le_bytes(number(row, 24)),
            inode: u64::from_le_bytes(number(row, 32)),
            digest: number(row, 40),
        })
    }

    /// The first place from `from` on whose path is not before `path`; quick when it is near.
    fn seek(&self, from: usize, path: &[u8]) -> usize {
        let (mut low, mut high, mut step) = (from, from, 1);
        while high < self.count && self.path(high) < path {
            low = high + 1;
            high += step;
            step *= 2;
        }
        high = high.min(self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.path(middle) < path {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    pub fn get(&self, path: &[u8]) -> Option<Record> {
        let place = self.seek(0, path);
        if place < self.count && self.path(place) == path { self.record(place) } else { None }
    }

    /// `listing` with the digests of those rows whose file is, by its stat, the one recorded.
    pub fn known(&self, listing: &Listing, prefix: &[u8], algorithm: Algorithm) -> Listing {
        let mut digests = (*listing.digests).clone();
        let mut key = Vec::new();
        let mut from = 0;
        for (place, digest) in digests.iter_mut().enumerate() {
            join(&mut key, prefix, listing.paths.get(place));
            from = self.seek(from, &key);
            let row = &listing.rows[place];
            if row.kind == Kind::File
                && from < self.count
                && self.path(from) == key
                && let Some(record) = self.record(from)
                && (record.size, record.mtime, record.inode, record.algorithm)
                    == (row.size, row.mtime, row.inode, algorithm)
            {
                *digest = Some(record.digest);
            }
        }
        Listing { digests: digests.into(), ..listing.clone() }
    }
}

/// `prefix/path` into `key`.
pub fn join(key: &mut Vec<u8>, prefix: &[u8], path: &[u8]) {
    key.clear();
    key.extend_from_slice(prefix);
    if !prefix.is_empty() {
        key.push(b'/');
    }
    key.extend_from_slice(path);
}

/// Writes an index file: all records first, then, in the same order, all paths.
pub struct Writer {
    file: BufWriter<File>,
    sum: crc32fast::Hasher,
    count: u64,
    strings: u64,
}

impl Writer {
    pub fn new(file: File) -> std::io::Result<Writer> {
        let mut file = BufWriter::with_capacity(1 << 18, file);
        file.write_all(&[0; HEADER])?;
        Ok(Writer { file, sum: crc32fast::Hasher::new(), count: 0, strings: 0 })
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.sum.update(bytes);
        self.file.write_all(bytes)
    }

    pub fn record(&mut self, path_length: usize, record: &Record) -> std::io::Result<()> {
        let length = u32::try_from(path_length).map_err(|_| std::io::Error::other("a path of more than 4 GiB"))?;
        let mut row = [0; RECORD];
        row[..8].copy_from_slice(&self.strings.to_le_bytes());
        row[8..12].copy_from_slice(&length.to_le_bytes());
        row[12] = match record.algorithm {
            Algorithm::Md5 => 1,
            Algorithm::Dos2Unix => 2,
        };
        row[16..24].copy_from_slice(&record.size.to_le_bytes());
        row[24..32].copy_from_slice(&record.mtime.to_le_bytes());
        row[32..40].copy_from_slice(&record.inode.to_le_bytes());
        row[40..].copy_from_slice(&record.digest);
        self.count += 1;
        self.strings += u64::from(length);
        self.write(&row)
    }

    pub fn path(&mut self, path: &[u8]) -> std::io::Result<()> {
        self.write(path)
    }

    /// Puts the header in its place.
    pub fn finish(mut self) -> std::io::Result<()> {
        let mut head = [0; HEADER];
        head[..8].copy_from_slice(MAGIC);
        head[8..12].copy_from_slice(&VERSION.to_le_bytes());
        head[16..24].copy_from_slice(&self.count.to_le_bytes());
        head[24..32].copy_from_slice(&self.strings.to_le_bytes());
        head[32..36].copy_from_slice(&self.sum.finalize().to_le_bytes());
        let sum = crc32fast::hash(&head[..36]);
        head[36..].copy_from_slice(&sum.to_le_bytes());
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&head)?;
        self.file.flush()
    }
}
