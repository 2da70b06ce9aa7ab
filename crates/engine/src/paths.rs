//! Many relative paths in one block of memory, and the encoding they have there.
//!
//! Packed paths are UTF-8 in which a byte of the name on disk that is no UTF-8 stands as the surrogate U+DC80..U+DCFF, in
//! the three bytes that UTF-8 would give it. So the order of bytes is the order of code points, as Python sorts `str`.

use std::borrow::Cow;

/// Paths one behind the other; `ends[i]` is where path `i` ends.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Paths {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Paths {
    pub fn with_capacity(count: usize, bytes: usize) -> Paths {
        Paths { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(count) }
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn get(&self, place: usize) -> &[u8] {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.bytes[start..self.ends[place]]
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|place| self.get(place))
    }

    pub fn push(&mut self, path: &[u8]) {
        self.bytes.extend_from_slice(path);
        self.ends.push(self.bytes.len());
    }

    /// Adds `folder/name`, or `name` alone where `folder` is "".
    pub fn push_joined(&mut self, folder: &[u8], name: &[u8]) {
        if !folder.is_empty() {
            self.bytes.extend_from_slice(folder);
            if !name.is_empty() {
                self.bytes.push(b'/');
            }
        }
        self.push(name);
    }

    /// Where `path` is, or where it would have to be put.
    pub fn find(&self, path: &[u8]) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).cmp(path) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }

    /// The first place from `from` on whose path is not below `path` in order; quick when it is near.
    pub fn seek(&self, from: usize, path: &[u8]) -> usize {
        let mut step = 1;
        let mut low = from;
        let mut high = from;
        while high < self.len() && self.get(high) < path {
            low = high + 1;
            high += step;
            step *= 2;
        }
        high = high.min(self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle) < path {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The places of `folder` itself and of what lies below it: (the place of itself if there, the range below).
    pub fn below(&self, folder: &[u8]) -> (Option<usize>, std::ops::Range<usize>) {
        if folder.is_empty() {
            return (None, 0..self.len());
        }
        let mut edge = folder.to_vec();
        edge.push(b'/');
        let start = self.find(&edge).unwrap_or_else(|place| place);
        *edge.last_mut().expect("it ends with a slash") = b'/' + 1;
        let end = self.find(&edge).unwrap_or_else(|place| place);
        (self.find(folder).ok(), start..end)
    }

    /// `ends` and bytes in memory: for the tests of the memory budget.
    pub fn weight(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}

/// A name on disk as a packed path.
pub fn from_disk(name: &[u8]) -> Cow<'_, [u8]> {
    if name.is_ascii() || std::str::from_utf8(name).is_ok() {
        return Cow::Borrowed(name);
    }
    let mut packed = Vec::with_capacity(name.len() + 8);
    for chunk in name.utf8_chunks() {
        packed.extend_from_slice(chunk.valid().as_bytes());
        for &byte in chunk.invalid() {
            // U+DC00 + byte, where byte is 0x80..0xFF.
            packed.extend_from_slice(&[0xED, 0xB0 | (byte >> 6), 0x80 | (byte & 0x3F)]);
        }
    }
    Cow::Owned(packed)
}

/// A packed path as the name on disk; `None` for one that no name can have (a surrogate that stands for no byte).
pub fn to_disk(path: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !path.contains(&0xED) {
        return Some(Cow::Borrowed(path));
    }
    let mut name = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some(&byte) = rest.first() {
        if byte == 0xED && rest.len() >= 3 && rest[1] >= 0xA0 {
            if rest[1] & 0xFE != 0xB2 {
                return None;
            }
            name.push((rest[1] & 0x3) << 6 | (rest[2] & 0x3F));
            rest = &rest[3..];
        } else {
            name.push(byte);
            rest = &rest[1..];
        }
    }
    Some(Cow::Owned(name))
}

/// Why `path` may not stand in a manifest.
pub fn refusal(path: &[u8]) -> Option<&'static str> {
    if path.is_empty() {
        return Some("is empty");
    }
    if path.contains(&0) {
        return Some("has a NUL");
    }
    if path[0] == b'/' {
        return Some("is absolute");
    }
    if path.split(|&byte| byte == b'/').any(|part| part.is_empty() || part == b"." || part == b"..") {
        return Some("has an empty, '.' or '..' part");
    }
    None
}

/// The folder of a path ("" at the top) and its last part.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(place) => (&path[..place], &path[place + 1..]),
        None => (b"", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bytes_go_there_and_back() {
        for name in [&b"plain"[..], b"\xff\xfe", b"a\x80b", b"\xed\xb2\x80", "é☃".as_bytes(), b"\xf0\x9f\x98"] {
            let packed = from_disk(name);
            assert_eq!(to_disk(&packed).unwrap().as_ref(), name);
        }
        assert_eq!(from_disk(b"\x80").as_ref(), &[0xED, 0xB2, 0x80]);
        assert_eq!(from_disk(b"\xff").as_ref(), &[0xED, 0xB3, 0xBF]);
        assert_eq!(to_disk(&[0xED, 0xA0, 0x80]), None);
        assert_eq!(to_disk("\u{d7ff}".as_bytes()).unwrap().as_ref(), "\u{d7ff}".as_bytes());
    }

    #[test]
    fn below_takes_the_folder_and_nothing_else() {
        let mut paths = Paths::default();
        for path in ["a", "a-b", "a/b", "a/c/d", "a0", "b"] {
            paths.push(path.as_bytes());
        }
        assert_eq!(paths.below(b"a"), (Some(0), 2..4));
        assert_eq!(paths.below(b""), (None, 0..6));
        assert_eq!(paths.below(b"zz"), (None, 6..6));
        assert_eq!(paths.seek(0, b"a0"), 4);
        assert_eq!(paths.seek(5, b"zz"), 6);
    }

    #[test]
    fn refuses_what_could_lead_out() {
        for path in ["", "/a", "a//b", "a/../b", ".", "..", "a/", "a\0"] {
            assert!(refusal(path.as_bytes()).is_some(), "{path:?}");
        }
        for path in ["a", "a/b", "...", ".a/..b"] {
            assert!(refusal(path.as_bytes()).is_none(), "{path:?}");
        }
    }
}
