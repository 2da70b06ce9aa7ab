//! The two ways to name a file's bytes: MD5, and 2.x's MD5 of the text with `\r\n` read as `\n`.

use std::borrow::Cow;

use crate::md5::{self, Digest, Md5};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Md5,
    Dos2Unix,
}

impl Algorithm {
    pub fn parse(word: &str) -> Option<Algorithm> {
        match word {
            "md5" => Some(Algorithm::Md5),
            "md5-dos2unix" => Some(Algorithm::Dos2Unix),
            _ => None,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Algorithm::Md5 => "md5",
            Algorithm::Dos2Unix => "md5-dos2unix",
        }
    }
}

/// The pieces that md5-dos2unix looks at one by one; streams are read in pieces of just this size.
pub const CHUNK: usize = 1 << 20;

/// Whether 2.x took a chunk for text: by its first 512 bytes, no NUL and at most 30 % that are not printable ASCII.
fn is_text(chunk: &[u8]) -> bool {
    let head = &chunk[..chunk.len().min(512)];
    let odd = head.iter().filter(|&&byte| !matches!(byte, 0x20..=0x7E | b'\n' | b'\r' | b'\t' | 0x0C | 0x08)).count();
    !head.contains(&0) && odd * 10 <= head.len() * 3
}

/// One chunk as md5-dos2unix sees it.
fn unix(chunk: &[u8]) -> Cow<'_, [u8]> {
    if !is_text(chunk) || !chunk.windows(2).any(|pair| pair == b"\r\n") {
        return Cow::Borrowed(chunk);
    }
    let mut kept = Vec::with_capacity(chunk.len());
    for (place, &byte) in chunk.iter().enumerate() {
        if byte != b'\r' || chunk.get(place + 1) != Some(&b'\n') {
            kept.push(byte);
        }
    }
    Cow::Owned(kept)
}

/// A stream that is fed in pieces of `CHUNK` bytes, all but the last of them whole.
pub struct Hasher {
    algorithm: Algorithm,
    md5: Md5,
}

impl Hasher {
    pub fn new(algorithm: Algorithm) -> Hasher {
        Hasher { algorithm, md5: Md5::default() }
    }

    pub fn update(&mut self, chunk: &[u8]) {
        match self.algorithm {
            Algorithm::Md5 => self.md5.update(chunk),
            Algorithm::Dos2Unix => self.md5.update(&unix(chunk)),
        }
    }

    pub fn finish(self) -> Digest {
        self.md5.finish()
    }
}

/// The digests of whole files, each at most `CHUNK` bytes long.
pub fn small(algorithm: Algorithm, files: &[&[u8]]) -> Vec<Digest> {
    match algorithm {
        Algorithm::Md5 => md5::digests(files),
        Algorithm::Dos2Unix => {
            let texts: Vec<Cow<'_, [u8]>> = files.iter().map(|file| unix(file)).collect();
            md5::digests(&texts.iter().map(|text| &text[..]).collect::<Vec<_>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(bytes: &[u8]) -> Digest {
        small(Algorithm::Dos2Unix, &[bytes])[0]
    }

    #[test]
    fn text_loses_its_carriage_returns() {
        assert_eq!(one(b"a\r\nb\r\n"), md5::digest(b"a\nb\n"));
        assert_eq!(one(b"a\r\r\nb\r"), md5::digest(b"a\r\nb\r"));
        assert_eq!(one(b""), md5::digest(b""));
    }

    #[test]
    fn the_border_of_text_is_thirty_per_cent() {
        let mut bytes = vec![b'x'; 98];
        bytes.extend_from_slice(b"\r\n");
        bytes[..30].fill(0xC3);
        assert_ne!(one(&bytes), md5::digest(&bytes));
        bytes[30] = 0xC3;
        assert_eq!(one(&bytes), md5::digest(&bytes));
    }

    #[test]
    fn a_nul_counts_in_the_first_512_bytes_alone() {
        let mut bytes = vec![b'x'; 600];
        bytes.extend_from_slice(b"\r\n");
        bytes[512] = 0;
        assert_ne!(one(&bytes), md5::digest(&bytes));
        bytes[511] = 0;
        assert_eq!(one(&bytes), md5::digest(&bytes));
    }

    #[test]
    fn a_pair_split_between_chunks_stays() {
        let mut bytes = vec![b'x'; CHUNK - 1];
        bytes.extend_from_slice(b"\r\n\r\n");
        let mut hasher = Hasher::new(Algorithm::Dos2Unix);
        bytes.chunks(CHUNK).for_each(|chunk| hasher.update(chunk));
        bytes.remove(CHUNK + 1);
        assert_eq!(hasher.finish(), md5::digest(&bytes));
    }
}
