//! The JSON of `.dir` objects: a lenient reader of any list of `{md5, relpath}`, and the one spelling that we write.

use crate::md5::Digest;
use crate::names;
use crate::paths::{self, Paths};

/// Deeper nesting in keys that we do not know is refused rather than followed.
const DEPTH: usize = 200;

const NO_LIST: &str = "not a list of mappings with md5 and relpath";

/// The pairs of a `.dir` object in file order, duplicates and all.
pub fn parse(data: &[u8]) -> Result<(Paths, Vec<Digest>), String> {
    if std::str::from_utf8(data).is_err() {
        return Err("not UTF-8".to_owned());
    }
    let mut reader = Reader { data, at: 0 };
    let mut found = (Paths::default(), Vec::new());
    reader.blank();
    if !reader.take(b'[') {
        reader.skip(0)?;
        return Err(NO_LIST.to_owned());
    }
    let (mut key, mut path, mut digits) = (Vec::new(), Vec::new(), Vec::new());
    if !reader.blank_then(b']') {
        loop {
            found.1.push(reader.pair(&mut key, &mut path, &mut digits)?);
            found.0.push(&path);
            if !reader.more(b']')? {
                break;
            }
        }
    }
    reader.blank();
    if reader.at < data.len() {
        return Err(reader.odd());
    }
    Ok(found)
}

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn odd(&self) -> String {
        format!("not JSON at byte {}", self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn blank_then(&mut self, byte: u8) -> bool {
        self.blank();
        self.take(byte)
    }

    /// After a member: whether another one follows, or the end `close`.
    fn more(&mut self, close: u8) -> Result<bool, String> {
        self.blank();
        if self.take(b',') {
            self.blank();
            return Ok(true);
        }
        if self.take(close) { Ok(false) } else { Err(self.odd()) }
    }

    /// One `{md5, relpath}`; the path goes to `path`.
    fn pair(&mut self, key: &mut Vec<u8>, path: &mut Vec<u8>, digits: &mut Vec<u8>) -> Result<Digest, String> {
        let (mut has_path, mut has_digest) = (false, false);
        self.blank();
        if !self.take(b'{') {
            self.skip(0)?;
            return Err(NO_LIST.to_owned());
        }
        if !self.blank_then(b'}') {
            loop {
                key.clear();
                self.string(key)?;
                if !self.blank_then(b':') {
                    return Err(self.odd());
                }
                self.blank();
                let is_text = self.peek() == Some(b'"');
                match &key[..] {
                    b"relpath" if is_text => {
                        path.clear();
                        self.string(path)?;
                    }
                    b"md5" if is_text => {
                        digits.clear();
                        self.string(digits)?;
                    }
                    _ => self.skip(1)?,
                }
                match &key[..] {
                    b"relpath" => has_path = is_text,
                    b"md5" => has_digest = is_text,
                    _ => {}
                }
                if !self.more(b'}')? {
                    break;
                }
            }
        }
        if !has_path || !has_digest {
            return Err(NO_LIST.to_owned());
        }
        normalise(path)?;
        digits.make_ascii_lowercase();
        names::parse_hex(digits).ok_or_else(|| format!("'{}' is no digest", String::from_utf8_lossy(digits)))
    }

    fn string(&mut self, into: &mut Vec<u8>) -> Result<(), String> {
        if !self.take(b'"') {
            return Err(self.odd());
        }
        loop {
            let rest = &self.data[self.at..];
            let plain =
                rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20).unwrap_or(rest.len());
            into.extend_from_slice(&rest[..plain]);
            self.at += plain;
            if self.take(b'"') {
                return Ok(());
            }
            if !self.take(b'\\') {
                return Err(self.odd());
            }
            self.escape(into)?;
        }
    }

    fn escape(&mut self, into: &mut Vec<u8>) -> Result<(), String> {
        let byte = self.peek().ok_or_else(|| self.odd())?;
        self.at += 1;
        into.push(match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let mut point = self.four()?;
                if (0xD800..0xDC00).contains(&point) && self.data[self.at..].starts_with(b"\\u") {
                    let back = self.at;
                    self.at += 2;
                    match self.four()? {
                        low @ 0xDC00..0xE000 => point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00),
                        _ => self.at = back,
                    }
                }
                push_point(into, point);
                return Ok(());
            }
            _ => return Err(self.odd()),
        });
        Ok(())
    }

    fn four(&mut self) -> Result<u32, String> {
        let digits = self.data.get(self.at..self.at + 4).ok_or_else(|| self.odd())?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(self.odd());
        }
        self.at += 4;
        Ok(digits.iter().fold(0, |value, &byte| value * 16 + (byte as char).to_digit(16).unwrap_or(0)))
    }

    /// Passes over any value.
    fn skip(&mut self, depth: usize) -> Result<(), String> {
        if depth > DEPTH {
            return Err("nested too deeply".to_owned());
        }
        self.blank();
        match self.peek() {
            Some(b'"') => self.string(&mut Vec::new()),
            Some(b'[') => {
                self.at += 1;
                if !self.blank_then(b']') {
                    loop {
                        self.skip(depth + 1)?;
                        if !self.more(b']')? {
                            break;
                        }
                    }
                }
                Ok(())
            }
            Some(b'{') => {
                self.at += 1;
                if !self.blank_then(b'}') {
                    loop {
                        self.string(&mut Vec::new())?;
                        if !self.blank_then(b':') {
                            return Err(self.odd());
                        }
                        self.skip(depth + 1)?;
                        if !self.more(b'}')? {
                            break;
                        }
                    }
                }
                Ok(())
            }
            _ => self.scalar(),
        }
    }

    /// A number or a bare word, as Python's reader takes them.
    fn scalar(&mut self) -> Result<(), String> {
        let rest = &self.data[self.at..];
        for word in [&b"null"[..], b"true", b"false", b"NaN", b"Infinity", b"-Infinity"] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(());
            }
        }
        let end = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
        let number = &rest[..end.unwrap_or(rest.len())];
        if !is_number(number) {
            return Err(self.odd());
        }
        self.at += number.len();
        Ok(())
    }
}

/// `-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?`
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some(power) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let power = power.strip_prefix(b"+").or_else(|| power.strip_prefix(b"-")).unwrap_or(power);
        let count = digits(power);
        return count > 0 && count == power.len();
    }
    rest.is_empty()
}

/// A code point in the packed encoding, surrogates too.
fn push_point(into: &mut Vec<u8>, point: u32) {
    match char::from_u32(point) {
        Some(character) => into.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            into.extend_from_slice(&[0xED, 0x80 | (point >> 6 & 0x3F) as u8, 0x80 | (point & 0x3F) as u8]);
        }
    }
}

/// Brings a packed path to the one spelling that its bytes on disk have, or says why it may not stand in a manifest.
pub fn normalise(path: &mut Vec<u8>) -> Result<(), String> {
    if path.contains(&0xED) {
        let name = paths::to_disk(path)
            .ok_or_else(|| format!("path '{}' cannot be a file's name", String::from_utf8_lossy(path)))?;
        let packed = paths::from_disk(&name).into_owned();
        *path = packed;
    }
    match paths::refusal(path) {
        Some(why) => Err(format!("path '{}' {why}", String::from_utf8_lossy(path))),
        None => Ok(()),
    }
}

/// `{"md5": ..., "relpath": ...}`
pub fn write_pair(into: &mut Vec<u8>, path: &[u8], digest: &Digest) {
    into.extend_from_slice(b"{\"md5\": \"");
    into.extend_from_slice(&names::hex(digest));
    into.extend_from_slice(b"\", \"relpath\": \"");
    if path.iter().all(|&byte| (0x20..0x7F).contains(&byte) && byte != b'"' && byte != b'\\') {
        into.extend_from_slice(path);
    } else {
        write_text(into, path);
    }
    into.extend_from_slice(b"\"}");
}

/// Text with everything outside printable ASCII escaped.
fn write_text(into: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(&first) = rest.first() {
        let length = match first {
            0..0x80 => 1,
            0x80..0xE0 => 2,
            0xE0..0xF0 => 3,
            _ => 4,
        };
        let (bytes, next) = rest.split_at(length.min(rest.len()));
        rest = next;
        let lead = u32::from(first) & if length == 1 { 0x7F } else { 0x7F >> length };
        let point = bytes[1..].iter().fold(lead, |point, &byte| point << 6 | u32::from(byte & 0x3F));
        match point {
            0x22 => into.extend_from_slice(b"\\\""),
            0x5C => into.extend_from_slice(b"\\\\"),
            0x0A => into.extend_from_slice(b"\\n"),
            0x0D => into.extend_from_slice(b"\\r"),
            0x09 => into.extend_from_slice(b"\\t"),
            0x08 => into.extend_from_slice(b"\\b"),
            0x0C => into.extend_from_slice(b"\\f"),
            0x20..0x7F => into.push(first),
            0..0x10000 => into.extend_from_slice(format!("\\u{point:04x}").as_bytes()),
            _ => {
                let (high, low) = (0xD800 + ((point - 0x10000) >> 10), 0xDC00 + ((point - 0x10000) & 0x3FF));
                into.extend_from_slice(format!("\\u{high:04x}\\u{low:04x}").as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "9dd4e461268c8034f5c8564e155c67a6";

    fn path_of(spelled: &str) -> Result<Vec<u8>, String> {
        let text = format!(" [ {{\"x\" : [1, {{\"y\": -0.5e+3}}, null], \"relpath\":{spelled},\"md5\":\"{HEX}\"}}\n] ");
        parse(text.as_bytes()).map(|(paths, _)| paths.get(0).to_vec())
    }

    #[test]
    fn reads_escapes_and_writes_them_back() {
        for (spelled, path) in [
            ("\"a/b\"", "a/b".as_bytes()),
            ("\"\\u00e9 x\\\"\\\\.txt\"", "é x\"\\.txt".as_bytes()),
            ("\"\\ud83d\\ude00\"", "😀".as_bytes()),
            ("\"\\udc80\"", &[0xED, 0xB2, 0x80]),
            ("\"\\n\\r\\t\\b\\f\\u0001\\u007f\"", b"\n\r\t\x08\x0c\x01\x7f"),
        ] {
            assert_eq!(path_of(spelled).unwrap(), path);
            let mut written = Vec::new();
            write_pair(&mut written, path, &[0; 16]);
            let tail = format!("\"relpath\": {spelled}}}");
            assert!(written.ends_with(tail.as_bytes()), "{}", String::from_utf8_lossy(&written));
        }
    }

    #[test]
    fn refuses_what_is_no_directory() {
        for text in
            ["", "{}", "1", "[1]", "[{}]", "[", "[{\"md5\": 1, \"relpath\": \"a\"}]", "[],", "[] x", "[[]]", "nul"]
        {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        for path in ["\"../a\"", "\"\"", "\"/a\"", "\"a\\u0000\"", "\"\\ud800\"", "\"a", "null", "\"a\nb\"", "\"\\x\""]
        {
            assert!(path_of(path).is_err(), "{path}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        assert!(parse(b" [ ] ").is_ok());
    }
}
