//! A stand-in for Docker Engine and `docker compose`: containers are HTTP servers and log writers in
//! this process, images are entries in a list, the registry is a table.
//!
//! What is stood in for: the words, exit codes and messages of the orders that the platform's
//! scripts give, and the two questions they ask of the engine's HTTP API.

pub mod api;
mod compose_file;
pub mod container;
pub mod engine;
pub mod filter;
pub mod image;
mod life;
pub mod orders;
pub mod registry;
