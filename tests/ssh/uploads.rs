//! Files of this machine that are fed to commands.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flipside::domain::command::{Command, FilePart, Stdin};
use flipside::domain::names::HostName;
use flipside::domain::release::Digest;
use flipside::transport::{Ending, Shell};
use sha2::{Digest as _, Sha256};

use crate::client::{Home, Kept, SOON, limits, openssh, run, sh, ssh};
use crate::cuts::Net;
use crate::openssh::sshd;

/// A file of so many bytes that are nowhere the same.
fn file(home: &Home, bytes: usize) -> (PathBuf, Digest) {
    let text: Vec<u8> = (0_u64..).flat_map(|n| (n * n + 7).to_le_bytes()).take(bytes).collect();
    let path = home.path("archive.tgz");
    fs::write(&path, &text).unwrap();
    (path, sum(&text))
}

fn sum(bytes: &[u8]) -> Digest {
    let hex = data_encoding::HEXLOWER.encode(&Sha256::digest(bytes));
    Digest::new(format!("sha256:{hex}")).unwrap()
}

fn fed(line: &str, path: &Path, from: u64, sha256: &Digest) -> Command {
    sh(line).stdin(Stdin::File(FilePart { path: path.to_owned(), from, sha256: sha256.clone() }))
}

#[tokio::test]
async fn file_is_sent_from_an_offset_and_its_progress_is_reported() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let (path, digest) = file(&home, 5 << 20);
    let got = home.path("got");
    let line = format!("read size; cat >'{}'", got.display());
    for from in [0, 3_000_000, 5 << 20] {
        let kept = Kept::new();
        let host = HostName::new("web1").unwrap();
        let command = fed(&line, &path, from, &digest);
        let ending = ssh.run(&host, &command, &kept, limits(SOON)).await;
        assert_eq!(ending, Ending::Exited(0));
        let skipped = usize::try_from(from).unwrap();
        assert!(fs::read(&got).unwrap() == fs::read(&path).unwrap()[skipped..]);
        let notes = kept.notes.lock().unwrap();
        match from {
            0 | 3_000_000 => {
                assert!(notes[0].starts_with("sent 5.0 of 5.0 MiB (100 %), "), "{notes:?}");
            }
            _ => assert!(notes.is_empty(), "{notes:?}"),
        }
    }
}

#[tokio::test]
async fn file_that_was_changed_is_not_sent_and_its_command_does_not_start() {
    let home = Home::new();
    let server = home.server().await;
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let (path, digest) = file(&home, 100_000);
    let begun = home.path("begun");
    let line = format!("read size; cat >'{}'", begun.display());
    assert_eq!(run(&ssh, &fed(&line, &path, 0, &digest)).await.0, Ending::Exited(0));
    fs::remove_file(&begun).unwrap();
    fs::write(&path, "another archive").unwrap();
    for (path, why) in [(path, "was changed"), (home.path("none"), "cannot be read")] {
        let (ending, _) = run(&ssh, &fed(&line, &path, 0, &digest)).await;
        let Ending::NotStarted(text) = ending else { panic!("{ending:?}") };
        assert!(text.contains(why), "{text}");
    }
    assert!(!begun.exists());
}

/// What a host has after a cut is continued from there.
#[tokio::test]
async fn upload_that_was_cut_in_the_middle_is_continued_at_the_observed_offset() {
    let home = Home::new();
    let server = home.server().await;
    let net = Net::before(server.port).await;
    home.knows_line(&format!("[127.0.0.1]:{} {}", net.port, openssh(&server.host_key)));
    let mut host = home.host("web1", net.port);
    host.ssh.keepalive = Duration::from_millis(500);
    host.ssh.connect_timeout = Duration::from_secs(2);
    let ssh = ssh(&home, vec![host]);
    let (path, digest) = file(&home, 48 << 20);
    let (part, whole) = (home.path("part"), home.path("whole"));
    let size = |path: &Path| fs::metadata(path).map_or(0, |data| data.len());
    let line = format!("read size; cat >'{}'", part.display());
    let command = fed(&line, &path, 0, &digest);
    let (ending, ()) = tokio::join!(run(&ssh, &command), async {
        let deadline = Instant::now() + SOON;
        while size(&part) < 1 << 20 {
            assert!(Instant::now() < deadline, "nothing arrived");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        net.cut();
    });
    assert!(matches!(ending.0, Ending::Lost(_)), "{ending:?}");
    net.heal();
    let offset = size(&part);
    assert!(offset < 48 << 20, "it was cut too late");
    // The command before may still write what arrives late, as on a real host.
    fs::write(&whole, &fs::read(&part).unwrap()[..usize::try_from(offset).unwrap()]).unwrap();
    let line = format!("read size; cat >>'{}'", whole.display());
    assert_eq!(run(&ssh, &fed(&line, &path, offset, &digest)).await.0, Ending::Exited(0));
    assert_eq!(sum(&fs::read(&whole).unwrap()), digest);
}

/// OpenSSH holds a file back where a command reads slowly, or not at all.
#[tokio::test]
async fn deadline_of_an_upload_counts_from_the_last_byte_that_was_taken() {
    let home = Home::new();
    let Some(sshd) = sshd(&home, "").await else { return };
    let ssh = ssh(&home, vec![crate::openssh::host(&home, "web1", sshd.port)]);
    let (path, digest) = file(&home, 12 << 20);
    let deadline = Duration::from_secs(3);
    let host = HostName::new("web1").unwrap();
    let slow = "read size; for n in 1 2 3 4 5 6 7 8 9 10; do head -c 1000000 >/dev/null; sleep 0.4; done; cat >/dev/null";
    let begun = Instant::now();
    let command = fed(slow, &path, 0, &digest);
    let ending = ssh.run(&host, &command, &Kept::new(), limits(deadline)).await;
    assert_eq!(ending, Ending::Exited(0));
    assert!(begun.elapsed() > deadline);
    let deadline = Duration::from_secs(1);
    let command = fed("exec sleep 60", &path, 0, &digest);
    let ending = ssh.run(&host, &command, &Kept::new(), limits(deadline)).await;
    assert_eq!(ending, Ending::Stalled { after: deadline, stopped: true });
    // With all of it in the channel's window, the command itself has its deadline.
    let (path, digest) = file(&home, 1000);
    let command = fed("exec sleep 60", &path, 0, &digest);
    let ending = ssh.run(&host, &command, &Kept::new(), limits(deadline)).await;
    assert_eq!(ending, Ending::TimedOut { stopped: true });
}
