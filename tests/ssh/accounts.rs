//! Logins that are typed, against the OpenSSH server. They need an account with a password, so it is
//! made for the test and taken away after it, which only root can do.

use std::io::Write;
use std::path::Path;
use std::process::{Command as Process, Stdio};

use flipside::transport::{AuthPrompt, Ending};

use crate::client::{Home, Person, asking, left_out, refused, run, sh};
use crate::openssh::{Sshd, sshd};
use crate::typed::types;

const PASSWORD: &str = "correct horse battery";

struct Account {
    name: String,
}

impl Account {
    /// `None`, and said so, where it cannot be made.
    fn new(what: &str) -> Option<Self> {
        let name = format!("fs{what}{}", std::process::id());
        let mut add = Process::new("useradd");
        add.args(["--no-create-home", "--home-dir", "/", "--shell", "/bin/sh", &name]);
        let added = add.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        if !added {
            left_out("no account could be made (not root?): typed logins were not tried with sshd");
            return None;
        }
        let account = Self { name };
        let mut set = Process::new("chpasswd").stdin(Stdio::piped()).spawn().unwrap();
        writeln!(set.stdin.take().unwrap(), "{}:{PASSWORD}", account.name).unwrap();
        assert!(set.wait().unwrap().success());
        Some(account)
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _ =
            Process::new("userdel").args(["--force", &self.name]).stderr(Stdio::null()).status();
    }
}

async fn open_to(home: &Home, more: &str) -> Option<Sshd> {
    let sshd = sshd(home, more).await?;
    home.write("authorized_keys", "");
    Some(sshd)
}

#[tokio::test]
async fn a_password_opens_sshd() {
    let home = Home::new();
    let Some(sshd) = open_to(&home, "PasswordAuthentication yes").await else { return };
    let Some(account) = Account::new("a") else { return };
    let mut spec = home.host("web1", sshd.port);
    spec.ssh.user = Some(account.name.clone());
    let person = Person::says([types("not it"), types(PASSWORD)]);
    let ssh = asking(&home, vec![spec.clone()], &person);
    let (ending, out) = run(&ssh, &sh("id -un")).await;
    assert_eq!((ending, out.trim()), (Ending::Exited(0), account.name.as_str()));
    assert_eq!(person.asked().len(), 2);
    // The connection is killed; nobody is asked when it is made again.
    let _ = run(&ssh, &sh("kill -9 $PPID; sleep 60")).await;
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    assert_eq!(person.asked().len(), 2);

    let ssh = crate::client::ssh(&home, vec![spec]);
    let why = refused(run(&ssh, &sh("true")).await.0);
    for part in ["would take: publickey, password", "terminal", &account.name] {
        assert!(why.contains(part), "{part} is not in: {why}");
    }
}

/// What most servers mean by a password: keyboard-interactive, with PAM behind it.
#[tokio::test]
async fn a_password_opens_pam() {
    if !Path::new("/etc/pam.d/sshd").exists() {
        left_out("sshd has no PAM here: keyboard-interactive was not tried with it");
        return;
    }
    let home = Home::new();
    let more = "UsePAM yes\nKbdInteractiveAuthentication yes";
    let Some(sshd) = open_to(&home, more).await else { return };
    let Some(account) = Account::new("b") else { return };
    let mut spec = home.host("web1", sshd.port);
    spec.ssh.user = Some(account.name.clone());
    let person = Person::says([types("not it"), types(PASSWORD)]);
    let ssh = asking(&home, vec![spec], &person);
    let (ending, out) = run(&ssh, &sh("id -un")).await;
    assert_eq!((ending, out.trim()), (Ending::Exited(0), account.name.as_str()));
    for prompt in person.asked() {
        let AuthPrompt::Answer { text, shown: false, .. } = prompt else { panic!("{prompt:?}") };
        assert!(text.ends_with("Password:"), "{text}");
    }
    assert_eq!(person.asked().len(), 2);
    // PAM's plain question needs no second answer when the connection was lost.
    let _ = run(&ssh, &sh("kill -9 $PPID; sleep 60")).await;
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    assert_eq!(person.asked().len(), 2);
}

#[tokio::test]
async fn sshd_wants_a_key_and_a_password() {
    let home = Home::new();
    let keys = home.path("keys-%u").display().to_string();
    let more = format!(
        "PasswordAuthentication yes\nAuthenticationMethods publickey,password\n\
         AuthorizedKeysFile {keys}"
    );
    let Some(sshd) = open_to(&home, &more).await else { return };
    let Some(account) = Account::new("c") else { return };
    let keys = home.path(&format!("keys-{}", account.name));
    std::fs::write(&keys, home.key.public_key().to_openssh().unwrap()).unwrap();
    // sshd reads it as the account.
    for path in [keys.parent().unwrap(), &keys] {
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(path, open).unwrap();
    }
    let mut spec = home.host("web1", sshd.port);
    spec.ssh.user = Some(account.name.clone());
    let person = Person::says([types(PASSWORD)]);
    let ssh = asking(&home, vec![spec], &person);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0), "{:?}", person.asked());
    assert_eq!(person.asked().len(), 1);
}
