//! The archives of the releases: real ones, made when the demo starts.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::process::Command;

use super::services::NAME_FILE;
use crate::demo::pace::Pace;
use crate::demo::release::{RELEASES, Release};
use crate::demo::standin::sums;

/// The app, and the name of its archives.
pub const APP: &str = "shop";
/// The directory of the archives, beside the inventory.
pub const ARCHIVES: &str = "archives";

/// An archive with its checksum.
#[derive(Debug)]
pub struct Archive {
    pub release: Release,
    pub path: PathBuf,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

const PREPARE: &str = r#"#!/bin/sh
# What cannot be done at build time. Its output is shown on the operator's screen.
set -eu
echo "prepare: $RELEASE beside ${PREVIOUS_RELEASE:-nothing}"
sleep "$PAUSE"
echo "  $(grep -c . configuration.json) lines of configuration"
sleep "$PAUSE"
echo "  $(wc -c <assets/shop.js | tr -d ' ') bytes of assets"
echo "$RELEASE beside ${PREVIOUS_RELEASE:-nothing}" >prepared
echo "prepare: $RELEASE is ready"
"#;

const DEPLOYED: &str = r#"#!/bin/sh
# What must be done once the link names this version.
set -eu
echo "deployed: $RELEASE is live after ${PREVIOUS_RELEASE:-nothing}"
sleep "$PAUSE"
echo "$RELEASE" >>"$APP_DIR/deployed.log"
echo "  written down in deployed.log"
"#;

/// Makes the archive of each release with its checksum beside it, and returns the first one.
///
/// # Errors
///
/// A file cannot be written, or `tar` fails.
pub async fn make(root: &Path, pace: &Pace) -> io::Result<Archive> {
    let (store, work) = (root.join(ARCHIVES), root.join("build"));
    fs::create_dir_all(&store)?;
    let mut first = None;
    for release in RELEASES {
        let archive = pack(release, &store, &work, pace).await?;
        first.get_or_insert(archive);
    }
    fs::remove_dir_all(work)?;
    first.ok_or_else(|| io::Error::other("there is no release"))
}

async fn pack(release: Release, store: &Path, work: &Path, pace: &Pace) -> io::Result<Archive> {
    let name = format!("{APP}-{}", release.tag);
    fill(&work.join(&name), release, pace)?;
    let path = store.join(format!("{name}.tar.gz"));
    let tar = Command::new("tar")
        .arg("-czf")
        .arg(&path)
        .arg("-C")
        .arg(work)
        .arg(&name)
        // Without it, tar of macOS adds files of its own.
        .env("COPYFILE_DISABLE", "1")
        .output()
        .await?;
    if !tar.status.success() {
        let said = String::from_utf8_lossy(&tar.stderr);
        return Err(io::Error::other(format!("tar {}: {}", tar.status, said.trim())));
    }
    let sha256 = sums::hex(&fs::read(&path)?);
    let beside = store.join(format!("{name}.tar.gz.sha256"));
    fs::write(beside, format!("{sha256}  {name}.tar.gz\n"))?;
    // The list of releases shows when an archive was built.
    let age = u64::try_from(release.minutes_old()).unwrap_or_default();
    let built = SystemTime::now() - Duration::from_secs(60 * age);
    fs::File::options().write(true).open(&path)?.set_modified(built)?;
    Ok(Archive { release, path, sha256 })
}

/// Writes what a build leaves.
fn fill(directory: &Path, release: Release, pace: &Pace) -> io::Result<()> {
    for part in ["bin", "assets"] {
        fs::create_dir_all(directory.join(part))?;
    }
    fs::write(directory.join(NAME_FILE), format!("{}\n", release.tag))?;
    fs::write(directory.join("assets/shop.js"), assets(release))?;
    let pause = format!("PAUSE={}\n", pace.hook.as_secs_f64());
    for (name, text) in [("prepare", PREPARE), ("deployed", DEPLOYED)] {
        let path = directory.join("bin").join(name);
        let text = text.replacen("set -eu\n", &format!("set -eu\n{pause}"), 1);
        fs::write(&path, text)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Returns a text that gzip makes little smaller, so that an upload has something to send.
fn assets(release: Release) -> String {
    let line = |number: u32| sums::hex(format!("{} {number}", release.tag).as_bytes()) + "\n";
    (0..4000).map(line).collect()
}
