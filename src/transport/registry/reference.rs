//! Which registry an image's name means, and which repository there.
//!
//! The grammar is that of the distribution project's `reference` package, as `docker pull` reads a name:
//! the first part is a registry only if it holds a `.` or a `:`, or is `localhost`; else the whole is a
//! repository of Docker Hub, where a single part lives under `library/`.

use crate::transport::http::is_this_machine;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// As a person names it: `docker.io`, `registry.example.org:5000`.
    pub registry: String,
    pub repository: String,
    pub plain_http: bool,
}

const HUB: &str = "docker.io";
/// Docker Hub is named by one host and asked at another.
const HUB_API: &str = "registry-1.docker.io";
/// What Docker keeps its login for Docker Hub under, since the days of the first registry.
const HUB_LOGIN: &str = "https://index.docker.io/v1/";

impl Reference {
    /// `Err` says what is wrong with the name. `plain_http`: it is asked without TLS wherever it is.
    pub fn parse(image: &str, plain_http: bool) -> Result<Self, String> {
        let (registry, path) = match image.split_once('/') {
            Some((first, rest)) if is_registry(first) => (first, rest),
            _ => (HUB, image),
        };
        let registry = if registry == "index.docker.io" { HUB } else { registry };
        let hub = registry == HUB;
        let repository =
            if hub && !path.contains('/') { format!("library/{path}") } else { path.to_owned() };
        if !repository.split('/').all(is_component) {
            return Err(format!(
                "`{repository}` is no repository: it has lower case letters, digits, and `.`, `_`, `-` between them"
            ));
        }
        let authority = authority(registry).ok_or_else(|| format!("`{registry}` is no host"))?;
        let plain_http = !hub && (plain_http || is_this_machine(authority));
        Ok(Self { registry: registry.to_owned(), repository, plain_http })
    }

    /// `https://registry-1.docker.io`
    pub fn base(&self) -> String {
        let scheme = if self.plain_http { "http" } else { "https" };
        let host = if self.registry == HUB { HUB_API } else { &self.registry };
        format!("{scheme}://{host}")
    }

    /// What Docker keeps a login for this registry under.
    pub fn login_key(&self) -> &str {
        if self.registry == HUB { HUB_LOGIN } else { &self.registry }
    }

    /// Is this login's server the same registry?
    pub fn is_at(&self, server: &str) -> bool {
        let bare = host_of(server);
        let hub = ["docker.io", "index.docker.io", HUB_API].contains(&bare);
        bare == self.registry || (hub && self.registry == HUB)
    }
}

/// Without a scheme and without a path.
pub fn host_of(server: &str) -> &str {
    let bare = server.split_once("://").map_or(server, |(_, rest)| rest);
    bare.split('/').next().unwrap_or_default()
}

fn is_registry(first: &str) -> bool {
    first == "localhost"
        || first.contains(['.', ':'])
        || first.chars().any(|c| c.is_ascii_uppercase())
}

/// The host, if name, address and port are well-formed.
fn authority(registry: &str) -> Option<&str> {
    let (host, port) = match registry.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, after.strip_prefix(':').or(after.is_empty().then_some("0"))?)
        }
        None => registry.split_once(':').unwrap_or((registry, "0")),
    };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == ':';
    let good = !host.is_empty() && host.chars().all(word) && !host.starts_with(['-', '.']);
    (good && port.parse::<u16>().is_ok()).then_some(host)
}

/// `[a-z0-9]+([._-]+[a-z0-9]+)*`, where `.` and `_` follow each other as the grammar allows.
fn is_component(part: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = part.chars().all(|c| letter(c) || "._-".contains(c));
    good && part.starts_with(letter) && part.ends_with(letter) && !part.contains("..")
}

#[cfg(test)]
mod tests {
    use super::Reference;

    fn asked(image: &str) -> String {
        let reference = Reference::parse(image, false).unwrap();
        format!("{} {}", reference.base(), reference.repository)
    }

    #[test]
    fn a_name_means_what_it_means_to_docker() {
        for (image, means) in [
            ("nginx", "https://registry-1.docker.io library/nginx"),
            ("team/shop", "https://registry-1.docker.io team/shop"),
            ("docker.io/nginx", "https://registry-1.docker.io library/nginx"),
            ("index.docker.io/team/shop", "https://registry-1.docker.io team/shop"),
            ("ghcr.io/team/shop", "https://ghcr.io team/shop"),
            ("registry.example.org:5000/a/b/c", "https://registry.example.org:5000 a/b/c"),
            ("registry:5000/shop", "https://registry:5000 shop"),
            ("localhost/shop", "http://localhost shop"),
            ("localhost:5000/shop", "http://localhost:5000 shop"),
            ("127.0.0.1:5000/shop", "http://127.0.0.1:5000 shop"),
            ("[::1]:5000/shop", "http://[::1]:5000 shop"),
            ("10.1.2.3:5000/shop", "https://10.1.2.3:5000 shop"),
        ] {
            assert_eq!(asked(image), means, "{image}");
        }
    }

    #[test]
    fn plain_http_is_opt_in_and_never_for_docker_hub() {
        let base = |image| Reference::parse(image, true).unwrap().base();
        assert_eq!(base("10.1.2.3:5000/shop"), "http://10.1.2.3:5000");
        assert_eq!(base("team/shop"), "https://registry-1.docker.io");
    }

    #[test]
    fn what_could_lead_elsewhere_is_no_name() {
        for bad in ["", "Shop", "a//b", "../etc", "r.example.org/", "r.example.org:x/a", "a b"] {
            assert!(Reference::parse(bad, false).is_err(), "{bad}");
        }
        for bad in ["user@r.example.org/a", "r.example.org:1/a?b", "[::1/a", "r.example.org/a#b"] {
            assert!(Reference::parse(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_login_is_kept_under_the_name_that_docker_gives_it() {
        let key = |image| Reference::parse(image, false).unwrap().login_key().to_owned();
        assert_eq!(key("team/shop"), "https://index.docker.io/v1/");
        assert_eq!(key("r.example.org:5000/shop"), "r.example.org:5000");
        let hub = Reference::parse("team/shop", false).unwrap();
        assert!(hub.is_at("https://index.docker.io/v1/") && hub.is_at("docker.io"));
        assert!(!hub.is_at("r.example.org"));
    }
}
