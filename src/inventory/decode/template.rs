//! Templates must parse, and name only what there will be when they are filled in.

use std::path::Path;

use minijinja::{Environment, Error, UndefinedBehavior};

use crate::domain::spec::Template;
use crate::inventory::fields::Fields;
use crate::inventory::problem::{Problem, Span};
use crate::inventory::scalar::LocalPath;

/// A template is read whole; nothing of this size is one.
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
            fields.wrong(source, what, "name the template of the compose file");
            return None;
        }
        Err(error) => {
            let what = format!("`template`: {} cannot be read: {}", path.display(), reason(&error));
            fields.wrong(source, what, "a path is seen from the inventory's own directory; docs/docker-compose.template.yml is one to start from");
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
        vec![Problem::of_file(path, "the template is not UTF-8 text", "save it as UTF-8")]
    })?;
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_debug(true);
    match engine.template_from_str(&text) {
        Ok(_) => Ok(Template { path: path.to_owned(), text }),
        Err(error) => Err(vec![problem(path, &text, &error)]),
    }
}

fn problem(path: &Path, text: &str, error: &Error) -> Problem {
    let line = error.line().unwrap_or(1);
    let start = error.range().map_or(0, |range| range.start);
    let before = text.get(..start).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let column = if before.matches('\n').count() + 1 == line { column } else { 1 };
    let detail = error.detail().unwrap_or("it does not parse");
    let remedy =
        "a place to be filled in is written `{{ image.blue }}`; a literal `{{` as `{{ '{{' }}`";
    Problem::of_file(path, format!("the template cannot be read: {detail}"), remedy)
        .at(Span::new(line, column, 1), text)
}
