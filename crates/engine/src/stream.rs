//! Reading files to hash them: small ones whole and several at a time, large ones in pieces that are hashed on a thread of
//! their own while the next piece is read and, if asked, written elsewhere.

use std::ops::Range;
use std::sync::mpsc::sync_channel;
use std::thread;

use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;

use crate::counters::Counters;
use crate::error::Trouble;
use crate::hash::{self, Algorithm, CHUNK, Hasher};
use crate::md5::Digest;
use crate::sys;

/// Files up to this size are read whole.
pub const SMALL: u64 = 256 << 10;

/// Where a second thread begins to pay.
const OVERLAPPED: u64 = 4 << 20;

/// Pieces on their way between the reading and the hashing thread.
const PIECES: usize = 4;

/// Hashes from the offset of `source` to its end; the raw bytes go to `target` on the way. `size` is what to expect.
pub fn digest(
    source: BorrowedFd<'_>,
    target: Option<BorrowedFd<'_>>,
    size: u64,
    algorithm: Algorithm,
    buffer: &mut Vec<u8>,
    counters: &Counters,
) -> Result<Digest, Trouble> {
    let piece = |bytes: &mut [u8]| -> Result<usize, Trouble> {
        if counters.cancelled() {
            return Err(Trouble::reading(Errno::INTR));
        }
        let count = sys::read_full(source, bytes).map_err(Trouble::reading)?;
        if let Some(target) = target {
            sys::write_full(target, &bytes[..count]).map_err(Trouble::writing)?;
        }
        counters.add_bytes(count as u64);
        Ok(count)
    };
    let mut hasher = Hasher::new(algorithm);
    if size < OVERLAPPED {
        buffer.resize(CHUNK, 0);
        loop {
            let count = piece(buffer)?;
            hasher.update(&buffer[..count]);
            if count < CHUNK {
                return Ok(hasher.finish());
            }
        }
    }
    thread::scope(|scope| {
        let (full, to_hash) = sync_channel::<(Vec<u8>, usize)>(PIECES);
        let (empty, to_fill) = sync_channel::<Vec<u8>>(PIECES);
        let hashing = scope.spawn(move || {
            while let Ok((bytes, count)) = to_hash.recv() {
                hasher.update(&bytes[..count]);
                let _ = empty.send(bytes); // nobody fills any more at the end of the file
            }
            hasher.finish()
        });
        let mut made = 0;
        let read = loop {
            let mut bytes = if made < PIECES {
                made += 1;
                vec![0; CHUNK]
            } else {
                to_fill.recv().expect("the hashing thread runs until its channel is closed")
            };
            match piece(&mut bytes) {
                Err(trouble) => break Err(trouble),
                Ok(count) => {
                    full.send((bytes, count)).expect("the hashing thread runs until its channel is closed");
                    if count < CHUNK {
                        break Ok(());
                    }
                }
            }
        };
        drop(full);
        let digest = hashing.join().expect("hashing does not panic");
        read.map(|()| digest)
    })
}

/// Small files read whole, waiting to be hashed together. `T` says what each one is.
pub struct Batch<T> {
    bytes: Vec<u8>,
    items: Vec<(T, Range<usize>)>,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Batch { bytes: Vec::new(), items: Vec::new() }
    }
}

impl<T> Batch<T> {
    /// Reads what is left of `file` behind the bytes held so far. `None`: it is longer than `size`, or by far too long.
    ///
    /// The file's end is taken from one short read; whoever calls confirms the length by a stat.
    pub fn read(&mut self, file: impl AsFd, size: u64) -> Result<Option<Range<usize>>, Errno> {
        if size > SMALL {
            return Ok(None);
        }
        let (start, end) = (self.end(), self.end() + size as usize);
        if self.bytes.len() < end + 1 {
            self.bytes.resize(end + 1, 0);
        }
        let count = sys::read_once(file, &mut self.bytes[start..=end])?;
        Ok((start + count <= end).then_some(start..start + count))
    }

    fn end(&self) -> usize {
        self.items.last().map_or(0, |(_, range)| range.end)
    }

    /// Keeps the bytes that were read last.
    pub fn keep(&mut self, item: T, range: Range<usize>) {
        self.items.push((item, range));
    }

    pub fn is_full(&self) -> bool {
        self.end() > 2 << 20
    }

    /// Hashes everything held, then gives each item with its bytes and digest to `each`.
    pub fn drain(&mut self, algorithm: impl Fn(&T) -> Algorithm, mut each: impl FnMut(T, &[u8], Digest)) {
        let mut digests = vec![[0; 16]; self.items.len()];
        for wanted in [Algorithm::Md5, Algorithm::Dos2Unix] {
            let places: Vec<usize> =
                (0..self.items.len()).filter(|&place| algorithm(&self.items[place].0) == wanted).collect();
            let files: Vec<&[u8]> = places.iter().map(|&place| &self.bytes[self.items[place].1.clone()]).collect();
            for (&place, digest) in places.iter().zip(hash::small(wanted, &files)) {
                digests[place] = digest;
            }
        }
        for ((item, range), digest) in self.items.drain(..).zip(digests) {
            each(item, &self.bytes[range], digest);
        }
    }

    /// Gives each item with its bytes to `each`, unhashed.
    pub fn take(&mut self, mut each: impl FnMut(T, &[u8])) {
        for (item, range) in self.items.drain(..) {
            each(item, &self.bytes[range]);
        }
    }
}
