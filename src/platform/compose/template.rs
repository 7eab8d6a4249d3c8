//! Renders the dated compose file of a host from the inventory's template.

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::facts::Head;
use crate::domain::names::{Color, EnvName};
use crate::domain::release::Tag;
use crate::domain::spec::Member;
use crate::platform::compose::spec::ComposeSpec;

/// The release of each part of the file.
#[derive(Debug, Clone)]
pub struct Tags<'a> {
    pub colors: BTreeMap<&'a Color, &'a Tag>,
    /// The release of the jobs and the migration.
    pub jobs: &'a Tag,
}

/// The variables of a template.
#[derive(Serialize)]
struct Context<'a> {
    image: BTreeMap<&'a str, String>,
    colors: BTreeMap<&'a str, ColorContext<'a>>,
    release: &'a str,
    app: &'a str,
    stack: &'a str,
    host: &'a str,
    environment: &'a str,
    project: &'a str,
    dir: &'a str,
    vars: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct ColorContext<'a> {
    service: &'a str,
    address: &'a str,
    port: &'a str,
}

/// Returns the complete text of the file. Its first line says for which release and color it is.
pub fn render(
    environment: &EnvName,
    member: &Member,
    spec: &ComposeSpec,
    tags: &Tags<'_>,
    head: &Head,
) -> Result<String, String> {
    let reference = |tag: &Tag| format!("{}:{tag}", spec.image);
    let mut image: BTreeMap<&str, String> =
        tags.colors.iter().map(|(color, tag)| (color.as_str(), reference(tag))).collect();
    image.insert("jobs", reference(tags.jobs));
    image.insert("migrator", reference(tags.jobs));
    let colors: BTreeMap<&str, ColorContext<'_>> = spec
        .proxy
        .colors
        .iter()
        .map(|(name, color)| {
            let port = color.address.rsplit(':').next().unwrap_or_default();
            (name.as_str(), ColorContext { service: &color.service, address: &color.address, port })
        })
        .collect();
    let context = Context {
        image,
        colors,
        release: head.release.as_str(),
        app: member.app.as_str(),
        stack: member.stack.as_str(),
        host: member.target.name(),
        environment: environment.as_str(),
        project: &spec.project,
        dir: &spec.stack.dir,
        vars: &member.vars,
    };
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let name = spec.template.path.display().to_string();
    let text = templates
        .render_named_str(&name, &spec.template.text, Serde(&context))
        .map_err(|error| format!("{name} for {}: {error:#}", member.target))?;
    Ok(format!("{head}\n{text}\n"))
}
