//! A sorted set of object names.

use crate::names::Name;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digests {
    names: Vec<Name>,
}

impl Digests {
    pub fn new(mut names: Vec<Name>) -> Digests {
        names.sort_unstable();
        names.dedup();
        names.shrink_to_fit();
        Digests { names }
    }

    pub fn names(&self) -> &[Name] {
        &self.names
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn contains(&self, name: &Name) -> bool {
        self.names.binary_search(name).is_ok()
    }

    pub fn trees(&self, tree: bool) -> Digests {
        Digests { names: self.names.iter().filter(|name| name.tree == tree).copied().collect() }
    }

    /// Those of both sets for which `keep(in self, in other)` holds.
    fn combine(&self, other: &Digests, keep: impl Fn(bool, bool) -> bool) -> Digests {
        let (mut left, mut right) = (self.names.iter().peekable(), other.names.iter().peekable());
        let mut names = Vec::new();
        while let Some(name) = match (left.peek(), right.peek()) {
            (Some(&a), Some(&b)) => Some(*a.min(b)),
            (a, b) => a.or(b).map(|&name| *name),
        } {
            let in_left = left.next_if(|&&own| own == name).is_some();
            let in_right = right.next_if(|&&own| own == name).is_some();
            if keep(in_left, in_right) {
                names.push(name);
            }
        }
        Digests { names }
    }

    pub fn union(&self, other: &Digests) -> Digests {
        self.combine(other, |_, _| true)
    }

    pub fn intersection(&self, other: &Digests) -> Digests {
        self.combine(other, |left, right| left && right)
    }

    pub fn difference(&self, other: &Digests) -> Digests {
        self.combine(other, |left, right| left && !right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(bytes: &[u8]) -> Digests {
        Digests::new(bytes.iter().map(|&byte| Name { digest: [byte >> 1; 16], tree: byte & 1 == 1 }).collect())
    }

    #[test]
    fn sets_behave_like_sets() {
        let (a, b) = (set(&[5, 1, 1, 2]), set(&[2, 9]));
        assert_eq!(a.union(&b), set(&[1, 2, 5, 9]));
        assert_eq!(a.intersection(&b), set(&[2]));
        assert_eq!(a.difference(&b), set(&[1, 5]));
        assert_eq!(a.trees(true), set(&[1, 5]));
        assert!(a.contains(&a.names()[0]) && !b.contains(&a.names()[0]));
    }
}
