//! What it takes to reach one server: the inventory's words, laid over the user's own SSH
//! configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::expand::{Tokens, expand, home};
use super::methods::{self, Method};
use super::surroundings::Surroundings;
use crate::domain::spec::SshSpec;

/// Everything decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The name or address to dial.
    pub host: String,
    pub port: u16,
    pub user: String,
    pub route: Route,
    /// `HostKeyAlias`.
    pub alias: Option<String>,
    /// Private keys, or public ones whose private half an agent holds, in the order to try.
    pub identities: Vec<PathBuf>,
    pub certificates: Vec<PathBuf>,
    pub identities_only: bool,
    pub agent: Option<PathBuf>,
    pub user_known_hosts: Vec<PathBuf>,
    pub global_known_hosts: Vec<PathBuf>,
    pub hash_known_hosts: bool,
    pub unknown: UnknownKey,
    /// Ways to log in, in the order to try.
    pub methods: Vec<Method>,
    /// `NumberOfPasswordPrompts`: how often a wrong password may be typed.
    pub password_prompts: usize,
    /// `BatchMode`: nobody is asked anything.
    pub batch: bool,
    pub connect_timeout: Duration,
    pub keepalive: Duration,
}

/// How the first byte gets there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    Direct,
    /// Through these, from the console outward.
    Jump(Vec<String>),
    /// Through the standard input and output of a local command.
    Command(String),
}

/// `StrictHostKeyChecking`. `no` is taken as `accept-new`: a changed key is never accepted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownKey {
    Refuse,
    Accept,
    Ask,
}

/// What the SSH configuration says, word by word: as `ssh -G` prints it, or as our own reader finds
/// it. Of most keywords the first value counts, files add up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub host: Option<String>,
    pub port: Option<String>,
    pub user: Option<String>,
    pub alias: Option<String>,
    pub jump: Option<String>,
    pub command: Option<String>,
    pub agent: Option<String>,
    pub strict: Option<String>,
    pub hash: Option<String>,
    pub identities_only: Option<String>,
    pub batch: Option<String>,
    pub preferred: Option<String>,
    pub public_keys: Option<String>,
    pub keyboard: Option<String>,
    pub password: Option<String>,
    pub password_prompts: Option<String>,
    pub identities: Vec<String>,
    pub certificates: Vec<String>,
    pub user_known_hosts: Option<Vec<String>>,
    pub global_known_hosts: Option<Vec<String>>,
}

const KNOWN: &[&str] = &[
    "batchmode",
    "certificatefile",
    "challengeresponseauthentication",
    "globalknownhostsfile",
    "hashknownhosts",
    "hostkeyalias",
    "hostname",
    "identitiesonly",
    "identityagent",
    "identityfile",
    "kbdinteractiveauthentication",
    "numberofpasswordprompts",
    "passwordauthentication",
    "port",
    "preferredauthentications",
    "proxycommand",
    "proxyjump",
    "pubkeyauthentication",
    "stricthostkeychecking",
    "user",
    "userknownhostsfile",
];

impl Found {
    /// Whether [`Found::set`] does anything with this keyword.
    pub fn knows(keyword: &str) -> bool {
        KNOWN.contains(&keyword)
    }

    /// `keyword` in lower case. Keywords that do not concern us are passed over.
    pub fn set(&mut self, keyword: &str, words: Vec<String>) {
        let Some(first) = words.first().cloned() else { return };
        let one = match keyword {
            "hostname" => &mut self.host,
            "port" => &mut self.port,
            "user" => &mut self.user,
            "hostkeyalias" => &mut self.alias,
            "identityagent" => &mut self.agent,
            "stricthostkeychecking" => &mut self.strict,
            "hashknownhosts" => &mut self.hash,
            "identitiesonly" => &mut self.identities_only,
            "batchmode" => &mut self.batch,
            "preferredauthentications" => &mut self.preferred,
            "pubkeyauthentication" => &mut self.public_keys,
            // The second is the name that it had before OpenSSH 8.7.
            "kbdinteractiveauthentication" | "challengeresponseauthentication" => {
                &mut self.keyboard
            }
            "passwordauthentication" => &mut self.password,
            "numberofpasswordprompts" => &mut self.password_prompts,
            // Whichever of the two comes first rules out the other (ssh_config(5)).
            "proxyjump" if self.command.is_none() => &mut self.jump,
            "proxycommand" if self.jump.is_none() => {
                self.command.get_or_insert(words.join(" "));
                return;
            }
            "identityfile" => return self.identities.push(first),
            "certificatefile" => return self.certificates.push(first),
            "userknownhostsfile" => {
                self.user_known_hosts.get_or_insert(words);
                return;
            }
            "globalknownhostsfile" => {
                self.global_known_hosts.get_or_insert(words);
                return;
            }
            _ => return,
        };
        one.get_or_insert(first);
    }
}

/// The inventory's words win; what it leaves open is as `found`, then as ssh(1) has it by default.
pub fn settle(spec: &SshSpec, found: &Found, around: &Surroundings) -> Result<Settings, String> {
    let host = found.host.clone().unwrap_or_else(|| spec.address.clone());
    let user = spec.user.clone().or_else(|| found.user.clone()).unwrap_or(around.user.clone());
    let found_port = match &found.port {
        None => 22,
        Some(text) => text.parse().map_err(|_| format!("`Port {text}` is not a port"))?,
    };
    let tokens = Tokens {
        host: &host,
        typed: &spec.address,
        port: spec.port.unwrap_or(found_port),
        user: &user,
        around,
    };
    Ok(Settings {
        route: route(spec, found, &tokens)?,
        // As ssh(1) does: names in known hosts files are compared without case.
        alias: found.alias.as_ref().map(|alias| alias.to_ascii_lowercase()),
        identities: identities(spec, found, &tokens)?,
        certificates: paths(&found.certificates, &tokens)?,
        identities_only: yes(found.identities_only.as_ref()),
        agent: agent(found, &tokens)?,
        user_known_hosts: match (&spec.known_hosts, &found.user_known_hosts) {
            (Some(files), _) => files.iter().map(|file| home(file, around)).collect(),
            (None, Some(files)) => paths(files, &tokens)?,
            (None, None) => ["known_hosts", "known_hosts2"]
                .map(|name| around.home.join(".ssh").join(name))
                .into(),
        },
        global_known_hosts: match (&spec.known_hosts, &found.global_known_hosts) {
            (Some(_), _) => Vec::new(),
            (None, Some(files)) => paths(files, &tokens)?,
            (None, None) => {
                ["/etc/ssh/ssh_known_hosts".into(), "/etc/ssh/ssh_known_hosts2".into()].into()
            }
        },
        hash_known_hosts: yes(found.hash.as_ref()),
        unknown: match found.strict.as_deref() {
            Some("yes" | "true") => UnknownKey::Refuse,
            Some("accept-new" | "no" | "off" | "false") => UnknownKey::Accept,
            _ => UnknownKey::Ask,
        },
        methods: methods::settle(found),
        password_prompts: match &found.password_prompts {
            None => 3,
            Some(text) => text
                .parse()
                .map_err(|_| format!("`NumberOfPasswordPrompts {text}` is not a number"))?,
        },
        batch: yes(found.batch.as_ref()),
        connect_timeout: spec.connect_timeout,
        keepalive: spec.keepalive,
        port: tokens.port,
        user: user.clone(),
        host: host.clone(),
    })
}

pub fn yes(word: Option<&String>) -> bool {
    word.is_some_and(|word| word == "yes" || word == "true")
}

/// Files by their names; `none` is none.
fn paths(texts: &[String], tokens: &Tokens<'_>) -> Result<Vec<PathBuf>, String> {
    texts.iter().filter(|text| *text != "none").map(|text| path(text, tokens)).collect()
}

fn path(text: &str, tokens: &Tokens<'_>) -> Result<PathBuf, String> {
    Ok(home(Path::new(&expand(text, tokens)?), tokens.around))
}

fn route(spec: &SshSpec, found: &Found, tokens: &Tokens<'_>) -> Result<Route, String> {
    if let Some(jump) = &spec.jump {
        let jump = jump.clone();
        return Ok(if jump.is_empty() { Route::Direct } else { Route::Jump(jump) });
    }
    match (found.jump.as_deref(), found.command.as_deref()) {
        (Some("none") | None, Some("none") | None) | (Some("none"), Some(_)) => Ok(Route::Direct),
        (Some(jump), _) => {
            Ok(Route::Jump(expand(jump, tokens)?.split(',').map(|j| j.trim().to_owned()).collect()))
        }
        (None, Some(command)) => Ok(Route::Command(expand(command, tokens)?)),
    }
}

/// The inventory's keys first; then those of the configuration; where neither names one, those that
/// ssh(1) tries by itself.
fn identities(spec: &SshSpec, found: &Found, tokens: &Tokens<'_>) -> Result<Vec<PathBuf>, String> {
    let around = tokens.around;
    let mut all: Vec<PathBuf> = spec.identities.iter().map(|file| home(file, around)).collect();
    if found.identities.is_empty() {
        let usual = ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"];
        all.extend(usual.iter().map(|name| around.home.join(".ssh").join(name)));
    }
    all.extend(paths(&found.identities, tokens)?);
    let mut once = Vec::new();
    for file in all {
        if !once.contains(&file) {
            once.push(file);
        }
    }
    Ok(once)
}

/// `IdentityAgent`: a path, `none`, `SSH_AUTH_SOCK`, or `$NAME` of an environment variable.
fn agent(found: &Found, tokens: &Tokens<'_>) -> Result<Option<PathBuf>, String> {
    match found.agent.as_deref() {
        None | Some("SSH_AUTH_SOCK") => Ok(tokens.around.agent.clone()),
        Some("none") => Ok(None),
        Some(text) => match text.strip_prefix('$').filter(|name| !name.starts_with('{')) {
            Some(name) => Ok((tokens.around.variable)(name).map(PathBuf::from)),
            None => path(text, tokens).map(Some),
        },
    }
}
