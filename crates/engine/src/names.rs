//! Names that we give: of objects, in hex and as `XX/REST`, and of temporary files.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::md5::Digest;

/// The name of an object: a digest, and whether `.dir` is behind it. The order is that of the names as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    pub digest: Digest,
    pub tree: bool,
}

const DIR: &[u8] = b".dir";
const DIGITS: &[u8; 16] = b"0123456789abcdef";

pub fn hex(digest: &Digest) -> [u8; 32] {
    let mut digits = [0; 32];
    for (byte, pair) in digest.iter().zip(digits.chunks_exact_mut(2)) {
        pair.copy_from_slice(&folder(*byte));
    }
    digits
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// A digest from 32 lower-case hex digits.
pub fn parse_hex(digits: &[u8]) -> Option<Digest> {
    if digits.len() != 32 {
        return None;
    }
    let mut digest = [0; 16];
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(digest)
}

impl Name {
    pub fn file(digest: Digest) -> Name {
        Name { digest, tree: false }
    }

    pub fn parse(name: &[u8]) -> Option<Name> {
        match name.strip_suffix(DIR) {
            Some(digits) => Some(Name { digest: parse_hex(digits)?, tree: true }),
            None => Some(Name { digest: parse_hex(name)?, tree: false }),
        }
    }

    /// From the folder `XX` and the file `REST` in it.
    pub fn from_parts(folder: &[u8], rest: &[u8]) -> Option<Name> {
        Name::parse(&[folder, rest].concat())
    }

    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&hex(&self.digest)).into_owned();
        if self.tree {
            text.push_str(".dir");
        }
        text
    }

    /// Where the object lies in an object folder.
    pub fn path(&self) -> ObjectPath {
        let digits = hex(&self.digest);
        let mut bytes = [0; 37];
        bytes[..2].copy_from_slice(&digits[..2]);
        bytes[2] = b'/';
        bytes[3..33].copy_from_slice(&digits[2..]);
        if self.tree {
            bytes[33..].copy_from_slice(DIR);
        }
        ObjectPath { bytes, len: if self.tree { 37 } else { 33 } }
    }
}

/// `XX/REST`, without a heap.
pub struct ObjectPath {
    bytes: [u8; 37],
    len: usize,
}

impl ObjectPath {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The folder `XX`.
    pub fn folder(&self) -> &[u8] {
        &self.bytes[..2]
    }

    /// `REST`, the name in that folder.
    pub fn rest(&self) -> &[u8] {
        &self.bytes[3..self.len]
    }
}

/// The folder `XX` of the digests that begin with `byte`.
pub fn folder(byte: u8) -> [u8; 2] {
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

/// A name that no other file has: `.cairn-` + 16 hex digits + `.tmp`.
pub fn temporary() -> String {
    static SEED: OnceLock<u64> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let seed = *SEED.get_or_init(|| {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u32(std::process::id());
        hasher.finish()
    });
    format!(".cairn-{:016x}.tmp", seed.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)))
}

pub fn is_temporary(name: &[u8]) -> bool {
    name.strip_prefix(b".cairn-")
        .and_then(|rest| rest.strip_suffix(b".tmp"))
        .is_some_and(|digits| digits.len() == 16 && digits.iter().all(|&byte| digit(byte).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        let text = "d751713988987e9331980363e24189ce.dir";
        let name = Name::parse(text.as_bytes()).unwrap();
        assert!(name.tree);
        assert_eq!(name.text(), text);
        assert_eq!(name.path().bytes(), b"d7/51713988987e9331980363e24189ce.dir");
        assert_eq!(Name::from_parts(b"d7", b"51713988987e9331980363e24189ce.dir"), Some(name));
        for wrong in ["", "d7", "D751713988987e9331980363e24189ce", "d751713988987e9331980363e24189ce.DIR"] {
            assert_eq!(Name::parse(wrong.as_bytes()), None);
        }
    }

    #[test]
    fn temporary_names_are_known_again() {
        let (one, two) = (temporary(), temporary());
        assert_ne!(one, two);
        assert!(is_temporary(one.as_bytes()) && !is_temporary(b".cairn-1.tmp"));
    }
}
