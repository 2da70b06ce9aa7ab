//! Asking an object folder: what it holds, and whether that is right. Setting aside what is not.

use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;

use crate::counters::Counters;
use crate::digests::Digests;
use crate::error::{Failure, Trouble};
use crate::hash::Algorithm;
use crate::link;
use crate::names::Name;
use crate::objects::{Found, Objects, plain};
use crate::stream::{self, Batch, SMALL};
use crate::sys::{self, Answer, Limits};
use crate::work;

const CHUNK: usize = 256;

/// What an object folder holds of a set of names. `corrupt` is a part of `missing`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Presence {
    pub missing: Digests,
    pub corrupt: Digests,
    pub size: u64,
}

#[derive(Default)]
struct Part {
    missing: Vec<Name>,
    corrupt: Vec<Name>,
    size: u64,
}

pub fn exists(
    folder: &[u8],
    digests: &Digests,
    algorithm: Algorithm,
    quarantine: Option<&[u8]>,
    jobs: usize,
    counters: &Counters,
) -> Result<Presence, Failure> {
    let Some(objects) = Objects::open(folder)? else {
        counters.add_files(digests.len() as u64);
        return Ok(Presence { missing: digests.clone(), ..Presence::default() });
    };
    let one = |part: &mut Part, name: &Name| {
        counters.add_files(1);
        match objects.find(name, algorithm, counters) {
            Ok(Found::Right(stat)) => part.size += stat.st_size as u64,
            Ok(Found::Wrong) => {
                part.corrupt.push(*name);
                part.missing.push(*name);
                if let Some(quarantine) = quarantine {
                    let _ = set_aside(&objects, name, quarantine); // it counts as missing all the same
                }
            }
            Ok(Found::Nothing) | Err(_) => part.missing.push(*name),
        }
    };
    let tasks: Vec<&[Name]> = digests.names().chunks(CHUNK).collect();
    let parts = work::run(
        tasks,
        jobs,
        counters,
        || (),
        |(), names| {
            let mut part = Part::default();
            names.iter().take_while(|_| !counters.cancelled()).for_each(|name| one(&mut part, name));
            part
        },
    )?;
    let mut all = Part::default();
    for part in parts {
        all.missing.extend(part.missing);
        all.corrupt.extend(part.corrupt);
        all.size += part.size;
    }
    Ok(Presence { missing: Digests::new(all.missing), corrupt: Digests::new(all.corrupt), size: all.size })
}

/// Moves an object into the folder `quarantine`, never over what was set aside before: it may be the one copy of
/// somebody's bytes.
fn set_aside(objects: &Objects, name: &Name, quarantine: &[u8]) -> Answer<()> {
    let aside = sys::make_folders(quarantine, 0o777)?;
    let path = name.path();
    for number in 0..1000 {
        let free = if number == 0 { name.text() } else { format!("{}.{number}", name.text()) };
        match sys::rename_new(objects.dir(), path.bytes(), aside.as_fd(), free.as_bytes(), &Limits::default()) {
            Err(Errno::EXIST) => {}
            Err(Errno::XDEV) => {
                let (temp, file) = sys::create_temporary(aside.as_fd(), 0o600)?;
                let moved = copy_aside(objects, name, &file).and_then(|()| {
                    sys::rename_new(aside.as_fd(), temp.as_bytes(), aside.as_fd(), free.as_bytes(), &Limits::default())
                });
                match moved {
                    Ok(()) => return sys::unlink(objects.dir(), path.bytes()),
                    Err(errno) => sys::unlink(aside.as_fd(), temp.as_bytes()).and(if errno == Errno::EXIST {
                        Ok(())
                    } else {
                        Err(errno)
                    })?,
                }
            }
            answer => return answer,
        }
    }
    Err(Errno::EXIST)
}

fn copy_aside(objects: &Objects, name: &Name, file: &OwnedFd) -> Answer<()> {
    let source = objects.open_object(name)?;
    link::copy_rest(&source, file, 0, &mut Vec::new(), &Counters::default(), &Limits::default()).map(|_| ())
}

/// Those whose bytes do not hash to their name; absent ones are not among them.
pub fn verify(
    folder: &[u8],
    digests: &Digests,
    algorithm: Algorithm,
    jobs: usize,
    counters: &Counters,
) -> Result<Digests, Failure> {
    let Some(objects) = Objects::open(folder)? else { return Ok(Digests::default()) };
    let tasks: Vec<&[Name]> = digests.names().chunks(CHUNK).collect();
    let wrong = work::run(tasks, jobs, counters, Batch::<Name>::default, |batch, names| {
        let mut wrong = Vec::new();
        for name in names {
            if counters.cancelled() {
                break;
            }
            counters.add_files(1);
            match read(&objects, batch, name, algorithm, counters) {
                Ok(true) => {}
                Ok(false) => wrong.push(*name),
                Err(trouble) if trouble.code == crate::error::Code::Missing => {}
                Err(_) => wrong.push(*name), // what cannot be read is not there to be trusted
            }
            if batch.is_full() {
                drain(batch, algorithm, &mut wrong);
            }
        }
        drain(batch, algorithm, &mut wrong);
        wrong
    })?;
    Ok(Digests::new(wrong.concat()))
}

fn drain(batch: &mut Batch<Name>, algorithm: Algorithm, wrong: &mut Vec<Name>) {
    let mut add = |name: Name, digest| wrong.extend((name.digest != digest).then_some(name));
    batch.drain(|name| plain(name, algorithm), |name, _, digest| add(name, digest));
}

/// Puts a small object into the batch, to be judged later; judges a large one at once.
fn read(
    objects: &Objects,
    batch: &mut Batch<Name>,
    name: &Name,
    algorithm: Algorithm,
    counters: &Counters,
) -> Result<bool, Trouble> {
    let file = objects.open_object(name).map_err(Trouble::reading)?;
    let size = sys::fstat(&file).map_err(Trouble::reading)?.st_size as u64;
    if size <= SMALL
        && let Some(range) = batch.read(&file, size).map_err(Trouble::reading)?
        && range.len() as u64 == size
    {
        counters.add_bytes(size);
        batch.keep(*name, range);
        return Ok(true);
    }
    sys::rewind(&file).map_err(Trouble::reading)?;
    let plain = plain(name, algorithm);
    Ok(stream::digest(file.as_fd(), None, size, plain, &mut Vec::new(), counters)? == name.digest)
}
