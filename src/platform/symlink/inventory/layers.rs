//! Reads the layers that the configuration of a release is merged from. They are files of this machine.

use std::path::{Path, PathBuf};

use super::words::DirectoryName;
use crate::base::problem::Problem;
use crate::base::yaml::{self, Node};
use crate::domain::spec::Template;
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{LocalPath, Text};
use crate::platform::symlink::config::{Folder, For, merge, names};
use crate::platform::symlink::spec::ConfigSpec;

/// The endings of a layer's file. JSON is read as YAML, which contains it.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// Layers are read whole; a file of this size is not one.
const BIGGEST: u64 = 1024 * 1024;

/// Reads the section `config` of a `stack`.
pub fn config(fields: Fields<'_, '_>, stack: &Fields<'_, '_>) -> Option<ConfigSpec> {
    let file =
        fields.or("file", DirectoryName("configuration.json".to_owned()), "configuration.json").0;
    let local = |path: LocalPath| fields.reader().local(&path.0);
    let central: Vec<PathBuf> =
        fields.list::<LocalPath>("central").unwrap_or_default().into_iter().map(local).collect();
    let app = fields.get::<LocalPath>("app").map(local);
    let cluster = fields.get::<Text>("cluster").map(|cluster| cluster.0);
    let source = stack.source("config")?;
    fields.finish();
    let missing = central.iter().chain(&app).find(|directory| !directory.is_dir());
    if let Some(directory) = missing {
        let what = format!("`config`: {} is no directory", directory.display());
        stack.reject(source, what, "a relative path starts at the directory of the inventory");
        return None;
    }
    let [host, environment, name] =
        ["{host}", "{environment}", "{app}"].map(|it| stack.with_placeholders_filled(it));
    let (host, environment, name) = (host?, environment?, name?);
    let of =
        For { host: &host, environment: &environment, cluster: cluster.as_deref(), app: &name };
    let (mut layers, mut nodes) = (Vec::new(), Vec::new());
    for (folder, layer) in names(of) {
        let directories = match folder {
            Folder::Central => central.iter().collect::<Vec<_>>(),
            Folder::App => app.iter().collect(),
        };
        for path in directories.into_iter().flat_map(|directory| files(directory, &layer)) {
            nodes.push(node(stack, &path)?);
            layers.push(path);
        }
    }
    match merge(&nodes) {
        Ok(values) => Some(ConfigSpec { file, layers, values }),
        Err(faults) => {
            for (layer, fault) in faults {
                let at =
                    layers.get(layer).map_or_else(String::new, |path| path.display().to_string());
                let what = format!("{at}, line {}: {}", fault.at.line, fault.what);
                stack.reject(source, what, fault.remedy);
            }
            None
        }
    }
}

/// Returns the files of a layer in a directory: usually one, or none.
fn files(directory: &Path, layer: &str) -> Vec<PathBuf> {
    let file = |ending: &str| directory.join(format!("{layer}.{ending}"));
    ENDINGS.into_iter().map(file).filter(|path| path.is_file()).collect()
}

/// Reads a file, which several hosts may share, once.
fn node(fields: &Fields<'_, '_>, path: &Path) -> Option<Node> {
    let read = |path: &Path| {
        let fault = |what: &str, remedy: &str| vec![Problem::in_file(path, what, remedy)];
        match std::fs::metadata(path) {
            Ok(meta) if meta.len() <= BIGGEST => {}
            Ok(_) => return Err(fault("it is far too big for a layer", "split it")),
            Err(_) => return Err(fault("it cannot be read", "make it readable for yourself")),
        }
        let text = std::fs::read_to_string(path)
            .map_err(|_| fault("the layer is not UTF-8 text", "save it as UTF-8"))?;
        let (_, faults) = yaml::parse(&text, "");
        if faults.is_empty() {
            return Ok(Template { path: path.to_owned(), text });
        }
        Err(faults.into_iter().map(|fault| fault.in_file(path, &text)).collect())
    };
    let text = fields.reader().template(path.to_owned(), read)?.text;
    yaml::parse(&text, "").0
}
