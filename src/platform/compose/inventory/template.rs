//! Reads compose templates. They must parse, and name only variables that exist when they are rendered.

use std::path::Path;

use minijinja::{Environment, Error, UndefinedBehavior};

use crate::base::problem::{Problem, Span};
use crate::base::suggest;
use crate::domain::spec::Template;
use crate::inventory::fields::Fields;
use crate::inventory::scalar::LocalPath;

/// Templates are read whole; a file of this size is not one.
const BIGGEST: u64 = 1024 * 1024;

pub fn template(fields: &Fields<'_, '_>) -> Option<Template> {
    let path = fields.need::<LocalPath>("template", "docker-compose.template.yml")?;
    let source = fields.source("template")?;
    let path = fields.reader().local(&path.0);
    match std::fs::metadata(&path) {
        Ok(meta) if meta.is_file() && meta.len() <= BIGGEST => {}
        Ok(meta) => {
            let is = if meta.is_file() { "is far too big for a template" } else { "is not a file" };
            let what = format!("`template`: {} {is}", path.display());
            fields.reject(source, what, "name the template of the compose file");
            return None;
        }
        Err(error) => {
            let what = format!("`template`: {} cannot be read: {}", path.display(), reason(&error));
            fields.reject(source, what, "a relative path starts at the directory of the inventory; `flipside inventory example --template` prints one to start from");
            return None;
        }
    }
    fields.reader().template(path, read)
}

fn reason(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file",
        std::io::ErrorKind::PermissionDenied => "permission denied",
        _ => "it cannot be opened",
    }
}

fn read(path: &Path) -> Result<Template, Vec<Problem>> {
    let text = std::fs::read_to_string(path).map_err(|_| {
        vec![Problem::in_file(path, "the template is not UTF-8 text", "save it as UTF-8")]
    })?;
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_debug(true);
    let names = match engine.template_from_str(&text) {
        Ok(template) => template.undeclared_variables(false),
        Err(error) => return Err(vec![problem(path, &text, &error)]),
    };
    let functions: Vec<&str> = engine.globals().map(|(name, _)| name).collect();
    let known =
        |name: &String| NAMES.contains(&name.as_str()) || functions.contains(&name.as_str());
    let mut unknown: Vec<String> = names.into_iter().filter(|name| !known(name)).collect();
    unknown.sort();
    if unknown.is_empty() {
        return Ok(Template { path: path.to_owned(), text });
    }
    Err(unknown.iter().map(|name| unknown_name(path, &text, name)).collect())
}

/// The variables that exist when a template is rendered.
const NAMES: &[&str] = &[
    "image",
    "colors",
    "release",
    "app",
    "stack",
    "host",
    "environment",
    "project",
    "dir",
    "vars",
];

/// Reports a variable that will not exist, at its first position as a word.
fn unknown_name(path: &Path, text: &str, name: &str) -> Problem {
    let what = format!("the template names `{name}`, which does not exist");
    let problem = Problem::in_file(path, what, suggest::name(name, NAMES));
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let stands = |(at, _): &(usize, &str)| {
        !text[..*at].ends_with(|c| part(c) || c == '.')
            && !text[at + name.len()..].starts_with(part)
    };
    let Some((at, _)) = text.match_indices(name).find(stands) else { return problem };
    let line = text[..at].matches('\n').count() + 1;
    let column = text[..at].rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    problem.at(Span::new(line, column, name.chars().count()), text)
}

fn problem(path: &Path, text: &str, error: &Error) -> Problem {
    let line = error.line().unwrap_or(1);
    let start = error.range().map_or(0, |range| range.start);
    let before = text.get(..start).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let column = if before.matches('\n').count() + 1 == line { column } else { 1 };
    let detail = error.detail().unwrap_or("it does not parse");
    let remedy = "write a placeholder as `{{ image.blue }}`, and a literal `{{` as `{{ '{{' }}`";
    Problem::in_file(path, format!("the template cannot be read: {detail}"), remedy)
        .at(Span::new(line, column, 1), text)
}
