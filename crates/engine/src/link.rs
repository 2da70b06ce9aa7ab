//! The ways to make a file have another's bytes: reflink, hard link, symbolic link, copy.

use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;

use crate::counters::Counters;
use crate::sys::{self, Answer, Limits};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    Reflink,
    Hardlink,
    Symlink,
    Copy,
}

impl Link {
    pub const ALL: [Link; 4] = [Link::Reflink, Link::Hardlink, Link::Symlink, Link::Copy];

    pub fn parse(word: &str) -> Option<Link> {
        Link::ALL.into_iter().find(|link| link.word() == word)
    }

    pub fn word(self) -> &'static str {
        match self {
            Link::Reflink => "reflink",
            Link::Hardlink => "hardlink",
            Link::Symlink => "symlink",
            Link::Copy => "copy",
        }
    }
}

/// Whether the answer means that the file systems do not support a call, rather than that it failed.
pub fn unsupported(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::OPNOTSUPP | Errno::XDEV | Errno::INVAL | Errno::NOTTY | Errno::NOSYS | Errno::PERM | Errno::MLINK
    )
}

/// Makes `target` share the blocks of `source`.
pub fn clone(source: impl AsFd, target: impl AsFd, limits: &Limits) -> Answer<()> {
    #[cfg(target_os = "linux")]
    if !limits.no_reflink {
        return rustix::fs::ioctl_ficlone(target, source);
    }
    let _ = (source, target, limits);
    Err(Errno::OPNOTSUPP)
}

pub fn hard_link(from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8], limits: &Limits) -> Answer<()> {
    if limits.no_hardlink { Err(Errno::OPNOTSUPP) } else { sys::hard_link(from, old, to, new) }
}

pub fn symbolic_link(target: &[u8], dir: BorrowedFd<'_>, name: &[u8], limits: &Limits) -> Answer<()> {
    if limits.no_symlink { Err(Errno::OPNOTSUPP) } else { sys::symbolic_link(target, dir, name) }
}

/// Copies from the offset of `source` to its end, inside the kernel where it can. Stops early when cancelled (EINTR).
pub fn copy_rest(
    source: impl AsFd,
    target: impl AsFd,
    size: u64,
    buffer: &mut Vec<u8>,
    counters: &Counters,
    limits: &Limits,
) -> Answer<u64> {
    let mut copied = 0;
    buffer.resize(1 << 18, 0);
    // Small ones fit the buffer, and then two calls do: reading on would find the end.
    if size < buffer.len() as u64 {
        let count = sys::read_once(&source, buffer)?;
        sys::write_full(&target, &buffer[..count])?;
        copied = count as u64;
        counters.add_bytes(copied);
        if copied == size {
            return Ok(copied);
        }
    }
    if size > buffer.len() as u64 && !limits.no_copy_range {
        loop {
            if counters.cancelled() {
                return Err(Errno::INTR);
            }
            match copy_range(&source, &target) {
                Ok(0) => break,
                Ok(count) => {
                    copied += count;
                    counters.add_bytes(count);
                }
                Err(errno) if unsupported(errno) || errno == Errno::BADF => break,
                Err(errno) => return Err(errno),
            }
        }
    }
    // Also after a success: some file systems say 0 at once for what is not empty.
    loop {
        if counters.cancelled() {
            return Err(Errno::INTR);
        }
        let count = sys::read_full(&source, buffer)?;
        sys::write_full(&target, &buffer[..count])?;
        copied += count as u64;
        counters.add_bytes(count as u64);
        if count < buffer.len() {
            return Ok(copied);
        }
    }
}

#[cfg(target_os = "linux")]
fn copy_range(source: impl AsFd, target: impl AsFd) -> Answer<u64> {
    rustix::io::retry_on_intr(|| rustix::fs::copy_file_range(&source, None, &target, None, 1 << 26))
        .map(|count| count as u64)
}

#[cfg(not(target_os = "linux"))]
fn copy_range(_: impl AsFd, _: impl AsFd) -> Answer<u64> {
    Err(Errno::NOSYS)
}
