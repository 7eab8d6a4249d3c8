//! The user's own SSH configuration: by `ssh -G`, and by our own reader. Both must reach the same
//! server as the same user.

use flipside::transport::Ending;
use flipside::transport::ssh::{Ssh, Surroundings};

use crate::client::{Home, Person, left_out, openssh, refused, run, sh};
use crate::server::Server;

/// The reader of our own, and OpenSSH's where it is installed.
fn readers(home: &Home) -> Vec<Surroundings> {
    let ours = home.around();
    let ssh = Surroundings::of_process().ssh;
    if ssh.is_none() {
        left_out("ssh is not installed, so `ssh -G` was not asked");
    }
    let theirs = ssh.map(|ssh| Surroundings { ssh: Some(ssh), ..home.around() });
    std::iter::once(ours).chain(theirs).collect()
}

/// An alias whose every setting stands in the configuration.
async fn aliased(home: &Home, config: &str, server: &Server) -> Vec<Ending> {
    let mut endings = Vec::new();
    for around in readers(home) {
        let home_dir = home.path("").display().to_string();
        let home_dir = home_dir.trim_end_matches('/');
        let text = config.replace("HOME", home_dir).replace("PORT", &server.port.to_string());
        // A keyword that our reader does not know, so that it leaves the file to ssh.
        let beyond = if around.ssh.is_some() { "Host *\n  IgnoreUnknown x\n" } else { "" };
        let text = text + beyond;
        home.write(".ssh/config", &text);
        let mut host = home.host("web1", 1);
        "alias".clone_into(&mut host.ssh.address);
        host.ssh.port = None;
        host.ssh.identities = Vec::new();
        let ssh = Ssh::within(around, vec![host], Person::says([]), None);
        endings.push(run(&ssh, &sh("true")).await.0);
    }
    endings
}

#[tokio::test]
async fn an_alias_is_all_that_an_inventory_needs() {
    let home = Home::new();
    let server = home.stranger().await;
    home.write("kh", &format!("thename {}\n", openssh(&server.host_key)));
    let config = "Host other\n  HostName nowhere.invalid\n\
                  Host !x alias\n  HostName=127.0.0.1\n  Port PORT\n  \
                  IdentityFile \"HOME/id\"\n  UserKnownHostsFile HOME/none HOME/kh\n\
                  Host *\n  IdentityFile HOME/missing\n  Port 1\n  IdentityAgent none\n  \
                  StrictHostKeyChecking yes\n  Include HOME/mo?e.conf\n";
    home.write("more.conf", "Host al*\n  HostKeyAlias thename\n");
    for ending in aliased(&home, config, &server).await {
        assert_eq!(ending, Ending::Exited(0));
    }
}

#[tokio::test]
async fn a_jump_host_may_be_an_alias_too() {
    let home = Home::new();
    let jump = home.server().await;
    let server = home.stranger().await;
    home.write("kh", &format!("* {}\n* {}\n", openssh(&server.host_key), openssh(&jump.host_key)));
    let config = format!(
        "Host alias\n  HostName 127.0.0.1\n  Port PORT\n  ProxyJump hop\n\
         Host hop\n  HostName 127.0.0.1\n  Port {}\n\
         Host *\n  IdentityFile HOME/id\n  UserKnownHostsFile HOME/kh\n  IdentityAgent none\n",
        jump.port
    );
    let endings = aliased(&home, &config, &server).await;
    for ending in &endings {
        assert_eq!(*ending, Ending::Exited(0));
    }
    assert_eq!(jump.connections(), endings.len());
}

#[tokio::test]
async fn our_reader_refuses_what_it_would_misread() {
    let home = Home::new();
    let server = home.server().await;
    home.write("included", "Match all\n  Port 1\n");
    for (config, wanted) in [
        ("Host x\n  Port 1\nMatch user nobody\n  Port 1\n", "config:3: a `Match` block"),
        ("Host x\n  Include HOME/included\n", "included:1: a `Match` block"),
        ("IdentityFile %C\n", "%C"),
        ("Port many\n", "`Port many`"),
    ] {
        let text = config.replace("HOME", &home.path("").display().to_string());
        home.write(".ssh/config", &text);
        let mut host = home.host("web1", server.port);
        host.ssh.port = None;
        let ssh = Ssh::within(home.around(), vec![host], Person::says([]), None);
        let why = refused(run(&ssh, &sh("true")).await.0);
        assert!(why.contains("web1: SSH configuration:") && why.contains(wanted), "{why}");
    }
}

#[tokio::test]
async fn refusals_of_ssh_itself_are_quoted() {
    let home = Home::new();
    let server = home.server().await;
    for around in readers(&home).into_iter().skip(1) {
        home.write(".ssh/config", "Nonsense yes\n");
        let ssh = Ssh::within(around, vec![home.host("web1", server.port)], Person::says([]), None);
        let why = refused(run(&ssh, &sh("true")).await.0);
        assert!(why.contains("nonsense"), "{why}");
    }
}

#[tokio::test]
async fn the_inventory_wins_over_the_configuration() {
    let home = Home::new();
    let server = home.server().await;
    for around in readers(&home) {
        home.write(".ssh/config", "Port 1\nUser nobody\nProxyJump nowhere.invalid\n");
        let mut host = home.host("web1", server.port);
        host.ssh.user = Some("deploy".to_owned());
        host.ssh.jump = Some(Vec::new());
        host.ssh.known_hosts = Some(vec![home.path(".ssh/known_hosts")]);
        let ssh = Ssh::within(around, vec![host], Person::says([]), None);
        assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    }
}

#[tokio::test]
async fn an_address_is_never_an_option_nor_a_piece_of_shell() {
    let home = Home::new();
    for around in readers(&home) {
        home.write(".ssh/config", "ProxyCommand nc %h %p\n");
        for address in ["-oProxyCommand=touch", "$(touch pwned)", "a b", ""] {
            let mut host = home.host("web1", 22);
            address.clone_into(&mut host.ssh.address);
            let ssh = Ssh::within(around.clone(), vec![host], Person::says([]), None);
            let why = refused(run(&ssh, &sh("true")).await.0);
            assert!(why.contains("is no address"), "{why}");
        }
    }
}
