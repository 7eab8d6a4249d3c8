//! A registry on a loopback port, with one repository: `shop`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use flipside::domain::catalog::{Facts, Image, ListSummary, SourceError};
use flipside::domain::release::{Release, Tag};
use flipside::transport::registry::{LoginStore, Registries};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// The logins that it accepts.
#[derive(Debug, Clone)]
pub enum Door {
    Open,
    Basic,
    /// A token, which its own token server issues for the password or `refresh-me`.
    /// `public`: and for no login at all.
    Token {
        public: bool,
        field: &'static str,
    },
}

pub const USER: &str = "mara";
pub const PASSWORD: &str = "open-sesame";
pub const REFRESH: &str = "refresh-me";

/// One request, as it came.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub authorization: String,
    pub accept: String,
    pub form: String,
}

/// What it answers to a path in place of the truth, once.
#[derive(Debug, Clone)]
pub struct Odd {
    pub path: &'static str,
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

#[derive(Debug)]
pub struct State {
    pub door: Door,
    pub tags: BTreeMap<String, String>,
    pub page: usize,
    /// Manifests and blobs, by digest.
    pub content: BTreeMap<String, Vec<u8>>,
    pub asked: Vec<Asked>,
    pub odd: Vec<Odd>,
    /// Counted up to make tokens that were given before worthless.
    pub tokens: u32,
    /// Blobs are at another host.
    pub blobs_at: Option<String>,
}

#[derive(Clone)]
pub struct Standin {
    pub host: String,
    state: Arc<Mutex<State>>,
}

type Answer = Response<Full<Bytes>>;

pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(bytes)))
}

impl Standin {
    pub async fn start(door: Door) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (tags, content) = (BTreeMap::new(), BTreeMap::new());
        let state = State {
            door,
            tags,
            page: 100,
            content,
            asked: Vec::new(),
            odd: Vec::new(),
            tokens: 0,
            blobs_at: None,
        };
        let standin = Self { host, state: Arc::new(Mutex::new(state)) };
        let serving = standin.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| {
                        let serving = serving.clone();
                        async move { Ok::<_, Infallible>(serving.hear(request).await) }
                    });
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        standin
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn keep(&self, content: &Value) -> String {
        let bytes = content.to_string().into_bytes();
        let digest = digest(&bytes);
        self.state().content.insert(digest.clone(), bytes);
        digest
    }

    fn manifest(&self, created: &str, architecture: &str) -> String {
        let config = json!({"created": created, "os": "linux", "architecture": architecture});
        let config = self.keep(&config);
        let media = "application/vnd.oci.image.manifest.v1+json";
        self.keep(&json!({
            "schemaVersion": 2, "mediaType": media, "layers": [],
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config},
        }))
    }

    /// An image for one platform.
    pub fn has(&self, tag: &str, created: &str, architecture: &str) -> &Self {
        let digest = self.manifest(created, architecture);
        self.state().tags.insert(tag.to_owned(), digest);
        self
    }

    /// An image for several.
    pub fn has_index(&self, tag: &str, created: &str, architectures: &[&str]) -> &Self {
        let child = |architecture: &&str| {
            let digest = self.manifest(created, architecture);
            json!({"digest": digest, "platform": {"os": "linux", "architecture": architecture}})
        };
        let children: Vec<Value> = architectures.iter().map(child).collect();
        let media = "application/vnd.oci.image.index.v1+json";
        let index =
            self.keep(&json!({"schemaVersion": 2, "mediaType": media, "manifests": children}));
        self.state().tags.insert(tag.to_owned(), index);
        self
    }

    pub fn has_tags(&self, tags: &[&str]) -> &Self {
        for tag in tags {
            self.state().tags.insert((*tag).to_owned(), digest(tag.as_bytes()));
        }
        self
    }

    pub fn answers(
        &self,
        path: &'static str,
        status: u16,
        headers: &[(&'static str, &str)],
        body: &str,
    ) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.state().odd.push(Odd { path, status, headers, body: body.to_owned() });
    }

    /// So often a path that holds this was asked for.
    pub fn count(&self, method: &str, part: &str) -> usize {
        let state = self.state();
        state.asked.iter().filter(|it| it.method == method && it.path.contains(part)).count()
    }

    pub fn image(&self) -> Image {
        Image { name: format!("{}/shop", self.host), login: None, plain_http: false }
    }

    async fn hear(&self, request: Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let header = |name: &str| {
            parts.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned()
        };
        let asked = Asked {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            authorization: header("authorization"),
            accept: header("accept"),
            form: String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap(),
        };
        let mut state = self.state();
        state.asked.push(asked.clone());
        if let Some(at) = state.odd.iter().position(|odd| asked.path.contains(odd.path)) {
            let odd = state.odd.remove(at);
            let headers: Vec<_> = odd.headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            return answer(odd.status, &headers, odd.body.into_bytes());
        }
        if asked.path == "/token" {
            return state.token(&asked);
        }
        state.refuses(&asked, &self.host).unwrap_or_else(|| state.content(&asked))
    }
}

impl State {
    fn password() -> String {
        format!("Basic {}", BASE64.encode(format!("{USER}:{PASSWORD}").as_bytes()))
    }

    fn token(&mut self, asked: &Asked) -> Answer {
        let Door::Token { public, field } = self.door else { return error(404, "NOT_FOUND", "") };
        let good = match asked.method.as_str() {
            "POST" => asked.form.contains(&format!("refresh_token={REFRESH}")),
            _ if asked.authorization.is_empty() => public,
            _ => asked.authorization == Self::password(),
        };
        if !good {
            return error(401, "UNAUTHORIZED", "incorrect username or password");
        }
        let body = json!({field: format!("token-{}", self.tokens), "expires_in": 300});
        answer(200, &[], body.to_string().into_bytes())
    }

    fn refuses(&self, asked: &Asked, host: &str) -> Option<Answer> {
        let (good, challenge) = match self.door {
            Door::Open => return None,
            Door::Basic => (Self::password(), "Basic realm=\"lab\"".to_owned()),
            Door::Token { .. } => (
                format!("Bearer token-{}", self.tokens),
                format!(
                    "Bearer realm=\"http://{host}/token\",service=\"lab, of shops\",scope=\"repository:shop:pull\""
                ),
            ),
        };
        if asked.authorization == good {
            return None;
        }
        let body =
            json!({"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]});
        Some(answer(401, &[("www-authenticate", &challenge)], body.to_string().into_bytes()))
    }

    fn content(&self, asked: &Asked) -> Answer {
        if asked.path == "/v2/" {
            return answer(
                200,
                &[("docker-distribution-api-version", "registry/2.0")],
                b"{}".to_vec(),
            );
        }
        let Some(rest) = asked.path.strip_prefix("/v2/shop/") else {
            return error(404, "NAME_UNKNOWN", "repository name not known to registry");
        };
        match rest.split_once('/') {
            Some(("tags", "list")) => self.list(&asked.query),
            Some(("manifests", reference)) => self.manifest(asked, reference),
            Some(("blobs", digest)) => match (&self.blobs_at, self.content.get(digest)) {
                (Some(host), _) => answer(
                    307,
                    &[("location", &format!("http://{host}/v2/shop/blobs/{digest}"))],
                    Vec::new(),
                ),
                (None, Some(bytes)) => answer(200, &[], bytes.clone()),
                (None, None) => error(404, "BLOB_UNKNOWN", "blob unknown to registry"),
            },
            _ => error(404, "NOT_FOUND", ""),
        }
    }

    fn list(&self, query: &str) -> Answer {
        let value = |name: &str| query.split('&').find_map(|it| it.strip_prefix(name));
        let wanted: usize = value("n=").unwrap().parse().unwrap();
        let size = wanted.min(self.page);
        let last = value("last=").unwrap_or_default();
        let after: Vec<&String> = self.tags.keys().filter(|tag| tag.as_str() > last).collect();
        let page: Vec<&String> = after.iter().copied().take(size).collect();
        let body = json!({"name": "shop", "tags": page}).to_string().into_bytes();
        match page.last().filter(|_| after.len() > size) {
            Some(last) => answer(
                200,
                &[("link", &format!("</v2/shop/tags/list?last={last}&n={size}>; rel=\"next\""))],
                body,
            ),
            None => answer(200, &[], body),
        }
    }

    fn manifest(&self, asked: &Asked, reference: &str) -> Answer {
        let digest = self.tags.get(reference).map_or(reference, String::as_str);
        let Some(bytes) = self.content.get(digest) else {
            return error(404, "MANIFEST_UNKNOWN", "manifest unknown");
        };
        // As real ones do: who says nothing of indexes gets none.
        if !asked.accept.contains("vnd.oci.image.index.v1+json") {
            return error(
                404,
                "MANIFEST_UNKNOWN",
                "OCI index found, but accept header does not support OCI indexes",
            );
        }
        let body = if asked.method == "HEAD" { Vec::new() } else { bytes.clone() };
        answer(200, &[("docker-content-digest", digest)], body)
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::new(Bytes::from(body))).unwrap()
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = json!({"errors": [{"code": code, "message": message}]});
    answer(status, &[], body.to_string().into_bytes())
}

/// A person's machine: a Docker configuration of its own, and helpers of its own.
pub struct Desk {
    pub home: TempDir,
    pub registries: Registries,
}

impl Desk {
    pub fn new() -> Self {
        let home = TempDir::new().unwrap();
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        let logins = LoginStore {
            docker: Some(home.path().to_owned()),
            path: Some(format!("{}:/usr/bin:/bin", bin.display()).into()),
            patience: Duration::from_millis(500),
        };
        Self { registries: Registries::with(logins, Duration::from_secs(2)), home }
    }

    pub fn config(self, text: &Value) -> Self {
        std::fs::write(self.home.path().join("config.json"), text.to_string()).unwrap();
        self
    }

    /// A login as `docker login` writes it.
    pub fn login(self, host: &str, password: &str) -> Self {
        let auth = BASE64.encode(format!("{USER}:{password}").as_bytes());
        self.config(&json!({"auths": {host: {"auth": auth}}}))
    }

    pub fn helper(self, name: &str, script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let path = self.home.path().join("bin").join(format!("docker-credential-{name}"));
        write(&path, &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    pub async fn tags(&self, standin: &Standin) -> Result<(Vec<String>, ListSummary), SourceError> {
        self.tags_of(&standin.image()).await
    }

    pub async fn tags_of(&self, image: &Image) -> Result<(Vec<String>, ListSummary), SourceError> {
        let heard = Mutex::new(Vec::new());
        let tell = |tags: Vec<Tag>| heard.lock().unwrap().extend(tags.iter().map(Tag::to_string));
        let listed = self.registries.tags(image, &tell).await?;
        Ok((heard.into_inner().unwrap(), listed))
    }

    /// Can this still be pulled: a digest, or with none the tag?
    pub async fn has(&self, image: &Image, tag: &str, digest: &str) -> Result<bool, SourceError> {
        let digest = flipside::domain::release::Digest::new(digest).ok();
        let release = Release { tag: Tag::new(tag).unwrap(), digest };
        self.registries.has(image, &release).await
    }

    pub async fn facts(&self, standin: &Standin, tag: &str) -> Result<Facts, SourceError> {
        self.registries.facts(&standin.image(), &Tag::new(tag).unwrap()).await
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}
