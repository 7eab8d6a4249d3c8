//! The key `agent` of an inventory.

use std::time::Duration;

use super::spec::{AgentSettings, AgentSpec};
use crate::base::secret_ref::SecretRef;
use crate::base::yaml::Scalar;
use crate::domain::http::Tls;
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{BadScalar, FromScalar, Limit, LocalPath, Text, Url};

/// The key under which an app names its agent.
pub const KEY: &str = "agent";

/// The keys of its section.
pub const SECTION_KEYS: &[(&str, &str)] =
    &[("url", KEY), ("user", KEY), ("password", KEY), ("target", KEY), ("ca_file", KEY)];

const EXAMPLE: &str = "\"https://{target}:5000/deploy/\"";

/// The address of an agent, without a slash at its end.
struct AgentUrl(String);

/// A name in a path or a form of the agent.
struct AgentWord(String);

/// Reads the settings of an app on an agent. `elsewhere` are the keys that only a release by SSH has.
pub fn decode(
    fields: &Fields<'_, '_>,
    name: &str,
    elsewhere: &[&'static str],
) -> Option<AgentSpec> {
    let fits = only_agent(fields, elsewhere) & is_on_an_api(fields);
    let section = fields.section(KEY)?;
    let url = url(fields, &section);
    let user = section.need::<Text>("user", "deploy");
    let password = section.need::<SecretRef>("password", "env:AGENT_PASSWORD");
    let ca_file = section.get::<LocalPath>("ca_file").map(|path| fields.reader().local(&path.0));
    let app = section.or("app", AgentWord(name.to_owned()), name);
    let target = section.or("target", AgentWord("master".to_owned()), "master");
    let timeout = section.or("timeout", Limit(Duration::from_secs(90)), "90s").0;
    section.finish();
    let settings = AgentSettings {
        url: url?.0,
        user: user?.0,
        password: password?,
        tls: Tls { name: None, ca_file, client: None },
        app: app.0,
        target: target.0,
        timeout,
    };
    fits.then(|| settings.spec())
}

/// Returns the agent's address: its own, or that of its target.
fn url(fields: &Fields<'_, '_>, section: &Fields<'_, '_>) -> Option<AgentUrl> {
    fields.expect("url");
    if section.source("url").is_none() && fields.source("url").is_some() {
        section.expect("url");
        return fields.get("url");
    }
    section.need("url", EXAMPLE)
}

/// Reports keys of releases by SSH beside `agent`. Returns whether there are none.
fn only_agent(fields: &Fields<'_, '_>, elsewhere: &[&'static str]) -> bool {
    let mut fits = true;
    for key in elsewhere.iter().copied() {
        fields.expect(key);
        let Some(source) = fields.source(key).filter(|_| fields.is_written(key)) else { continue };
        fits = false;
        fields.reject(
            source,
            format!("`{key}` has no effect beside `{KEY}`: the agent releases by its own settings, without SSH"),
            format!("remove it, or write `{key}: ~` for this app if it comes from `every_app`"),
        );
    }
    fits
}

/// Reports an agent that is named for a host. Which targets an app has is decided for the whole app.
fn is_on_an_api(fields: &Fields<'_, '_>) -> bool {
    let on_host = fields.with_placeholders_filled("{host}").is_some();
    let Some(source) = fields.source(KEY).filter(|_| on_host && fields.is_complete()) else {
        return true;
    };
    fields.reject(
        source,
        format!(
            "`{KEY}` is set for one host, and an app with an agent has its members under `targets:`"
        ),
        "write it under the app, for all environments or for one; and the boxes under `targets:`",
    );
    false
}

impl FromScalar for AgentUrl {
    const WANTED: &'static str = "the address of a deploy agent";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Url::PLACEHOLDERS;
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let url = Url::read(scalar)?.0;
        if let Some(rest) = url.strip_prefix("http://") {
            let host = rest.split(['/', '?']).next().unwrap_or_default();
            let here = ["localhost", "127.0.0.1", "[::1]"];
            let is_here = here.iter().any(|name| {
                host.strip_prefix(name).is_some_and(|port| port.is_empty() || port.starts_with(':'))
            });
            if !is_here {
                return Err(BadScalar::new(
                    "an address without TLS would send the agent's password unencrypted",
                    "write `https://`; an authority of your own goes to `ca_file`",
                ));
            }
        }
        Ok(Self(url.trim_end_matches('/').to_owned()))
    }
}

impl FromScalar for AgentWord {
    const WANTED: &'static str = "a name that the agent knows";
    const PLACEHOLDERS: Option<&'static [&'static str]> = Some(&[]);
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let text = &scalar.text;
        let good = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        if text.is_empty() || text.starts_with(['/', '.']) || !text.chars().all(good) {
            return Err(BadScalar::new(
                format!("`{}` is no name that a deploy agent takes", text.escape_debug()),
                "use letters, digits, `.`, `_`, `-` and `/`; begin with a letter or a digit",
            ));
        }
        Ok(Self(text.clone()))
    }
}
