//! What a stand-in and its host say to each other over the unix socket: one line of JSON each.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The variable that tells a stand-in which host it is on.
pub const SOCKET: &str = "FLIPSIDE_DEMO_SOCKET";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    Docker,
    Nginx,
    Shopctl,
}

/// A stand-in was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub program: Program,
    pub words: Vec<String>,
    pub directory: PathBuf,
    /// Only where the words say that it is to be read.
    pub stdin: Option<String>,
}

/// What the stand-in is to print, and with what it is to end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    Out(String),
    Err(String),
    Exit(u8),
}
