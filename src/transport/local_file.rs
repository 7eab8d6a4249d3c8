//! Files of the console's machine, with their checksums. A file that is sent to many hosts is read for its checksum once.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::Mutex;

use crate::domain::release::Digest;

/// How much is read at a time.
const PIECE: usize = 256 * 1024;

/// Files whose checksums are known.
#[derive(Debug, Default)]
pub struct LocalFiles {
    known: Mutex<BTreeMap<PathBuf, (Stamp, Digest)>>,
}

/// What changes when a file is written or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// An open file, which stays the same when another one gets its name.
#[derive(Debug)]
pub struct OpenFile {
    pub file: File,
    pub bytes: u64,
    pub sha256: Digest,
}

impl LocalFiles {
    /// Opens a file and returns it with its checksum.
    pub async fn open(&self, path: &Path) -> Result<OpenFile, String> {
        let cannot = |why: io::Error| format!("{} cannot be read: {why}", path.display());
        let mut file = File::open(path).await.map_err(cannot)?;
        let data = file.metadata().await.map_err(cannot)?;
        if !data.is_file() {
            return Err(format!("{} is not a file", path.display()));
        }
        let stamp = Stamp {
            device: data.dev(),
            inode: data.ino(),
            bytes: data.len(),
            modified: (data.mtime(), data.mtime_nsec()),
            changed: (data.ctime(), data.ctime_nsec()),
        };
        // Others wait for the same checksum instead of reading the file beside.
        let mut known = self.known.lock().await;
        let found = known.get(path).filter(|(of, _)| *of == stamp).map(|(_, sum)| sum.clone());
        let sha256 = match found {
            Some(sum) => sum,
            None => sum(&mut file).await.map_err(cannot)?,
        };
        known.insert(path.to_owned(), (stamp, sha256.clone()));
        Ok(OpenFile { file, bytes: data.len(), sha256 })
    }
}

impl OpenFile {
    /// Moves to this offset.
    pub async fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.file.seek(io::SeekFrom::Start(bytes)).await.map(|_| ())
    }
}

async fn sum(file: &mut File) -> io::Result<Digest> {
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece).await?;
        if read == 0 {
            break;
        }
        context.update(&piece[..read]);
    }
    let hex = HEXLOWER.encode(context.finish().as_ref());
    Digest::new(format!("sha256:{hex}")).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::checksum;

    #[tokio::test]
    async fn checksum_is_that_of_the_bytes_even_after_the_file_was_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shop.tgz");
        let files = LocalFiles::default();
        for text in ["first", "other"] {
            let new = dir.path().join("new");
            std::fs::write(&new, text).unwrap();
            std::fs::rename(&new, &path).unwrap();
            for _ in 0..2 {
                let open = files.open(&path).await.unwrap();
                let wanted = format!("sha256:{}", checksum::sha256(text));
                assert_eq!((open.sha256.as_str(), open.bytes), (wanted.as_str(), 5));
            }
        }
        assert!(files.open(dir.path()).await.unwrap_err().contains("is not a file"));
        let why = files.open(&dir.path().join("none")).await.unwrap_err();
        assert!(why.contains("cannot be read: No such file"), "{why}");
    }
}
