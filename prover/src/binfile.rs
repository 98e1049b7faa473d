//! The container of iden3's binary files: magic, version, section count, then typed sections.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// Length of a section's own header: type (4 bytes) and size (8 bytes).
const SECTION_HEADER: usize = 12;

/// A reader over bytes that it never leaves; every failure names `what` was being read.
pub struct Cursor<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Cursor<'a> {
    /// Start at the first byte of `bytes`.
    pub fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    /// Bytes that are left.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (head, tail) = self
            .rest
            .split_at_checked(count)
            .ok_or_else(|| Error::File(format!("{} is truncated", self.what)))?;
        self.rest = tail;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// A little-endian 32-bit number.
    pub fn u32(&mut self) -> Result<u32, Error> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A little-endian 64-bit number.
    pub fn u64(&mut self) -> Result<u64, Error> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Refuse bytes that nobody asked for.
    pub fn finish(self) -> Result<(), Error> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(Error::File(format!(
            "{} has {} bytes too many",
            self.what,
            self.rest.len()
        )))
    }
}

/// The sections of one file, each type exactly once.
pub struct Sections<'a> {
    list: Vec<(u32, &'a [u8])>,
}

impl<'a> Sections<'a> {
    /// Split `bytes`; the file must have this magic, version and set of section types, in any order.
    pub fn parse(
        bytes: &'a [u8],
        magic: &[u8; 4],
        version: u32,
        types: &[u32],
    ) -> Result<Self, Error> {
        let mut cursor = Cursor::new(bytes, "the file");
        if cursor.take(4)? != magic {
            return Err(Error::File(format!(
                "this is not a {} file",
                String::from_utf8_lossy(magic)
            )));
        }
        let found = cursor.u32()?;
        if found != version {
            return Err(Error::File(format!(
                "file version is {found}, not {version}"
            )));
        }
        let count = cursor.u32()?;
        let mut list: Vec<(u32, &'a [u8])> = Vec::with_capacity(types.len());
        for _ in 0..count {
            let (kind, body) = next_section(&mut cursor)?;
            if !types.contains(&kind) {
                return Err(Error::File(format!("section {kind} is not supported")));
            }
            if list.iter().any(|(other, _)| *other == kind) {
                return Err(Error::File(format!("section {kind} is there twice")));
            }
            list.push((kind, body));
        }
        cursor.finish()?;
        match types
            .iter()
            .find(|kind| !list.iter().any(|(other, _)| other == *kind))
        {
            Some(kind) => Err(Error::File(format!("section {kind} is missing"))),
            None => Ok(Self { list }),
        }
    }

    /// The bytes of a section.
    pub fn get(&self, kind: u32) -> Result<&'a [u8], Error> {
        self.list
            .iter()
            .find(|(other, _)| *other == kind)
            .map(|(_, body)| *body)
            .ok_or_else(|| Error::File(format!("section {kind} is missing")))
    }
}

fn next_section<'a>(cursor: &mut Cursor<'a>) -> Result<(u32, &'a [u8]), Error> {
    if cursor.remaining() < SECTION_HEADER {
        return Err(Error::File("the list of sections is truncated".into()));
    }
    let kind = cursor.u32()?;
    let size = usize::try_from(cursor.u64()?).unwrap_or(usize::MAX);
    if size > cursor.remaining() {
        return Err(Error::File(format!("section {kind} is truncated")));
    }
    Ok((kind, cursor.take(size)?))
}

/// Assemble a file from its sections, in the order given.
pub fn assemble(magic: &[u8; 4], version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let total: usize = sections
        .iter()
        .map(|(_, body)| body.len() + SECTION_HEADER)
        .sum();
    let mut out = Vec::with_capacity(SECTION_HEADER + total);
    out.extend_from_slice(magic);
    out.extend_from_slice(&version.to_le_bytes());
    out.extend_from_slice(&(sections.len() as u32).to_le_bytes());
    for (kind, body) in sections {
        out.extend_from_slice(&kind.to_le_bytes());
        out.extend_from_slice(&(body.len() as u64).to_le_bytes());
        out.extend_from_slice(body);
    }
    out
}

/// Read a regular file whole.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let refuse = |error: std::io::Error| Error::File(format!("cannot read the file: {error}"));
    if !fs::metadata(path).map_err(refuse)?.is_file() {
        return Err(Error::File(
            "cannot read the file: not a regular file".into(),
        ));
    }
    fs::read(path).map_err(refuse)
}

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// As the process's umask says.
    Umask,
    /// The owner only, where the system knows owners.
    Owner,
}

/// Write a file so that readers see the old one or the whole new one, never a part.
pub fn write(path: &Path, bytes: &[u8], audience: Audience) -> Result<(), Error> {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let refuse = |error: std::io::Error| Error::File(format!("cannot write the file: {error}"));
    let number = WRITES.fetch_add(1, Ordering::Relaxed);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{number}.partial", std::process::id()));
    let partial = PathBuf::from(name);
    let mut file = options(audience).open(&partial).map_err(refuse)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        let _ = fs::remove_file(&partial);
    }
    written.map_err(refuse)
}

/// Options that never open what is already there, such as somebody's link.
fn options(audience: Audience) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if audience == Audience::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = audience;
    options
}
