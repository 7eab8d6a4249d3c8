//! What `ssh -G` and the own reader find in the same files.

use super::*;

/// What our reader settles on, what ssh(1) does, and whether ours would have asked it.
async fn both(dir: &Path, host: &str, text: &str) -> Option<(Settings, Settings, bool)> {
    let around = Surroundings::of_process();
    let ssh = around.ssh.clone()?;
    let config = dir.join("config");
    std::fs::write(&config, text.replace("DIR", &dir.display().to_string())).unwrap();
    let spec = spec(host, &config);
    let read = reader::read(host, Some(&config), &around).unwrap();
    assert_eq!(read.beyond, None, "{text}");
    let ours = settle(&spec, &read.found, &around).unwrap();
    let configs = Configs::new(around.clone());
    let (address, config) = (host.to_owned(), Some(config));
    let question = Question { address, user: None, port: None, config };
    let theirs = configs.ask_ssh(&ssh, &question).await.unwrap();
    let mut theirs = settle(&spec, &theirs, &around).unwrap();
    // What ssh does by itself differs between its versions.
    if read.found.identities.is_empty() {
        theirs.identities.clone_from(&ours.identities);
    }
    if read.found.host_keys.is_none() {
        theirs.trusts.host_keys = None;
    }
    if read.found.authorities.is_none() {
        theirs.trusts.authorities = None;
    }
    Some((ours, theirs, read.plain))
}

fn not_compared() {
    eprintln!("*** LEFT OUT: ssh is not installed, so our reader was compared with nothing");
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "ssh is missing");
}

/// `ssh -G` is the judge of what our reader finds.
#[tokio::test]
async fn our_reader_and_ssh_settle_on_the_same() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("b.conf"), "User included\nHost none\nPort 1\n").unwrap();
    for client in ["a", "b", ".hidden"] {
        let clients = dir.path().join("clients").join(client);
        std::fs::create_dir_all(&clients).unwrap();
        let file = format!("IdentityFile /keys/{client}\nUser {client}\n");
        std::fs::write(clients.join("config"), file).unwrap();
    }
    for text in [
        "",
        "# only a comment\n",
        "Port 2222\nPort 3333\nUser first\nuser second\n",
        "Host x\n Port 1\nHost we? !web1\n Port 2\nHost w* \"quoted host\"\n\tPort=3\n",
        "Host *\n HostName %h.example\n IdentityFile ~/.ssh/a\n IdentityFile \"/b c/%h\"\n",
        "IdentityFile none\n",
        "ProxyJump a@b:22,c\nProxyCommand nc %h %p\n",
        "ProxyCommand nc %h %p | cat\nProxyJump b\n",
        "ProxyCommand = nc '%h' \"%p\" \\  \n",
        "ProxyCommand NONE\nProxyJump b\n",
        "ProxyJump none\n",
        "UserKnownHostsFile /a ~/b\nGlobalKnownHostsFile none\n",
        "StrictHostKeyChecking no\nHashKnownHosts yes\nIdentitiesOnly yes\n",
        "StrictHostKeyChecking off\n",
        "StrictHostKeyChecking ACCEPT-new\nHashKnownHosts YES\n",
        "IdentityAgent none\nCertificateFile ~/c\nHostKeyAlias Web\nPort 7 # seven\n",
        "BatchMode yes\nPasswordAuthentication no\n",
        "PubkeyAuthentication no\nNumberOfPasswordPrompts 1\n",
        "PreferredAuthentications password,publickey\nKbdInteractiveAuthentication no\n",
        "ChallengeResponseAuthentication no\n",
        "Include DIR/b.con?\nUser outer\n",
        "Host nobody\n Include DIR/b.conf\nHost *\n User outer\n",
        "Include DIR/clients/*/config\nUser outer\n",
        "Include DIR/*/?/conf*\nInclude DIR/none/*/x\n",
        "Include \"DIR/clients/a/config\" DIR/clients/b/config\n",
        "Host WEB1\n User upper\nHost web1\n User lower\n",
        "HostName WEB1.Example.ORG\nIdentityFile /k/%h-%n\n",
        "HostName fe80::ABCD\n",
        "HostKeyAlias Bastion\nIdentityFile /k/%k-%i-%L-%l-%u-%r-%p\n",
        "IdentityFile /k/%k-%d-%%\nUserKnownHostsFile /a/%k%%\n",
        "IdentityAgent /run/%i/agent-%h\nCertificateFile /c/%n\n",
        "RevokedHostKeys /etc/bad\nRequiredRSASize 2048\nAddressFamily INET6\n",
        "RevokedHostKeys none\nKnownHostsCommand none\nProxyUseFdpass no\n",
        "HostKeyAlgorithms ssh-ed25519,rsa-sha2-512\nCASignatureAlgorithms ssh-ed25519\n",
        "CheckHostIP yes\nVerifyHostKeyDNS yes\nUpdateHostKeys yes\nCiphers aes256-ctr\n",
        "CanonicalizeHostname no\nLocalForward 1 b:2\nRekeyLimit 1G 1h\n",
        "  \t \r\nUser = first\r\nUser=second\n",
    ] {
        let Some((ours, theirs, plain)) = both(dir.path(), "web1", text).await else {
            return not_compared();
        };
        assert!(plain, "{text}");
        assert_eq!(ours, theirs, "{text}");
    }
}

/// OpenSSH before 8.7 reads these in another way, so the one that is there is asked.
#[tokio::test]
async fn quotes_and_backslashes_are_asked_of_ssh_and_read_as_it_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    for text in [
        "IdentityFile '/k/a b'\n",
        "IdentityFile /k/a\\ b\n",
        "IdentityFile \"/k/a\\ b\"\n",
        "IdentityFile \"/k/a\\\"b\"\n",
        "IdentityFile '/k/a\\'b'\n",
        "IdentityFile '/k/a\"b'\n",
        "IdentityFile /k/a\\\\b\n",
        "IdentityFile /k/a\\b\n",
        "IdentityFile /k/'a b'\"c d\"e\n",
        "IdentityFile /k/a'#'b #c\n",
        "Host 'web1' \\\"x\n User quoted\n",
        "User ''x\n",
    ] {
        let Some((ours, theirs, plain)) = both(dir.path(), "web1", text).await else {
            return not_compared();
        };
        assert!(!plain, "{text}");
        assert_eq!(ours, theirs, "{text}");
    }
}

/// The hash has other parts in other versions: only ssh knows it.
#[tokio::test]
async fn hash_of_a_connection_comes_from_ssh() {
    let around = Surroundings::of_process();
    let Some(ssh) = around.ssh.clone() else { return not_compared() };
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config");
    std::fs::write(&config, "IdentityFile /k/%C\nPort 2222\n").unwrap();
    let read = reader::read("web1", Some(&config), &around).unwrap();
    assert!(!read.plain);
    assert!(settle(&spec("web1", &config), &read.found, &around).unwrap_err().contains("%C"));
    let settings = Configs::new(around).settings(&spec("web1", &config)).await.unwrap();
    let output = std::process::Command::new(ssh)
        .args(["-T", "-G", "-o", "ControlPath=/k/%C", "-F"])
        .arg(&config)
        .arg("web1")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let path = said.lines().find_map(|line| line.strip_prefix("controlpath ")).unwrap();
    assert_eq!(settings.identities, [PathBuf::from(path)]);
}

#[test]
fn what_is_not_plain_is_left_to_ssh_and_named() {
    let around = Surroundings::of_process();
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config");
    for (text, beyond) in [
        ("SendEnv LANG\nHost a\n  Port 1\n", Some(None)),
        ("Host a\n  CanonicalizeHostname yes\n", Some(Some("config:2: `canonicalizehostname`"))),
        ("Include /x/[ab]\n", Some(Some("config:1: `Include /x/[ab]`"))),
        ("Include ~mara/x\n", Some(Some("config:1: `Include ~mara/x`"))),
        ("Include ${X}/x\n", Some(Some("config:1: `Include ${X}/x`"))),
        ("HostKeyAlgorithms +ssh-rsa\n", Some(Some("config:1: `hostkeyalgorithms`"))),
        ("User \"a\n", Some(Some("config:1: `user`"))),
        ("Port\n", Some(Some("config:1: `port`"))),
        ("Port 1 2\n", Some(Some("config:1: `port`"))),
        ("HostName %p.x\n", Some(Some("`HostName %p.x`"))),
        ("\"Port\" 1\n", Some(Some("config:1: ``"))),
        ("IgnoreUnknown x\n", Some(Some("config:1: `ignoreunknown`"))),
        ("Host a\nMatch all\n", None),
    ] {
        std::fs::write(&config, text).unwrap();
        let read = reader::read("web1", Some(&config), &around).ok();
        let said = read.as_ref().map(|read| read.beyond.clone());
        let dir = format!("{}/", dir.path().display());
        let said = said.map(|beyond| beyond.map(|what| what.replace(&dir, "")));
        assert_eq!(said, beyond.map(|what| what.map(str::to_owned)), "{text}");
        let plain = read.is_none_or(|read| read.plain == read.beyond.is_none());
        assert!(plain, "{text}");
    }
}

#[test]
fn a_configuration_that_others_may_write_is_left_to_ssh() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(".ssh")).unwrap();
    let config = dir.path().join(".ssh/config");
    std::fs::write(&config, "User mara\n").unwrap();
    let around = Surroundings { home: dir.path().to_owned(), ..Surroundings::of_process() };
    for (mode, safe) in [(0o600, true), (0o644, true), (0o664, false), (0o646, false)] {
        std::fs::set_permissions(&config, std::fs::Permissions::from_mode(mode)).unwrap();
        let read = reader::read("web1", None, &around).unwrap();
        let blamed = read.beyond.is_some_and(|what| what.contains("others may write"));
        assert_eq!(blamed, !safe, "{mode:o}");
    }
}

#[test]
fn what_decides_about_trust_is_never_passed_over() {
    let around = Surroundings::of_process();
    let settled = |keyword: &str, word: &str| {
        let mut found = ConfigValues::default();
        found.set(keyword, vec![word.to_owned()]);
        settle(&spec("web1", Path::new("none")), &found, &around)
    };
    for (keyword, word, wanted) in [
        ("knownhostscommand", "/bin/keys %H", "`KnownHostsCommand /bin/keys %H` decides"),
        ("stricthostkeychecking", "maybe", "`StrictHostKeyChecking maybe`"),
        ("revokedhostkeys", "/bad/%T", "token %T"),
        ("requiredrsasize", "long", "`RequiredRSASize long`"),
        ("addressfamily", "ipx", "`AddressFamily ipx`"),
        ("userknownhostsfile", "~mara/x", "somebody else's home"),
    ] {
        let why = settled(keyword, word).unwrap_err();
        assert!(why.contains(wanted), "{why}");
    }
    let nobody = Surroundings { user: String::new(), ..around.clone() };
    let mut spec = spec("web1", Path::new("none"));
    let why = settle(&spec, &ConfigValues::default(), &nobody).unwrap_err();
    assert!(why.contains("the user to log in as"), "{why}");
    spec.user = Some("deploy".to_owned());
    assert_eq!(settle(&spec, &ConfigValues::default(), &nobody).unwrap().user, "deploy");
}

fn spec(host: &str, config: &Path) -> SshSpec {
    SshSpec {
        address: host.to_owned(),
        port: None,
        user: None,
        jump: None,
        identities: Vec::new(),
        passphrase: None,
        known_hosts: None,
        config: Some(config.to_owned()),
        connect_timeout: Duration::from_secs(1),
        keepalive: Duration::from_secs(1),
    }
}

#[test]
fn what_ssh_prints_is_read_word_for_word() {
    let found = printed(
        "host w\nuser deploy\nhostname web.example\nport 2222\nidentityfile ~/.ssh/a\n\
         identityfile /keys/a b\nproxyjump bastion,inner\nstricthostkeychecking accept-new\n\
         userknownhostsfile /home/me/a b /home/me/c\n",
    );
    assert_eq!(found.host.as_deref(), Some("web.example"));
    assert_eq!(found.identities, ["~/.ssh/a", "/keys/a b"]);
    assert_eq!(found.jump.as_deref(), Some("bastion,inner"));
    assert_eq!(found.user_known_hosts.unwrap(), ["/home/me/a b", "/home/me/c"]);
}
