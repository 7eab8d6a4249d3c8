//! A web server on a loopback port that serves what it is given.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// One request: its path and query, and its login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub target: String,
    pub login: Option<String>,
}

#[derive(Clone)]
pub struct Files {
    pub url: String,
    answers: Arc<Mutex<BTreeMap<String, (u16, String)>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Files {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let files = Self { url, answers: Arc::default(), asked: Arc::default() };
        let server = files.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    let answer = service_fn(|request| {
                        let response = server.answer(&request);
                        async move { Ok::<_, Infallible>(response) }
                    });
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(socket), answer).await;
                });
            }
        });
        files
    }

    /// Serves this text at a path. With a status of 300 to 399 it is where the server redirects to.
    pub fn serve(&self, path: &str, status: u16, text: impl Into<String>) {
        self.answers.lock().unwrap().insert(path.to_owned(), (status, text.into()));
    }

    /// Returns the requests since this was called last.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let target = request.uri().path_and_query().unwrap().to_string();
        let header = |name: &str| request.headers().get(name).map(|it| it.to_str().unwrap());
        let login = header("authorization").or_else(|| header("private-token"));
        let login = login.map(str::to_owned);
        self.asked.lock().unwrap().push(Asked { target: target.clone(), login });
        let answers = self.answers.lock().unwrap();
        // A store is asked with a query that is different each time.
        let path = request.uri().path();
        let after = target.contains("continuation-token").then(|| format!("{path}?more"));
        let found = answers.get(&after.unwrap_or_else(|| path.to_owned())).cloned();
        let (status, text) = found.unwrap_or((404, "not found".to_owned()));
        let response = Response::builder().status(status);
        let response = match status {
            300..=399 => response.header("location", text.as_str()),
            _ => response,
        };
        response.body(Full::new(Bytes::from(text))).unwrap()
    }
}
