//! What can go wrong: on one path (`Problem`, the verb goes on) or altogether (`Failure`, the verb ends).

use rustix::io::Errno;

/// The kinds of trouble that callers tell apart. The words are those of `PROBLEM_CODES` in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Missing,
    Unreadable,
    NotPermitted,
    DanglingLink,
    Special,
    IsFolder,
    IgnoreFile,
    InTheWay,
    Changed,
    Corrupt,
    NoSpace,
    Io,
}

impl Code {
    pub fn word(self) -> &'static str {
        match self {
            Code::Missing => "missing",
            Code::Unreadable => "unreadable",
            Code::NotPermitted => "not-permitted",
            Code::DanglingLink => "dangling-link",
            Code::Special => "special",
            Code::IsFolder => "is-folder",
            Code::IgnoreFile => "ignore-file",
            Code::InTheWay => "in-the-way",
            Code::Changed => "changed",
            Code::Corrupt => "corrupt",
            Code::NoSpace => "no-space",
            Code::Io => "io",
        }
    }

    /// The code for a system call that was to read.
    pub fn reading(errno: Errno) -> Code {
        match errno {
            Errno::NOENT | Errno::NOTDIR => Code::Missing,
            Errno::ACCESS | Errno::PERM => Code::Unreadable,
            Errno::LOOP => Code::DanglingLink,
            Errno::ISDIR => Code::IsFolder,
            _ => Code::Io,
        }
    }

    /// The code for a system call that was to change something.
    pub fn writing(errno: Errno) -> Code {
        match errno {
            Errno::ACCESS | Errno::PERM | Errno::ROFS => Code::NotPermitted,
            Errno::NOSPC | Errno::DQUOT => Code::NoSpace,
            Errno::NOENT => Code::Missing,
            Errno::NOTDIR | Errno::EXIST | Errno::LOOP | Errno::ISDIR | Errno::NOTEMPTY => Code::InTheWay,
            _ => Code::Io,
        }
    }
}

/// Trouble with one path, which is relative and in the packed encoding of `paths`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub path: Vec<u8>,
    pub code: Code,
    pub message: String,
}

/// Trouble that has no path yet: the code that calls knows which one it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub code: Code,
    pub message: String,
}

impl Trouble {
    pub fn new(code: Code, message: &str) -> Trouble {
        Trouble { code, message: message.to_owned() }
    }

    pub fn reading(errno: Errno) -> Trouble {
        Trouble { code: Code::reading(errno), message: text(errno) }
    }

    pub fn writing(errno: Errno) -> Trouble {
        Trouble { code: Code::writing(errno), message: text(errno) }
    }

    pub fn at(self, path: &[u8]) -> Problem {
        Problem { path: path.to_vec(), code: self.code, message: self.message }
    }

    /// As the end of a verb: `path` is on disk, absolute or relative to the working directory.
    pub fn fatal(self, path: &[u8]) -> Failure {
        Failure::Problem(self.at(path))
    }
}

/// Why a verb gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Cancelled,
    Problem(Problem),
}

/// The system's words for `errno`, without the number that Rust adds.
pub fn text(errno: Errno) -> String {
    let full = std::io::Error::from_raw_os_error(errno.raw_os_error()).to_string();
    match full.rfind(" (os error") {
        Some(end) => full[..end].to_owned(),
        None => full,
    }
}
