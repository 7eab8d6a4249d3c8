//! The settings to reach one server: the inventory's values, which override the user's own SSH configuration.

use super::config_values::{ConfigValues, yes};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::expand::{Tokens, expand, home};
use super::methods::{self, Method};
use super::surroundings::Surroundings;
use crate::domain::spec::SshSpec;

/// The effective settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The name or address to dial.
    pub host: String,
    pub port: u16,
    pub user: String,
    pub via: Via,
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
    pub trusts: Trusts,
    pub family: Family,
    /// The login methods, in the order to try.
    pub methods: Vec<Method>,
    /// `NumberOfPasswordPrompts`: how often a wrong password may be typed.
    pub password_prompts: usize,
    /// `BatchMode`: nobody is asked anything.
    pub batch: bool,
    pub connect_timeout: Duration,
    pub keepalive: Duration,
}

/// What restricts the keys that a server may show, beside the known hosts files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusts {
    /// `RevokedHostKeys`: lists of keys that no server may have.
    pub revoked: Vec<PathBuf>,
    /// `HostKeyAlgorithms`; none: all that are known here.
    pub host_keys: Option<Vec<String>>,
    /// `CASignatureAlgorithms`: how an authority may have signed.
    pub authorities: Option<Vec<String>>,
    /// `RequiredRSASize`, in bits.
    pub rsa_bits: usize,
}

/// `AddressFamily`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Any,
    V4,
    V6,
}

/// The route of the byte stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
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

/// Merges the settings: the inventory's values first, then those `found`, then ssh(1)'s defaults.
#[allow(clippy::too_many_lines)] // one line for each setting
pub fn settle(
    spec: &SshSpec,
    found: &ConfigValues,
    around: &Surroundings,
) -> Result<Settings, String> {
    let mut host = found.host.clone().unwrap_or_else(|| spec.address.clone());
    if host.parse::<std::net::IpAddr>().is_err() {
        host.make_ascii_lowercase();
    }
    let user = spec.user.clone().or_else(|| found.user.clone()).unwrap_or(around.user.clone());
    if user.is_empty() {
        return Err("the user to log in as is unknown: your user id has no name on this machine. \
                    Write `user:` under `ssh:`"
            .to_owned());
    }
    let found_port = number(found.port.as_deref(), "Port", 22)?;
    // As ssh(1) does: names in known hosts files are compared without case.
    let alias = found.alias.as_ref().map(|alias| alias.to_ascii_lowercase());
    let tokens = Tokens {
        host: &host,
        typed: &spec.address,
        alias: alias.as_deref(),
        jump: found.jump.as_deref().filter(|jump| !is_none(jump)).unwrap_or_default(),
        connection: found.from_ssh.as_ref().and_then(|ssh| ssh.connection.as_deref()),
        port: spec.port.unwrap_or(found_port),
        user: &user,
        around,
    };
    // ssh(1) has put in the tokens of these already, and a `%` that is left is one.
    let files = |files: &[String]| {
        if found.from_ssh.is_none() {
            return paths(files, &tokens);
        }
        let named = files.iter().filter(|file| !is_none(file));
        Ok(named.map(|file| home(Path::new(file), around)).collect())
    };
    Ok(Settings {
        via: via(spec, found, &tokens)?,
        identities: identities(spec, found, &tokens)?,
        certificates: paths(&found.certificates, &tokens)?,
        identities_only: yes(found.identities_only.as_ref()),
        agent: agent(found, &tokens)?,
        user_known_hosts: match (&spec.known_hosts, &found.user_known_hosts) {
            (Some(files), _) => files.iter().map(|file| home(file, around)).collect(),
            (None, Some(named)) => files(named)?,
            (None, None) => ["known_hosts", "known_hosts2"]
                .map(|name| around.home.join(".ssh").join(name))
                .into(),
        },
        global_known_hosts: match (&spec.known_hosts, &found.global_known_hosts) {
            (Some(_), _) => Vec::new(),
            (None, Some(named)) => files(named)?,
            (None, None) => {
                ["/etc/ssh/ssh_known_hosts".into(), "/etc/ssh/ssh_known_hosts2".into()].into()
            }
        },
        hash_known_hosts: yes(found.hash.as_ref()),
        unknown: unknown(found.strict.as_deref())?,
        trusts: trusts(found, &tokens)?,
        family: family(found.family.as_deref())?,
        methods: methods::settle(found),
        password_prompts: number(found.password_prompts.as_deref(), "NumberOfPasswordPrompts", 3)?,
        batch: yes(found.batch.as_ref()),
        connect_timeout: spec.connect_timeout,
        keepalive: spec.keepalive,
        port: tokens.port,
        user: user.clone(),
        host: host.clone(),
        alias: alias.clone(),
    })
}

fn number<N: std::str::FromStr>(text: Option<&str>, key: &str, absent: N) -> Result<N, String> {
    let Some(text) = text else { return Ok(absent) };
    text.parse().map_err(|_| format!("`{key} {text}` is not a number, or too large"))
}

fn family(text: Option<&str>) -> Result<Family, String> {
    match text.map(str::to_ascii_lowercase).as_deref() {
        None | Some("any") => Ok(Family::Any),
        Some("inet") => Ok(Family::V4),
        Some("inet6") => Ok(Family::V6),
        Some(other) => Err(format!("`AddressFamily {other}` is none")),
    }
}

fn unknown(strict: Option<&str>) -> Result<UnknownKey, String> {
    match strict.map(str::to_ascii_lowercase).as_deref() {
        Some("yes" | "true") => Ok(UnknownKey::Refuse),
        Some("accept-new" | "no" | "off" | "false") => Ok(UnknownKey::Accept),
        None | Some("ask") => Ok(UnknownKey::Ask),
        Some(other) => Err(format!("`StrictHostKeyChecking {other}` means nothing")),
    }
}

fn trusts(found: &ConfigValues, tokens: &Tokens<'_>) -> Result<Trusts, String> {
    if let Some(command) = found.known_hosts_command.as_ref().filter(|text| !is_none(text)) {
        return Err(format!(
            "`KnownHostsCommand {command}` decides which host keys are trusted, and is not run \
             here. Write the keys to a file and name it with `known_hosts:`"
        ));
    }
    let list = |text: &Option<String>| {
        Some(text.as_ref()?.split(',').map(|name| name.trim().to_owned()).collect())
    };
    Ok(Trusts {
        revoked: found.revoked.as_ref().map_or(Ok(Vec::new()), |files| paths(files, tokens))?,
        host_keys: list(&found.host_keys),
        authorities: list(&found.authorities),
        rsa_bits: match &found.rsa_bits {
            None => 1024,
            Some(text) => {
                text.parse().map_err(|_| format!("`RequiredRSASize {text}` is not a number"))?
            }
        },
    })
}

fn is_none(text: &str) -> bool {
    text.eq_ignore_ascii_case("none")
}

/// Files by their names; `none` is none.
fn paths(texts: &[String], tokens: &Tokens<'_>) -> Result<Vec<PathBuf>, String> {
    texts.iter().filter(|text| !is_none(text)).map(|text| path(text, tokens)).collect()
}

fn path(text: &str, tokens: &Tokens<'_>) -> Result<PathBuf, String> {
    let text = expand(text, tokens)?;
    if text.starts_with('~') && text != "~" && !text.starts_with("~/") {
        return Err(format!("`{text}` is in somebody else's home; write the whole path"));
    }
    Ok(home(Path::new(&text), tokens.around))
}

fn via(spec: &SshSpec, found: &ConfigValues, tokens: &Tokens<'_>) -> Result<Via, String> {
    if let Some(jump) = &spec.jump {
        let jump = jump.clone();
        return Ok(if jump.is_empty() { Via::Direct } else { Via::Jump(jump) });
    }
    let jump = found.jump.as_deref();
    let command = found.command.as_deref().filter(|command| !is_none(command));
    match (jump.filter(|jump| !is_none(jump)), command) {
        (Some(jump), _) => {
            Ok(Via::Jump(expand(jump, tokens)?.split(',').map(|j| j.trim().to_owned()).collect()))
        }
        // `ProxyJump none` rules a `ProxyCommand` out too.
        (None, Some(_)) if jump.is_some() => Ok(Via::Direct),
        (None, Some(_)) if yes(found.passes_descriptor.as_ref()) => {
            Err("`ProxyUseFdpass yes` is not understood here; use a `ProxyCommand` without it"
                .to_owned())
        }
        (None, Some(command)) => Ok(Via::Command(expand(command, tokens)?)),
        (None, None) => Ok(Via::Direct),
    }
}

/// The inventory's keys first; then those of the configuration; where neither names one, those that
/// ssh(1) tries by itself.
fn identities(
    spec: &SshSpec,
    found: &ConfigValues,
    tokens: &Tokens<'_>,
) -> Result<Vec<PathBuf>, String> {
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
fn agent(found: &ConfigValues, tokens: &Tokens<'_>) -> Result<Option<PathBuf>, String> {
    match found.agent.as_deref() {
        None | Some("SSH_AUTH_SOCK") => Ok(tokens.around.agent.clone()),
        Some("none") => Ok(None),
        Some(text) => match text.strip_prefix('$').filter(|name| !name.starts_with('{')) {
            Some(name) => Ok((tokens.around.variable)(name).map(PathBuf::from)),
            None if found.from_ssh.is_some() => Ok(Some(home(Path::new(text), tokens.around))),
            None => path(text, tokens).map(Some),
        },
    }
}
