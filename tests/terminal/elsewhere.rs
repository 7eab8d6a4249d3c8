//! A shell on a host, and another environment.

use std::fs;

use crate::tmux::{Terminal, flipside};

#[test]
fn a_shell_on_a_host_is_the_system_s_own_ssh_and_leads_back() {
    let Some(terminal) = Terminal::with_ssh("shell") else { return };
    let before = terminal.sanity();
    terminal.demo();
    terminal.shows(">  web1");
    terminal.press("o");
    terminal.shows("A shell on web1");
    terminal.shows("web1$");
    assert_eq!(terminal.ask("#{alternate_on}"), "0");
    terminal.line("echo on ${HOME##*/}");
    terminal.shows("on web1");
    // It is meant for the shell, and ends it; the console stays.
    terminal.press("C-c");
    terminal.shows("3/3 reachable");
    terminal.press("o");
    terminal.shows("web1$");
    terminal.line("exit");
    terminal.shows("3/3 reachable");
    terminal.press("q");
    terminal.is_back();
    assert_eq!(terminal.sanity(), before);
}

#[test]
fn a_run_goes_on_behind_a_shell_and_its_end_is_told_there() {
    let Some(terminal) = Terminal::with_ssh("behind") else { return };
    terminal.demo();
    terminal.prepares("v2");
    terminal.press("o");
    terminal.shows("A shell on web1");
    terminal.shows("[flipside: prepare v2: done");
    terminal.press("Enter");
    terminal.line("exit");
    terminal.shows("PREPARE ✔");
}

#[test]
fn without_ssh_it_says_what_to_type() {
    let Some(terminal) = Terminal::open("nossh") else { return };
    let bin = terminal.home().join("bin");
    fs::create_dir(&bin).unwrap();
    // All that the demo's hosts need is found by them on a path of their own.
    let path = std::env::var("PATH").unwrap();
    for directory in std::env::split_paths(&path).filter(|it| it.is_dir()) {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            if entry.file_name() != "ssh" {
                let _ = std::os::unix::fs::symlink(entry.path(), bin.join(entry.file_name()));
            }
        }
    }
    terminal.line(&format!("PATH={}", bin.display()));
    terminal.demo();
    terminal.press("o");
    terminal.shows("there is no ssh on this machine; where there is one, type: ssh -F");
}

const INVENTORY: &str = "
version: 1
defaults:
  ssh: {config: none, jump: [], user: nobody, connect_timeout: 1s}
environments:
  production:
    label: PROD
    protected: true
    hosts:
      far1: {address: 127.0.0.1, roles: [app, primary], ssh: {port: 1}}
  staging:
    hosts:
      near1: {address: 127.0.0.1, roles: [app, primary], ssh: {port: 2}}
apps:
  shop:
    image: registry.example.org/shop
    template: compose.yml
";

#[test]
fn another_environment_is_another_console() {
    let Some(terminal) = Terminal::open("elsewhere") else { return };
    let before = terminal.sanity();
    let home = terminal.home();
    fs::write(home.join("none"), "").unwrap();
    fs::write(home.join("inventory.yaml"), INVENTORY).unwrap();
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/docker-compose.template.yml");
    fs::copy(template, home.join("compose.yml")).unwrap();
    terminal.line("cd; clear");
    terminal.line(&format!("{} -e staging", flipside()));
    terminal.shows("shop in staging");
    terminal.shows("near1");
    terminal.press("e");
    terminal.shows("you are here");
    terminal.press("k");
    terminal.press("Enter");
    terminal.shows("[PROD]");
    terminal.shows("far1");
    assert!(!terminal.screen().contains("near1"), "{}", terminal.screen());
    terminal.types(":environment staging");
    terminal.press("Enter");
    terminal.shows("shop in staging");
    terminal.shows("near1");
    terminal.press("q");
    terminal.is_back();
    assert_eq!(terminal.sanity(), before);
}
