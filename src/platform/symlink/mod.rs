//! An artifact, a symlink and hooks, over SSH: a release is unpacked beside the others, and the link `live` is swung
//! to it.

mod scripts;
