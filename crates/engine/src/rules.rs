//! Ignore rules, as `dvc.ignore` makes them: regexes over paths relative to the folder a rule stands in.

use std::sync::{Arc, Mutex};

use regex::{Regex, RegexBuilder};

/// One rule as it comes in. `base` is relative to the project's root; both strings have been through `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub base: String,
    pub regex: String,
    pub negated: bool,
    pub folders_only: bool,
}

struct Compiled {
    group: usize,
    regex: Regex,
    negated: bool,
    folders_only: bool,
}

/// All rules of one base: one regex tells whether any of them could match at all.
struct Group {
    base: String,
    any: Regex,
}

/// Rules ready for use. The last one that matches decides.
pub struct Rules {
    rules: Vec<Compiled>,
    groups: Vec<Group>,
}

/// A packed path as text. The surrogates of odd bytes become characters of a private plane, so that every regex sees one
/// character for each of them, as Python's does.
pub fn text(path: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(path) {
        Ok(text) => text.into(),
        Err(_) => {
            let mut made = String::with_capacity(path.len() + 8);
            let mut rest = path;
            while !rest.is_empty() {
                let chunk = rest.utf8_chunks().next().expect("something is left");
                made.push_str(chunk.valid());
                rest = &rest[chunk.valid().len()..];
                if let [0xED, high, low, ..] = *rest {
                    let byte = u32::from(high & 3) << 6 | u32::from(low & 0x3F);
                    made.push(char::from_u32(0x10_0000 + byte).expect("in plane 16"));
                    rest = &rest[3..];
                } else if let Some(&byte) = rest.first() {
                    made.push(char::from_u32(0x10_0000 + u32::from(byte)).expect("in plane 16"));
                    rest = &rest[1..];
                }
            }
            made.into()
        }
    }
}

/// Python's spelling of a regex as this crate reads it: inside `[...]` some characters mean more here than there.
fn translate(regex: &str) -> String {
    let mut made = String::with_capacity(regex.len() + 8);
    let mut letters = regex.chars().peekable();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let next = letters.next().unwrap_or('\\');
                // Python lets any non-letter be escaped; this crate ASCII punctuation alone.
                if next.is_ascii_alphanumeric() || next.is_ascii_punctuation() {
                    made.push('\\');
                }
                made.push(next);
            }
            '[' if !in_class => {
                in_class = true;
                made.push('[');
                if letters.next_if_eq(&'^').is_some() {
                    made.push('^');
                }
                if letters.next_if_eq(&']').is_some() {
                    made.push_str("\\]");
                }
            }
            ']' if in_class => {
                in_class = false;
                made.push(']');
            }
            '[' | '&' | '~' if in_class => {
                made.push('\\');
                made.push(letter);
            }
            _ => made.push(letter),
        }
    }
    made
}

fn compile(regex: &str) -> Result<Regex, String> {
    let size = 1 << 26;
    let built = RegexBuilder::new(&format!("^(?:{regex})$")).dot_matches_new_line(true).size_limit(size).build();
    built.map_err(|error| error.to_string())
}

impl Rules {
    /// As `new`, but remembers the last answer: a command scans many folders by the same rules.
    pub fn shared(rules: Vec<Rule>) -> Result<Arc<Rules>, String> {
        static LAST: Mutex<Option<(Vec<Rule>, Arc<Rules>)>> = Mutex::new(None);
        let mut last = LAST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((known, made)) = &*last
            && *known == rules
        {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(Rules::new(&rules)?);
        *last = Some((rules, Arc::clone(&made)));
        Ok(made)
    }

    /// Says which regex is none.
    pub fn new(rules: &[Rule]) -> Result<Rules, String> {
        let mut made = Rules { rules: Vec::with_capacity(rules.len()), groups: Vec::new() };
        let mut patterns: Vec<Vec<String>> = Vec::new();
        for rule in rules {
            let pattern = translate(&rule.regex);
            let group = match made.groups.iter().position(|group| group.base == rule.base) {
                Some(group) => group,
                None => {
                    made.groups.push(Group { base: rule.base.clone(), any: compile("")? });
                    patterns.push(Vec::new());
                    made.groups.len() - 1
                }
            };
            let regex = compile(&pattern)?;
            patterns[group].push(format!("(?:{pattern})"));
            let (negated, folders_only) = (rule.negated, rule.folders_only);
            made.rules.push(Compiled { group, regex, negated, folders_only });
        }
        for (group, patterns) in made.groups.iter_mut().zip(patterns) {
            group.any = compile(&patterns.join("|"))?;
        }
        Ok(made)
    }

    /// Whether `path`, relative to the project's root and packed, is ignored.
    pub fn ignores(&self, path: &[u8], is_folder: bool) -> bool {
        if self.rules.is_empty() {
            return false;
        }
        let path = text(path);
        let below = |base: &str| match base {
            "" => Some(&*path),
            _ => path.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')),
        };
        if !self.groups.iter().any(|group| below(&group.base).is_some_and(|rest| group.any.is_match(rest))) {
            return false;
        }
        for rule in self.rules.iter().rev() {
            if (is_folder || !rule.folders_only)
                && below(&self.groups[rule.group].base).is_some_and(|rest| rule.regex.is_match(rest))
            {
                return !rule.negated;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(list: &[(&str, &str, bool, bool)]) -> Rules {
        let made: Vec<Rule> = list
            .iter()
            .map(|&(base, regex, negated, folders_only)| Rule {
                base: base.into(),
                regex: regex.into(),
                negated,
                folders_only,
            })
            .collect();
        Rules::new(&made).unwrap()
    }

    #[test]
    fn the_last_match_decides() {
        let rules = rules(&[
            ("", "(?:.*/)?[^/]*\\.log", false, false),
            ("", "(?:.*/)?keep\\.log", true, false),
            ("", "build", false, true),
            ("sub", "x", false, false),
        ]);
        assert!(rules.ignores(b"a/b.log", false));
        assert!(!rules.ignores(b"a/keep.log", false));
        assert!(rules.ignores(b"build", true) && !rules.ignores(b"build", false));
        assert!(rules.ignores(b"sub/x", false) && !rules.ignores(b"x", false) && !rules.ignores(b"subx/x", false));
    }

    #[test]
    fn classes_and_odd_bytes_mean_what_they_mean_in_python() {
        let rules =
            rules(&[("", "[]a[&&~]b", false, false), ("", "x[^/]", false, false), ("", "\\ \\é.", false, false)]);
        for path in ["[b", "]b", "&b", "~b", "ab", " é\n"] {
            assert!(rules.ignores(path.as_bytes(), false), "{path}");
        }
        assert!(rules.ignores(b"x\xed\xb2\x80", false));
        assert!(!rules.ignores(b"x\xed\xb2\x80\xed\xb2\x80", false));
    }
}
