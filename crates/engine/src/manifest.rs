//! The sorted (path, digest) pairs of a directory: a `.dir` object as a value.

use std::sync::Arc;

use crate::digests::Digests;
use crate::json;
use crate::md5::{Digest, Md5};
use crate::names::Name;
use crate::paths::Paths;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    pub paths: Arc<Paths>,
    pub digests: Arc<Vec<Digest>>,
}

/// From an old manifest to a new one. `changed_old` and `changed_new` have the same paths.
#[derive(Debug, Default)]
pub struct Diff {
    pub added: Manifest,
    pub removed: Manifest,
    pub changed_old: Manifest,
    pub changed_new: Manifest,
}

/// A manifest in the making; pairs must come in order.
#[derive(Default)]
struct Builder {
    paths: Paths,
    digests: Vec<Digest>,
}

impl Builder {
    fn push(&mut self, path: &[u8], digest: Digest) {
        self.paths.push(path);
        self.digests.push(digest);
    }

    fn done(self) -> Manifest {
        Manifest { paths: Arc::new(self.paths), digests: Arc::new(self.digests) }
    }
}

/// Which of two sorted manifests has the next path.
enum Side {
    Left,
    Right,
    Both,
}

/// Walks two manifests side by side in the order of their paths; `each` gets the side and both places.
fn side_by_side(left: &Manifest, right: &Manifest, mut each: impl FnMut(Side, usize, usize)) {
    let (mut a, mut b) = (0, 0);
    while a < left.len() || b < right.len() {
        let order = match (a < left.len(), b < right.len()) {
            (true, true) => left.paths.get(a).cmp(right.paths.get(b)),
            (true, false) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        match order {
            std::cmp::Ordering::Less => each(Side::Left, a, b),
            std::cmp::Ordering::Greater => each(Side::Right, a, b),
            std::cmp::Ordering::Equal => each(Side::Both, a, b),
        }
        a += usize::from(order.is_le());
        b += usize::from(order.is_ge());
    }
}

impl Manifest {
    /// Of pairs in any order; the later of two with one path wins.
    pub fn from_pairs(pairs: &Paths, digests: &[Digest]) -> Manifest {
        let mut order: Vec<u32> = (0..pairs.len() as u32).collect();
        let path = |place: u32| pairs.get(place as usize);
        if !order.is_sorted_by(|&a, &b| path(a) < path(b)) {
            order.sort_by(|&a, &b| path(a).cmp(path(b)));
        }
        let mut made =
            Builder { paths: Paths::with_capacity(pairs.len(), 0), digests: Vec::with_capacity(pairs.len()) };
        for (at, &place) in order.iter().enumerate() {
            if order.get(at + 1).is_none_or(|&next| path(next) != path(place)) {
                made.push(path(place), digests[place as usize]);
            }
        }
        made.done()
    }

    /// Of a `.dir` object's bytes. Says what is wrong with bytes that are none.
    pub fn parse(data: &[u8]) -> Result<Manifest, String> {
        let (paths, digests) = json::parse(data)?;
        Ok(Manifest::from_pairs(&paths, &digests))
    }

    pub fn len(&self) -> usize {
        self.digests.len()
    }

    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Digest)> {
        self.paths.iter().zip(self.digests.iter())
    }

    pub fn get(&self, path: &[u8]) -> Option<Digest> {
        self.paths.find(path).ok().map(|place| self.digests[place])
    }

    /// Gives the bytes of the `.dir` object to `sink`, piece by piece.
    fn write(&self, mut sink: impl FnMut(&[u8])) {
        let mut piece = Vec::with_capacity(1 << 16);
        piece.push(b'[');
        for (place, (path, digest)) in self.iter().enumerate() {
            if place > 0 {
                piece.extend_from_slice(b", ");
            }
            json::write_pair(&mut piece, path, digest);
            if piece.len() > (1 << 16) - 512 {
                sink(&piece);
                piece.clear();
            }
        }
        piece.push(b']');
        sink(&piece);
    }

    pub fn dump(&self) -> Vec<u8> {
        let mut data = Vec::new();
        self.write(|piece| data.extend_from_slice(piece));
        data
    }

    /// MD5 of `dump()`.
    pub fn digest(&self) -> Digest {
        let mut md5 = Md5::default();
        self.write(|piece| md5.update(piece));
        md5.finish()
    }

    pub fn names(&self) -> Digests {
        Digests::new(self.digests.iter().map(|&digest| Name::file(digest)).collect())
    }

    fn select(&self, mut keep: impl FnMut(usize) -> bool) -> Manifest {
        let mut made = Builder::default();
        for place in (0..self.len()).filter(|&place| keep(place)) {
            made.push(self.paths.get(place), self.digests[place]);
        }
        made.done()
    }

    pub fn below(&self, prefix: &[u8]) -> Manifest {
        let (own, range) = self.paths.below(prefix);
        if range.len() == self.len() {
            return self.clone();
        }
        self.select(|place| Some(place) == own || range.contains(&place))
    }

    pub fn without(&self, prefix: &[u8]) -> Manifest {
        let (own, range) = self.paths.below(prefix);
        self.select(|place| Some(place) != own && !range.contains(&place))
    }

    pub fn only(&self, paths: &[Vec<u8>]) -> Manifest {
        let mut places: Vec<usize> = paths.iter().filter_map(|path| self.paths.find(path).ok()).collect();
        places.sort_unstable();
        places.dedup();
        let mut made = Builder::default();
        for place in places {
            made.push(self.paths.get(place), self.digests[place]);
        }
        made.done()
    }

    pub fn merge(&self, other: &Manifest) -> Manifest {
        let mut made = Builder::default();
        side_by_side(self, other, |side, a, b| match side {
            Side::Left => made.push(self.paths.get(a), self.digests[a]),
            Side::Right | Side::Both => made.push(other.paths.get(b), other.digests[b]),
        });
        made.done()
    }

    /// The paths with the folder `strip` taken off their front and the folder `add` put there. Refuses a path that is not
    /// below `strip`: dropping it in silence would lose data.
    pub fn rebase(&self, strip: &[u8], add: &[u8]) -> Result<Manifest, Vec<u8>> {
        let mut made = Builder::default();
        for (path, digest) in self.iter() {
            let rest = match strip {
                b"" => path,
                _ => match path.strip_prefix(strip).and_then(|rest| rest.strip_prefix(b"/")) {
                    Some(rest) => rest,
                    None => return Err(path.to_vec()),
                },
            };
            made.paths.push_joined(add, rest);
            made.digests.push(*digest);
        }
        Ok(made.done())
    }

    pub fn diff(&self, new: &Manifest) -> Diff {
        let [mut added, mut removed, mut changed_old, mut changed_new]: [Builder; 4] = Default::default();
        side_by_side(self, new, |side, a, b| match side {
            Side::Left => removed.push(self.paths.get(a), self.digests[a]),
            Side::Right => added.push(new.paths.get(b), new.digests[b]),
            Side::Both if self.digests[a] != new.digests[b] => {
                changed_old.push(self.paths.get(a), self.digests[a]);
                changed_new.push(new.paths.get(b), new.digests[b]);
            }
            Side::Both => {}
        });
        Diff {
            added: added.done(),
            removed: removed.done(),
            changed_old: changed_old.done(),
            changed_new: changed_new.done(),
        }
    }

    pub fn has_folder(&self, prefix: &[u8]) -> bool {
        !self.paths.below(prefix).1.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::hex;

    fn manifest(pairs: &[(&str, u8)]) -> Manifest {
        let mut paths = Paths::default();
        pairs.iter().for_each(|(path, _)| paths.push(path.as_bytes()));
        Manifest::from_pairs(&paths, &pairs.iter().map(|&(_, byte)| [byte; 16]).collect::<Vec<_>>())
    }

    #[test]
    fn the_sample_of_the_format() {
        let text = "[{\"md5\": \"9dd4e461268c8034f5c8564e155c67a6\", \"relpath\": \"B\"}, \
                    {\"md5\": \"21ad0bd836b90d08f4cf640b4c298e7c\", \"relpath\": \"\\u00e9 x\\\"\\\\.txt\"}]";
        let parsed = Manifest::parse(text.as_bytes()).unwrap();
        assert_eq!(parsed.len(), 2);
        assert_eq!(parsed.dump(), text.as_bytes());
        assert_eq!(&hex(&Manifest::default().digest()), b"d751713988987e9331980363e24189ce");
        assert_eq!(parsed.digest(), crate::md5::digest(text.as_bytes()));
    }

    #[test]
    fn sorts_by_code_point_and_keeps_the_last() {
        let one = manifest(&[("a/b", 1), ("a.b", 2), ("é", 3), ("a/b", 4)]);
        assert_eq!(one.paths.iter().collect::<Vec<_>>(), ["a.b".as_bytes(), b"a/b", "é".as_bytes()]);
        assert_eq!(one.get(b"a/b"), Some([4; 16]));
    }

    #[test]
    fn folders_are_taken_and_left_out() {
        let all = manifest(&[("a", 1), ("b/c", 2), ("b/d/e", 3), ("b0", 4)]);
        assert_eq!(all.below(b"b"), manifest(&[("b/c", 2), ("b/d/e", 3)]));
        assert_eq!(all.without(b"b"), manifest(&[("a", 1), ("b0", 4)]));
        assert_eq!(all.below(b""), all);
        assert!(all.without(b"").is_empty());
        assert!(all.has_folder(b"b/d") && !all.has_folder(b"a"));
        assert_eq!(all.below(b"b").rebase(b"b", b"x/y").unwrap(), manifest(&[("x/y/c", 2), ("x/y/d/e", 3)]));
        assert_eq!(all.rebase(b"b", b""), Err(b"a".to_vec()));
    }

    #[test]
    fn two_manifests_are_compared_and_merged() {
        let (old, new) = (manifest(&[("a", 1), ("b", 2), ("c", 3)]), manifest(&[("b", 9), ("c", 3), ("d", 4)]));
        let diff = old.diff(&new);
        assert_eq!(diff.added, manifest(&[("d", 4)]));
        assert_eq!(diff.removed, manifest(&[("a", 1)]));
        assert_eq!((diff.changed_old, diff.changed_new), (manifest(&[("b", 2)]), manifest(&[("b", 9)])));
        assert_eq!(old.merge(&new), manifest(&[("a", 1), ("b", 9), ("c", 3), ("d", 4)]));
    }
}
