//! The files of a host as its first release left them, and the layers of its configuration.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use tokio::process::Command;

use super::archives::{APP, Archive};
use crate::demo::host::Places;

/// The run that is recorded as the one that brought the first release.
const FIRST_RUN: &str = "20260101T000000.000000-prepare-demo-localhost";
const FIRST_AT: &str = "2026-01-01T00:00:00Z";
/// What the first release was configured with: what the layers say, without a secret of today.
const FIRST_CONFIGURATION: &str = "{\n    \"log\": \"info\",\n    \"workers\": 2\n}\n";

/// A secret of the configuration: it is read when the configuration is written, and shown nowhere.
const TOKEN_FILE: &str = "payment-token";

/// Layers, from the most general to the most special one. Later ones win.
const LAYERS: [(&str, &str); 4] = [
    (
        "config/central/common.yaml",
        "log: info\nworkers: 2\npayment: {url: \"https://pay.example.org\"}\n",
    ),
    ("config/central/common-demo.yaml", "payment: {url: \"https://pay.demo.example.org\"}\n"),
    ("config/shop/shop-default.yaml", "features: {search: true, wishlist: false}\nworkers: 4\n"),
    ("config/shop/shop-demo.yaml", "features: {wishlist: true}\n"),
];

/// Writes the layers of the configuration beside the inventory.
pub fn layers(root: &Path) -> io::Result<()> {
    for directory in ["config/central", "config/shop"] {
        fs::create_dir_all(root.join(directory))?;
    }
    for (path, text) in LAYERS {
        fs::write(root.join(path), text)?;
    }
    let token = root.join(TOKEN_FILE);
    fs::write(&token, "demo-payment-token\n")?;
    let secret = format!("payment: {{token: {{$secret: \"file:{}\"}}}}\n", token.display());
    fs::write(root.join("config/central").join(format!("{APP}-demo.yaml")), secret)
}

/// Directories, the unpacked first release with its records, the live link and the slot of blue.
pub async fn stack(places: &Places, first: &Archive) -> io::Result<()> {
    let (stack, tag) = (&places.stack, first.release.tag);
    let state = stack.join(".flipside");
    let version = stack.join("versions").join(tag);
    let parts = ["slots", "started", "releases", "hooks"].map(|part| state.join(part));
    for directory in parts.iter().chain([&places.tmp, &version]) {
        fs::create_dir_all(directory)?;
    }
    unpack(&first.path, &version).await?;
    let configuration = version.join("configuration.json");
    fs::write(&configuration, FIRST_CONFIGURATION)?;
    fs::set_permissions(configuration, fs::Permissions::from_mode(0o600))?;
    symlink(format!("versions/{tag}"), stack.join("live"))?;
    symlink(format!("../../versions/{tag}"), state.join("slots/blue"))?;
    let records = [
        ("releases", tag.to_owned(), format!("{} {FIRST_AT}", first.sha256)),
        ("hooks", format!("{tag}.prepare"), format!("ended 0 {FIRST_RUN}")),
        ("hooks", format!("{tag}.deployed"), format!("ended 0 {FIRST_RUN}")),
        ("started", "blue".to_owned(), format!("started {tag} {FIRST_RUN}")),
    ];
    for (directory, name, text) in records {
        fs::write(state.join(directory).join(name), text + "\n")?;
    }
    fs::write(state.join("live-version"), format!("{tag}\n"))?;
    fs::write(stack.join("live-color"), "blue\n")
}

async fn unpack(archive: &Path, to: &Path) -> io::Result<()> {
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(archive).arg("-C").arg(to).args(["--strip-components", "1"]);
    let done = tar.status().await?;
    if done.success() { Ok(()) } else { Err(io::Error::other(format!("tar {done}"))) }
}
