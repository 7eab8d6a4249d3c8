//! Checksum files: a sum alone, or lines as `sha256sum` writes them, also with `--tag`.

use super::release::Digest;

/// Why a checksum file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadChecksum {
    #[error("it holds no sha256")]
    None,
    #[error("it holds the sha256 of {found}, and none of {wanted}")]
    OfOthers { wanted: String, found: String },
    #[error("it holds several sha256 sums of {0}, which differ")]
    Several(String),
}

/// Returns the checksum of the archive. `file` is the archive's name or path.
pub fn read(text: &str, file: &str) -> Result<Digest, BadChecksum> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted = name(file);
    let sums: Vec<(Digest, String)> =
        text.lines().filter_map(sum).map(|(digest, of)| (digest, name(of))).collect();
    // A sum without a name, or of standard input, is of the archive that the file is beside.
    let is_wanted = |of: &String| of.is_empty() || of == "-" || *of == wanted;
    let mut found: Vec<&Digest> =
        sums.iter().filter(|(_, of)| is_wanted(of)).map(|(digest, _)| digest).collect();
    found.dedup();
    match (&*found, &*sums) {
        ([only], _) => Ok((*only).clone()),
        ([], []) => Err(BadChecksum::None),
        ([], [(_, first), more @ ..]) => {
            let more =
                if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            Err(BadChecksum::OfOthers { wanted, found: format!("{first}{more}") })
        }
        _ => Err(BadChecksum::Several(wanted)),
    }
}

fn sum(line: &str) -> Option<(Digest, &str)> {
    let line = line.trim();
    let digest = |sum: &str| Digest::new(format!("sha256:{sum}")).ok();
    if let Some(tagged) = line.strip_prefix("SHA256 (") {
        let (name, sum) = tagged.rsplit_once(") = ")?;
        return Some((digest(sum)?, name));
    }
    let (sum, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    // `*` stands before the name of a file that was read as binary.
    Some((digest(sum)?, name.trim_start().trim_start_matches('*')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_files_are_read_in_every_form() {
        let (sha, other) = ("ab".repeat(32), "b".repeat(64));
        let wanted = Digest::new(format!("sha256:{sha}")).unwrap();
        for text in [
            format!("{sha}\n"),
            format!("{sha}  -\n"),
            format!("{}  shop.tgz", sha.to_uppercase()),
            format!("{sha}  dist/shop.tgz\n"),
            format!("# sums\n{other}  other.tgz\n{sha} *dist/shop.tgz\n"),
            format!("SHA256 (other.tgz) = {other}\nSHA256 (shop.tgz) = {sha}\n"),
            format!("{sha}  shop.tgz\n{sha}  ./shop.tgz\n"),
        ] {
            assert_eq!(read(&text, "/srv/shop.tgz"), Ok(wanted.clone()), "{text}");
        }
    }

    #[test]
    fn file_that_does_not_name_one_sum_of_the_archive_is_refused() {
        let (sha, other) = ("ab".repeat(32), "b".repeat(64));
        for (text, why) in [
            ("<html>404</html>".to_owned(), "it holds no sha256"),
            (String::new(), "it holds no sha256"),
            (format!("{other}  a.tgz\n"), "it holds the sha256 of a.tgz, and none of shop.tgz"),
            (
                format!("{other}  a.tgz\n{sha}  b.tgz\n"),
                "it holds the sha256 of a.tgz and 1 more, and none of shop.tgz",
            ),
            (
                format!("{sha}  shop.tgz\n{other}  shop.tgz\n"),
                "it holds several sha256 sums of shop.tgz, which differ",
            ),
            (format!("{sha}\n{other}\n"), "it holds several sha256 sums of shop.tgz, which differ"),
        ] {
            assert_eq!(read(&text, "shop.tgz").unwrap_err().to_string(), why, "{text}");
        }
    }
}
