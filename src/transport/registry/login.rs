//! Logins as `docker login` leaves them: the Docker configuration file
//! (<https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties>)
//! and the credential helpers that it names (<https://github.com/docker/docker-credential-helpers>).
//!
//! No error here quotes what was read: it may be the secret itself.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use data_encoding::BASE64;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::reference::host_of;

/// The places where logins are stored.
#[derive(Debug, Clone)]
pub struct LoginStore {
    /// The directory of `config.json`.
    pub docker: Option<PathBuf>,
    /// The search path of helpers, in place of this process's own `PATH`.
    pub path: Option<OsString>,
    /// The limit for a helper, which may ask a keychain, which may ask a person.
    pub patience: Duration,
}

const HELPER: Duration = Duration::from_secs(15);

#[derive(Clone)]
pub enum Secret {
    Password {
        user: String,
        password: SecretString,
    },
    /// It is exchanged for tokens at the registry's token server.
    IdentityToken(SecretString),
    /// It is itself a token.
    RegistryToken(SecretString),
}

/// A login, and its source, for error texts.
#[derive(Debug, Clone)]
pub struct Login {
    pub secret: Secret,
    pub from: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password { .. } => "Password(…)",
            Self::IdentityToken(_) => "IdentityToken(…)",
            Self::RegistryToken(_) => "RegistryToken(…)",
        })
    }
}

/// `null` stands for nothing in all of it, as Docker's own reader has it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: Option<BTreeMap<String, Option<AuthEntry>>>,
    creds_store: Option<String>,
    cred_helpers: Option<BTreeMap<String, Option<String>>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AuthEntry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

impl LoginStore {
    /// `$DOCKER_CONFIG`, else `~/.docker`, as Docker itself has it.
    pub fn of_this_user() -> Self {
        let named = std::env::var_os("DOCKER_CONFIG").filter(|path| !path.is_empty());
        let home = || Some(std::env::home_dir()?.join(".docker"));
        Self { docker: named.map(PathBuf::from).or_else(home), path: None, patience: HELPER }
    }

    /// Returns the login for a registry, by the key under which Docker stores it.
    pub async fn find(&self, key: &str) -> Result<Option<Login>, String> {
        let Some(path) = self.docker.as_ref().map(|directory| directory.join("config.json")) else {
            return Ok(None);
        };
        let shown = path.display();
        let bytes = match tokio::fs::read(&path).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{shown} cannot be read: {error}")),
        };
        // An empty file is one without a login, to Docker too.
        if bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        let file: Option<File> = serde_json::from_slice(&bytes).map_err(|error| {
            format!("{shown} cannot be read (line {}, column {})", error.line(), error.column())
        })?;
        let File { auths, creds_store, cred_helpers } = file.unwrap_or_default();
        let helpers = cred_helpers.unwrap_or_default();
        let named = helpers.iter().find(|(name, _)| is_same(name, key));
        let named = named.and_then(|(_, helper)| helper.as_ref());
        let helper = named.or(creds_store.as_ref());
        if let Some(helper) = helper.filter(|helper| !helper.is_empty())
            && let Some(login) = self.ask(helper, key).await?
        {
            return Ok(Some(login));
        }
        let auths = auths.unwrap_or_default();
        let exact = auths.get(key);
        let entry =
            exact.or_else(|| auths.iter().find(|(name, _)| is_same(name, key)).map(|(_, it)| it));
        let Some(Some(entry)) = entry else { return Ok(None) };
        let secret = entry.secret().map_err(|Unreadable| {
            format!("{shown} has a login for {} that cannot be read", host_of(key))
        })?;
        Ok(secret.map(|secret| Login { secret, from: shown.to_string() }))
    }

    /// The protocol of Docker's helpers: the server's name on standard input, JSON on standard output.
    async fn ask(&self, helper: &str, key: &str) -> Result<Option<Login>, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Got {
            username: String,
            secret: String,
        }
        let program = format!("docker-credential-{helper}");
        if !helper.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
            return Err("the Docker configuration file names a credential helper that is no word"
                .to_owned());
        }
        let limit = self.patience;
        let asked = tokio::time::timeout(limit, self.run(&program, key)).await;
        let output = asked
            .map_err(|_| format!("{program} did not answer within {} s", limit.as_secs_f32()))?
            .map_err(|error| format!("{program} cannot be started: {error}"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            // The one error that every helper words alike.
            if said.contains("credentials not found") {
                return Ok(None);
            }
            let try_it = format!("`printf {} | {program} get` says why", host_of(key));
            return Err(format!("{program} failed ({}); {try_it}", output.status));
        }
        let got: Got = serde_json::from_str(&said)
            .map_err(|_| format!("what {program} printed cannot be read"))?;
        let secret = SecretString::from(got.secret);
        let secret = match got.username.as_str() {
            "<token>" => Secret::IdentityToken(secret),
            _ => Secret::Password { user: got.username, password: secret },
        };
        Ok(Some(Login { secret, from: program }))
    }

    async fn run(&self, program: &str, key: &str) -> std::io::Result<std::process::Output> {
        let mut command = Command::new(program);
        command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        let mut child = command.kill_on_drop(true).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A helper that does not read it has its reasons; what it prints tells.
            let _ = input.write_all(key.as_bytes()).await;
        }
        child.wait_with_output().await
    }
}

/// Keys are written with and without a scheme and a path.
fn is_same(written: &str, key: &str) -> bool {
    host_of(written) == host_of(key)
}

/// No more than that is said of it.
struct Unreadable;

impl AuthEntry {
    /// `Err`: it cannot be read. `Ok(None)`: it holds nothing, as Docker leaves it beside a helper.
    fn secret(&self) -> Result<Option<Secret>, Unreadable> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = filled(&self.registrytoken) {
            return Ok(Some(Secret::RegistryToken(token.into())));
        }
        if let Some(token) = filled(&self.identitytoken) {
            return Ok(Some(Secret::IdentityToken(token.into())));
        }
        let (user, password) = match filled(&self.auth) {
            Some(auth) => user_and_password(&auth).ok_or(Unreadable)?,
            None => match (filled(&self.username), filled(&self.password)) {
                (Some(user), Some(password)) => (user, password),
                _ => return Ok(None),
            },
        };
        Ok(Some(Secret::Password { user, password: password.into() }))
    }
}

/// What an `auth` holds, which is `user:password` in Base64.
fn user_and_password(auth: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64.decode(auth.trim().as_bytes()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    // Some old files have these behind it.
    Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
}
