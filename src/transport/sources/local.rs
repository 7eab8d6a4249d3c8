//! Lists of this machine: a directory, and what a command prints.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::process::Command;
use tokio::time::timeout;

use super::about::About;
use super::listed::{Listed, no_template};
use crate::base::text::clean_line;
use crate::domain::catalog::{ListSummary, SourceError, SourceErrorKind, Template};
use crate::domain::release::Tag;

/// For a command, which may ask a server.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// The most names that are listed. Nobody reads more; others are typed by hand.
const MOST: usize = 20_000;

/// Lists the entries of a directory that fit the template of a name.
pub async fn directory(
    path: &Path,
    name: &Template,
    about: &About,
) -> Result<(Vec<Listed>, ListSummary), SourceError> {
    let listed = name.listed_name().ok_or_else(|| no_template(about))?;
    let cannot = |why: io::Error| {
        let kind = match why.kind() {
            io::ErrorKind::NotFound => SourceErrorKind::NotFound,
            io::ErrorKind::PermissionDenied => SourceErrorKind::Denied,
            _ => SourceErrorKind::Unreachable,
        };
        about.error(kind, format!("it cannot be read: {why}"), "check the path in the inventory")
    };
    let mut entries = tokio::fs::read_dir(path).await.map_err(cannot)?;
    let (mut found, mut summary) = (Vec::new(), ListSummary::default());
    while let Some(entry) = entries.next_entry().await.map_err(cannot)? {
        let tag = entry.file_name().to_str().and_then(|name| listed.release(name));
        let Some(tag) = tag else { continue };
        // A link is what it leads to.
        let Ok(data) = tokio::fs::metadata(entry.path()).await else { continue };
        if data.is_dir() != listed.is_directory {
            continue;
        }
        if found.len() == MOST {
            summary.truncated = true;
            break;
        }
        found.push(Listed { tag, made_at: data.modified().ok().map(DateTime::<Utc>::from) });
    }
    Ok((found, summary))
}

/// Runs a command and takes each line of its output as a release.
pub async fn command(
    words: &[String],
    directory: Option<&Path>,
    about: &About,
) -> Result<(Vec<Listed>, ListSummary), SourceError> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(about.error(SourceErrorKind::NotAsked, "the command is empty", ""));
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let failed = |why: String| {
        about.error(SourceErrorKind::Unreachable, why, "try the command in a shell on this machine")
    };
    let output = timeout(COMMAND_LIMIT, command.output())
        .await
        .map_err(|_| failed(format!("it did not end within {} s", COMMAND_LIMIT.as_secs())))?
        .map_err(|why| failed(format!("it was not started: {why}")))?;
    if !output.status.success() {
        let said = output.stderr.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty());
        let said = said.map_or(String::new(), |line| format!(": {}", clean_line(line)));
        return Err(failed(format!("it failed ({}){said}", output.status)));
    }
    let (mut found, mut summary) = (Vec::new(), ListSummary::default());
    for line in String::from_utf8_lossy(&output.stdout).lines().map(str::trim) {
        match Tag::new(line) {
            Ok(tag) if found.len() < MOST => found.push(Listed { tag, made_at: None }),
            Ok(_) => summary.truncated = true,
            Err(_) => summary.invalid_names += usize::from(!line.is_empty()),
        }
    }
    Ok((found, summary))
}
