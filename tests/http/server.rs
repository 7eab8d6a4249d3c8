//! A server on loopback with faults on demand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// What becomes of one request.
#[derive(Debug, Clone)]
pub enum Reply {
    Answer(String),
    /// The answer comes late.
    Slow(Duration, String),
    /// The connection is closed after these bytes: after none, the answer is lost.
    Torn(String),
    /// Nothing is answered, and the connection stays open.
    Silence,
    /// Some pieces, a little apart, and then the connection stays open.
    Pieces(Vec<String>),
}

/// Answers the first request of every connection, with the replies in their order; the last one repeats. Keeps what
/// was asked.
pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let last = replies.len() == 1;
                let reply = if last { replies[0].clone() } else { replies.pop_front().unwrap() };
                tokio::spawn(serve(socket, reply, kept.clone()));
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut socket: TcpStream, reply: Reply, asked: Arc<Mutex<Vec<String>>>) {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains("\r\n\r\n") {
        match socket.read(&mut buffer).await {
            Ok(n @ 1..) => text.push_str(&String::from_utf8_lossy(&buffer[..n])),
            _ => return,
        }
    }
    asked.lock().unwrap().push(text);
    match reply {
        Reply::Answer(answer) => drop(socket.write_all(answer.as_bytes()).await),
        Reply::Slow(pause, answer) => {
            sleep(pause).await;
            let _ = socket.write_all(answer.as_bytes()).await;
        }
        Reply::Torn(part) => {
            let _ = socket.write_all(part.as_bytes()).await;
            return;
        }
        Reply::Silence => {}
        Reply::Pieces(pieces) => {
            for piece in pieces {
                let _ = socket.write_all(piece.as_bytes()).await;
                sleep(Duration::from_millis(30)).await;
            }
        }
    }
    // It stays open: only a client that wants no second request closes it.
    let _ = socket.read(&mut buffer).await;
}

pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

pub fn status(status: &str) -> Reply {
    Reply::Answer(answer(status, "", ""))
}
