//! `hash` and `store`: one pass over the rows of a listing, a chunk of neighbours at a time.

use std::ops::Range;
use std::sync::Arc;

use rustix::fd::{AsFd, OwnedFd};

use crate::counters::Counters;
use crate::error::{Code, Failure, Problem, Trouble};
use crate::hash::Algorithm;
use crate::link;
use crate::listing::{Kind, Listing, Row, Tie};
use crate::md5::Digest;
use crate::names::Name;
use crate::objects::Objects;
use crate::paths;
use crate::stream::{self, Batch, SMALL};
use crate::sys::{self, Limits};
use crate::work;

/// How often a file that changes under our eyes is read again.
const TRIES: usize = 4;

/// What one thread takes at a time: so many rows, or so many bytes.
const ROWS: usize = 128;
const BYTES: u64 = 4 << 20;

/// Where the bytes go, besides through the hash.
pub struct Target<'a> {
    pub folder: &'a [u8],
    pub dir_mode: u32,
}

struct Store<'a> {
    root: OwnedFd,
    objects: Option<Objects>,
    algorithm: Algorithm,
    counters: &'a Counters,
    limits: Limits,
}

/// The rows of one chunk, to be changed in place.
struct Chunk<'a> {
    listing: &'a Listing,
    first: usize,
    rows: &'a mut [Row],
    digests: &'a mut [Option<Digest>],
}

/// What each thread keeps between chunks.
#[derive(Default)]
struct Scratch {
    batch: Batch<(usize, Row)>,
    buffer: Vec<u8>,
}

/// `listing` with every unknown row of kind file hashed; with a `target`, stored there as well.
pub fn store(
    root: &[u8],
    listing: &Listing,
    target: Option<Target<'_>>,
    algorithm: Algorithm,
    jobs: usize,
    counters: &Counters,
    limits: Limits,
) -> Result<Listing, Failure> {
    let folder = target.as_ref().map(|target| target.folder);
    let objects = target.map(|target| Objects::make(target.folder, target.dir_mode)).transpose()?;
    let storing = objects.is_some();
    let mut rows = (*listing.rows).clone();
    let mut digests = (*listing.digests).clone();
    let mut chunks = Vec::new();
    let (mut rest_rows, mut rest_digests, mut first) = (&mut rows[..], &mut digests[..], 0);
    for range in ranges(listing, storing) {
        rest_rows = &mut rest_rows[range.start - first..];
        rest_digests = &mut rest_digests[range.start - first..];
        let (own_rows, other_rows) = rest_rows.split_at_mut(range.len());
        let (own_digests, other_digests) = rest_digests.split_at_mut(range.len());
        (rest_rows, rest_digests, first) = (other_rows, other_digests, range.end);
        chunks.push(Chunk { listing, first: range.start, rows: own_rows, digests: own_digests });
    }
    let mut problems = (*listing.problems).clone();
    if !chunks.is_empty() {
        let root = sys::open_top(root).map_err(|errno| Trouble::reading(errno).fatal(&paths::from_disk(root)))?;
        let work = Store { root, objects, algorithm, counters, limits };
        let found = work::run(chunks, jobs, counters, Scratch::default, |scratch, chunk| work.chunk(scratch, chunk))?;
        if let (Some(objects), Some(folder)) = (&work.objects, folder) {
            objects.finish().map_err(|errno| Trouble::writing(errno).fatal(&paths::from_disk(folder)))?;
        }
        problems.extend(found.into_iter().flatten());
    }
    let listing =
        Listing { paths: Arc::clone(&listing.paths), ..Listing::new(paths::Paths::default(), rows, digests, problems) };
    Ok(listing)
}

/// Chunks of neighbouring rows. Runs of rows that need nothing lie between them.
fn ranges(listing: &Listing, storing: bool) -> Vec<Range<usize>> {
    let wanted = |place: usize| listing.rows[place].kind == Kind::File && (storing || listing.digests[place].is_none());
    let mut found = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for place in 0..listing.len() {
        if !wanted(place) {
            if start < place {
                found.push(start..place);
            }
            (start, bytes) = (place + 1, 0);
            continue;
        }
        bytes += listing.rows[place].size;
        if bytes >= BYTES || place + 1 - start >= ROWS {
            found.push(start..place + 1);
            (start, bytes) = (place + 1, 0);
        }
    }
    if start < listing.len() {
        found.push(start..listing.len());
    }
    found
}

impl Store<'_> {
    fn chunk(&self, scratch: &mut Scratch, mut chunk: Chunk<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for place in 0..chunk.rows.len() {
            if self.counters.cancelled() {
                break;
            }
            self.counters.add_files(1);
            let done = self.row(scratch, &mut chunk, place);
            self.settle(done, place, &mut chunk, &mut problems);
            if scratch.batch.is_full() {
                self.flush(scratch, &mut chunk, &mut problems);
            }
        }
        self.flush(scratch, &mut chunk, &mut problems);
        problems
    }

    /// Enters what came of a row; `None` when it waits in the batch or was known already.
    fn settle(
        &self,
        done: Result<Option<(Row, Digest)>, Trouble>,
        place: usize,
        chunk: &mut Chunk<'_>,
        problems: &mut Vec<Problem>,
    ) {
        match done {
            Ok(Some((row, digest))) => (chunk.rows[place], chunk.digests[place]) = (row, Some(digest)),
            Ok(None) => {}
            Err(trouble) => {
                chunk.digests[place] = None;
                problems.push(trouble.at(chunk.listing.paths.get(chunk.first + place)));
            }
        }
    }

    fn row(
        &self,
        scratch: &mut Scratch,
        chunk: &mut Chunk<'_>,
        place: usize,
    ) -> Result<Option<(Row, Digest)>, Trouble> {
        let row = chunk.rows[place];
        if let (Some(digest), Some(objects)) = (chunk.digests[place], &self.objects)
            && objects.is_stored(&Name::file(digest), row.size, self.algorithm, self.counters)?
        {
            return Ok(None);
        }
        let path = chunk.listing.paths.get(chunk.first + place);
        let name =
            paths::to_disk(path).ok_or_else(|| Trouble::new(Code::Missing, "not a name that a file can have"))?;
        let file = sys::open_read(self.root.as_fd(), &name).map_err(Trouble::reading)?;
        match self.small(&mut scratch.batch, &file, row)? {
            Some((seen, range)) => {
                self.counters.add_bytes(seen.size);
                scratch.batch.keep((place, seen), range);
                Ok(None)
            }
            None => self.large(&mut scratch.buffer, &file, row.tie).map(Some),
        }
    }

    /// Reads a small file whole, steadily: (its row, where its bytes are). `None`: it is a large one.
    fn small(
        &self,
        batch: &mut Batch<(usize, Row)>,
        file: &OwnedFd,
        row: Row,
    ) -> Result<Option<(Row, Range<usize>)>, Trouble> {
        let mut expected = row;
        for attempt in 0..TRIES {
            if attempt > 0 {
                sys::rewind(file).map_err(Trouble::reading)?;
            }
            if expected.size > SMALL {
                return Ok(None);
            }
            let range = batch.read(file, expected.size).map_err(Trouble::reading)?;
            let seen = regular(file, row.tie)?;
            match range {
                Some(range) if seen.same_bytes(&expected) && range.len() as u64 == seen.size => {
                    return Ok(Some((seen, range)));
                }
                _ => expected = seen,
            }
        }
        Err(Trouble::new(Code::Changed, "changed again and again while it was read"))
    }

    /// Hashes a large file and, with a target, copies or clones it there.
    fn large(&self, buffer: &mut Vec<u8>, file: &OwnedFd, tie: Tie) -> Result<(Row, Digest), Trouble> {
        for _ in 0..TRIES {
            sys::rewind(file).map_err(Trouble::reading)?;
            let before = regular(file, tie)?;
            let draft = match &self.objects {
                Some(objects) => Some(objects.begin().map_err(Trouble::writing)?),
                None => None,
            };
            let cloned = draft.as_ref().filter(|draft| link::clone(file, &draft.file, &self.limits).is_ok());
            let source = cloned.map_or(file.as_fd(), |draft| draft.file.as_fd());
            let target = if cloned.is_some() { None } else { draft.as_ref().map(|draft| draft.file.as_fd()) };
            let digest = stream::digest(source, target, before.size, self.algorithm, buffer, self.counters)?;
            let after = regular(file, tie)?;
            if !after.same_bytes(&before) {
                continue;
            }
            if let (Some(draft), Some(objects)) = (draft, &self.objects) {
                let name = Name::file(digest);
                if !objects.is_stored(&name, after.size, self.algorithm, self.counters)? {
                    draft.publish(&name, after.size).map_err(Trouble::writing)?;
                }
            }
            return Ok((after, digest));
        }
        Err(Trouble::new(Code::Changed, "changed again and again while it was read"))
    }

    /// Hashes the small files held and stores them.
    fn flush(&self, scratch: &mut Scratch, chunk: &mut Chunk<'_>, problems: &mut Vec<Problem>) {
        scratch.batch.drain(
            |_| self.algorithm,
            |(place, row), bytes, digest| {
                let stored = self.write(&Name::file(digest), bytes).map(|()| Some((row, digest)));
                self.settle(stored, place, chunk, problems);
            },
        );
    }

    fn write(&self, name: &Name, bytes: &[u8]) -> Result<(), Trouble> {
        let Some(objects) = &self.objects else { return Ok(()) };
        if objects.is_stored(name, bytes.len() as u64, self.algorithm, self.counters)? {
            return Ok(());
        }
        objects.write(name, bytes).map_err(Trouble::writing)
    }
}

/// The row of an open file, which must be one.
fn regular(file: &OwnedFd, tie: Tie) -> Result<Row, Trouble> {
    let stat = sys::fstat(file).map_err(Trouble::reading)?;
    let row = Row::new(&stat, tie == Tie::Symlink);
    match row.kind {
        Kind::File => Ok(row),
        Kind::Folder => Err(Trouble::new(Code::IsFolder, "a folder")),
        _ => Err(Trouble::new(Code::Special, "neither a file nor a folder")),
    }
}
