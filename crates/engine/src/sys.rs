//! The system calls, in one place. Whoever ports the engine starts here and in `link`.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{self, AtFlags, CWD, Dir, FileType, Mode, OFlags, RenameFlags, Stat};
use rustix::io::{self, Errno, retry_on_intr};

use crate::names;

pub type Answer<T> = Result<T, Errno>;

/// What to do without, as if the system lacked it: tests switch these on to walk the fallbacks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    pub no_reflink: bool,
    pub no_copy_range: bool,
    pub no_hardlink: bool,
    pub no_symlink: bool,
    pub no_d_type: bool,
    pub no_exclusive_rename: bool,
    pub other_file_system: bool,
}

pub fn open_folder(dir: BorrowedFd<'_>, path: &[u8]) -> Answer<OwnedFd> {
    let path = if path.is_empty() { b"." } else { path };
    retry_on_intr(|| fs::openat(dir, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()))
}

/// Opens a folder that must not be a link.
pub fn open_real_folder(dir: BorrowedFd<'_>, name: &[u8]) -> Answer<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(dir, name, flags, Mode::empty()))
}

/// Opens a folder by its path from the working directory.
pub fn open_top(path: &[u8]) -> Answer<OwnedFd> {
    open_folder(CWD, path)
}

/// Opens a file for reading. A pipe is opened without waiting for whoever writes to it.
pub fn open_read(dir: BorrowedFd<'_>, path: &[u8]) -> Answer<OwnedFd> {
    retry_on_intr(|| fs::openat(dir, path, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty()))
}

/// Makes a new file, for reading and writing whatever `mode` says of later openers.
pub fn create(dir: BorrowedFd<'_>, path: &[u8], mode: u32) -> Answer<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(dir, path, flags, Mode::from_raw_mode(mode)))
}

pub fn stat(dir: BorrowedFd<'_>, path: &[u8]) -> Answer<Stat> {
    fs::statat(dir, path, AtFlags::empty())
}

pub fn lstat(dir: BorrowedFd<'_>, path: &[u8]) -> Answer<Stat> {
    fs::statat(dir, path, AtFlags::SYMLINK_NOFOLLOW)
}

pub fn fstat(file: impl AsFd) -> Answer<Stat> {
    fs::fstat(file)
}

pub fn chmod(file: impl AsFd, mode: u32) -> Answer<()> {
    fs::fchmod(file, Mode::from_raw_mode(mode))
}

pub fn chmod_at(dir: BorrowedFd<'_>, path: &[u8], mode: u32) -> Answer<()> {
    fs::chmodat(dir, path, Mode::from_raw_mode(mode), AtFlags::empty())
}

pub fn unlink(dir: BorrowedFd<'_>, path: &[u8]) -> Answer<()> {
    fs::unlinkat(dir, path, AtFlags::empty())
}

pub fn remove_folder(dir: BorrowedFd<'_>, path: &[u8]) -> Answer<()> {
    fs::unlinkat(dir, path, AtFlags::REMOVEDIR)
}

pub fn rename(from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8]) -> Answer<()> {
    fs::renameat(from, old, to, new)
}

/// Renames unless `new` is there (EEXIST). Where the file system cannot do both at once, looks first.
pub fn rename_new(from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8], limits: &Limits) -> Answer<()> {
    #[cfg(target_os = "linux")]
    if !limits.no_exclusive_rename {
        match fs::renameat_with(from, old, to, new, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
            answer => return answer,
        }
    }
    match lstat(to, new) {
        Err(Errno::NOENT) => rename(from, old, to, new),
        Err(errno) => Err(errno),
        Ok(_) => Err(Errno::EXIST),
    }
}

pub fn hard_link(from: BorrowedFd<'_>, old: &[u8], to: BorrowedFd<'_>, new: &[u8]) -> Answer<()> {
    fs::linkat(from, old, to, new, AtFlags::empty())
}

pub fn symbolic_link(target: &[u8], dir: BorrowedFd<'_>, name: &[u8]) -> Answer<()> {
    fs::symlinkat(target, dir, name)
}

/// Makes one folder; `mode` loses the umask unless it has the set-group bit. One that is there is fine.
pub fn make_folder(dir: BorrowedFd<'_>, name: &[u8], mode: u32) -> Answer<()> {
    match fs::mkdirat(dir, name, Mode::from_raw_mode(mode & 0o777)) {
        Ok(()) if mode & 0o2000 != 0 => chmod_at(dir, name, mode),
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Makes the folder `path` (from the working directory) and those above it, and opens it.
pub fn make_folders(path: &[u8], mode: u32) -> Answer<OwnedFd> {
    match open_top(path) {
        Err(Errno::NOENT) => {}
        answer => return answer,
    }
    let trimmed = path.strip_suffix(b"/").unwrap_or(path);
    if let Some(end) = trimmed.iter().rposition(|&byte| byte == b'/')
        && end > 0
    {
        make_folders(&trimmed[..end], mode)?;
    }
    make_folder(CWD, trimmed, mode)?;
    open_top(trimmed)
}

/// Reads until `buffer` is full or the file ends; how many bytes came.
pub fn read_full(file: impl AsFd, buffer: &mut [u8]) -> Answer<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match retry_on_intr(|| io::read(&file, &mut buffer[filled..]))? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

/// As `read_full`, but takes a short read for the end of the file: one call less, to be confirmed by a stat.
pub fn read_once(file: impl AsFd, buffer: &mut [u8]) -> Answer<usize> {
    retry_on_intr(|| io::read(&file, &mut *buffer))
}

pub fn rewind(file: impl AsFd) -> Answer<()> {
    fs::seek(file, fs::SeekFrom::Start(0)).map(|_| ())
}

pub fn write_full(file: impl AsFd, mut bytes: &[u8]) -> Answer<()> {
    while !bytes.is_empty() {
        let count = retry_on_intr(|| io::write(&file, bytes))?;
        if count == 0 {
            return Err(Errno::IO);
        }
        bytes = &bytes[count..];
    }
    Ok(())
}

/// Calls `each` with the name and type of every entry. The type is unknown where the file system does not say.
pub fn entries(folder: impl AsFd, limits: &Limits, mut each: impl FnMut(&[u8], FileType) -> Answer<()>) -> Answer<()> {
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            each(name, if limits.no_d_type { FileType::Unknown } else { entry.file_type() })?;
        }
    }
    Ok(())
}

/// The process's umask. Costs a read of procfs: ask once for each verb.
pub fn umask() -> u32 {
    // Setting it to read it would race with other threads that make files; Linux tells it without.
    let told = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
        u32::from_str_radix(line.trim(), 8).ok()
    });
    told.unwrap_or_else(|| {
        let mask = rustix::process::umask(Mode::from_raw_mode(0o022));
        rustix::process::umask(mask);
        mask.bits()
    })
}

/// Asks the file system of `folder` to write everything to disk.
pub fn sync(folder: BorrowedFd<'_>) -> Answer<()> {
    #[cfg(target_os = "linux")]
    {
        fs::syncfs(folder)
    }
    #[cfg(not(target_os = "linux"))]
    {
        fs::fsync(folder)
    }
}

/// The modification time in nanoseconds.
#[allow(clippy::unnecessary_cast, reason = "not every system has both fields in 64 bits")]
pub fn mtime(stat: &Stat) -> i64 {
    (stat.st_mtime as i64).saturating_mul(1_000_000_000).saturating_add(stat.st_mtime_nsec as i64)
}

/// A new file with a name of its own; the name is given back.
pub fn create_temporary(dir: BorrowedFd<'_>, mode: u32) -> Answer<(String, OwnedFd)> {
    loop {
        let name = names::temporary();
        match create(dir, name.as_bytes(), mode) {
            Err(Errno::EXIST) => {}
            answer => return answer.map(|file| (name, file)),
        }
    }
}
