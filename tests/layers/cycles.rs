//! No import circles inside a room, file by file.
//!
//! A circle of files can only be read, tested and changed as one file. `rustc` allows them, so this reads
//! every path in the code (`use` lines and inline paths that begin with `crate`, `self`, `super` or an imported
//! module), resolves it to the file that defines the item, and looks for strongly connected components.
//! A re-export is not an import: a path through it counts as a path to the file behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::rust_files;

type ModulePath = Vec<String>;

/// One source file as a module.
struct Module {
    file: String,
    /// Names that the file imports for itself, and what they stand for.
    imports: Vec<(String, ModulePath)>,
    /// Names that it hands on: `pub use child::Item`.
    exports: Vec<(String, ModulePath)>,
    /// Paths with at least two segments that its code names inline.
    inline: Vec<ModulePath>,
}

/// The modules of one room by their path, `["console", "view", "table"]`.
pub struct Room {
    modules: BTreeMap<ModulePath, Module>,
}

impl Room {
    pub fn read(src: &Path, name: &str) -> Self {
        let mut files = Vec::new();
        rust_files(&src.join(name), &mut files);
        let mut modules = BTreeMap::new();
        for file in files {
            let relative = file.strip_prefix(src).unwrap().to_str().unwrap().to_owned();
            let path = module_path(&relative);
            let text = fs::read_to_string(&file).unwrap();
            modules.insert(path.clone(), Module::parse(relative, &path, &code_only(&text)));
        }
        Self { modules }
    }

    /// Returns the files that take part in a circle, one list for each circle.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let paths: Vec<&ModulePath> = self.modules.keys().collect();
        let place: BTreeMap<&ModulePath, usize> =
            paths.iter().enumerate().map(|(at, path)| (*path, at)).collect();
        let edges: Vec<BTreeSet<usize>> = paths
            .iter()
            .map(|path| {
                let targets = self.targets(path);
                targets.iter().filter(|it| it != path).map(|it| place[it]).collect()
            })
            .collect();
        let named = |at: usize| self.modules[paths[at]].file.clone();
        let components = strongly_connected(&edges).into_iter().filter(|part| part.len() > 1);
        components.map(|part| part.into_iter().map(named).collect()).collect()
    }

    /// The modules that a module's code names.
    fn targets(&self, path: &ModulePath) -> BTreeSet<ModulePath> {
        let module = &self.modules[path];
        let mut named: Vec<ModulePath> = Vec::new();
        for (name, target) in &module.imports {
            // Of an imported module only what is named through it counts.
            let is_module = self.modules.contains_key(target);
            let through = module.inline.iter().any(|inline| inline[0] == *name);
            if !(is_module && through) {
                named.push(target.clone());
            }
        }
        for inline in &module.inline {
            let first = inline[0].as_str();
            if matches!(first, "crate" | "self" | "super") {
                named.extend(absolute(path, inline));
            } else if let Some((_, target)) = module.imports.iter().find(|(name, _)| name == first)
            {
                named.push(target.iter().chain(&inline[1..]).cloned().collect());
            } else {
                let child: ModulePath = path.iter().chain(inline).cloned().collect();
                named.extend(self.modules.contains_key(&child[..=path.len()]).then_some(child));
            }
        }
        named.iter().filter_map(|it| self.resolve(it, 0)).collect()
    }

    /// The module that defines what this path names. `None`: it is of another room.
    fn resolve(&self, path: &[String], depth: usize) -> Option<ModulePath> {
        assert!(depth < 20, "re-exports without an end: {path:?}");
        let known = (1..=path.len()).rev().find(|end| self.modules.contains_key(&path[..*end]))?;
        let module = &self.modules[&path[..known]];
        if let Some(item) = path.get(known) {
            let export = module.exports.iter().find(|(name, _)| name == item);
            if let Some((_, target)) = export {
                let target: ModulePath = target.iter().chain(&path[known + 1..]).cloned().collect();
                return self.resolve(&target, depth + 1);
            }
        }
        Some(path[..known].to_vec())
    }
}

impl Module {
    fn parse(file: String, path: &ModulePath, code: &str) -> Self {
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        let mut rest = String::new();
        let mut parts = code.split(';').peekable();
        while let Some(part) = parts.next() {
            let line = part.trim_start();
            let start = part.rfind("use ").filter(|at| is_use(part, *at));
            let Some(start) = start.filter(|_| parts.peek().is_some()) else {
                rest.push_str(part);
                rest.push(';');
                continue;
            };
            rest.push_str(&part[..start]);
            let is_export = part[..start].trim_end().ends_with(['b', ')']) && line.contains("pub");
            for (name, target) in expand(part[start + 4..].trim()) {
                let target = absolute(path, &target);
                let into = if is_export { &mut exports } else { &mut imports };
                into.extend(target.map(|target| (name, target)));
            }
        }
        Self { file, imports, exports, inline: inline_paths(&rest) }
    }
}

/// Is what begins here a `use` item, and not the end of a longer word?
fn is_use(part: &str, at: usize) -> bool {
    let before = part[..at].trim_end();
    let whole_word = part[..at].chars().last().is_none_or(char::is_whitespace);
    let item = before.is_empty() || before.ends_with(['}', '{', ']', ';']);
    whole_word && (item || before.ends_with("pub") || before.ends_with(')'))
}

/// `a::{b, c::{self, d as e}}` as (name in this file, path).
fn expand(tree: &str) -> Vec<(String, ModulePath)> {
    let Some(open) = tree.find('{') else {
        let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(p, a)| (p, Some(a)));
        let mut path: ModulePath = path.split("::").map(|part| part.trim().to_owned()).collect();
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        let name = alias.unwrap_or(path.last().unwrap()).trim().to_owned();
        return vec![(name, path)];
    };
    let prefix = &tree[..open];
    let inner = tree[open + 1..].trim_end().trim_end_matches('}');
    let inner = &tree[open + 1..open + 1 + inner.len() + braces_inside(inner)];
    let branches = split_branches(inner);
    branches.into_iter().flat_map(|it| expand(&format!("{prefix}{}", it.trim()))).collect()
}

/// So many closing braces at the end belong to branches inside.
fn braces_inside(inner: &str) -> usize {
    inner.matches('{').count() - inner.matches('}').count()
}

fn split_branches(inner: &str) -> Vec<&str> {
    let (mut depth, mut from, mut branches) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                branches.push(&inner[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&inner[from..]);
    branches.into_iter().filter(|branch| !branch.trim().is_empty()).collect()
}

/// `None`: a crate of others.
fn absolute(at: &ModulePath, path: &[String]) -> Option<ModulePath> {
    let (mut base, mut rest) = match path.first()?.as_str() {
        "crate" => (Vec::new(), &path[1..]),
        "self" => (at.clone(), &path[1..]),
        "super" => (at[..at.len() - 1].to_vec(), &path[1..]),
        // A child, or a crate: resolving finds out.
        _ => (at.clone(), path),
    };
    while rest.first().is_some_and(|part| part == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// Every `a::b…` in the code.
fn inline_paths(code: &str) -> Vec<ModulePath> {
    let mut paths = Vec::new();
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for word in code.split(|c| !is_path(c)) {
        let parts: ModulePath =
            word.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
        if word.contains("::") && parts.len() > 1 {
            paths.push(parts);
        }
    }
    paths
}

fn module_path(file: &str) -> ModulePath {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').map(str::to_owned).collect()
}

/// The text without comments, strings and what is only for tests.
fn code_only(text: &str) -> String {
    let bytes: Vec<char> = text.chars().collect();
    let mut code = String::new();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            ('/', Some('/')) => {
                while bytes.get(at).is_some_and(|c| *c != '\n') {
                    at += 1;
                }
            }
            ('r', Some('#' | '"')) if is_raw(&bytes, at) => at = raw_end(&bytes, at),
            ('"', _) => at = string_end(&bytes, at),
            ('\'', Some('\\')) => at += 4,
            ('\'', Some(_)) if bytes.get(at + 2) == Some(&'\'') => at += 3,
            (c, _) => {
                code.push(c);
                at += 1;
            }
        }
    }
    without_tests(&code)
}

fn is_raw(text: &[char], at: usize) -> bool {
    let quote = text[at + 1..].iter().position(|c| *c != '#').map(|hashes| at + 1 + hashes);
    let word = at > 0 && (text[at - 1].is_alphanumeric() || text[at - 1] == '_');
    !word && quote.is_some_and(|quote| text[quote] == '"')
}

fn raw_end(text: &[char], at: usize) -> usize {
    let hashes = text[at + 1..].iter().take_while(|c| **c == '#').count();
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let begin = at + hashes + 2;
    let found = text[begin..].windows(end.len()).position(|part| part == end);
    found.map_or(text.len(), |found| begin + found + end.len())
}

fn string_end(text: &[char], at: usize) -> usize {
    let mut end = at + 1;
    while text.get(end).is_some_and(|c| *c != '"') {
        end += if text[end] == '\\' { 2 } else { 1 };
    }
    end + 1
}

/// Leaves out each item under `#[cfg(test)]`: to its semicolon, or to the end of its block.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let (mut depth, mut end) = (0, rest.len());
        for (at, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(c, '}' | ';') {
                end = at + 1;
                break;
            }
        }
        rest = &rest[end..];
    }
    kept.push_str(rest);
    kept
}

/// Tarjan's algorithm.
fn strongly_connected(edges: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    struct Search<'a> {
        edges: &'a [BTreeSet<usize>],
        index: Vec<Option<usize>>,
        low: Vec<usize>,
        stack: Vec<usize>,
        found: Vec<Vec<usize>>,
        next: usize,
    }
    impl Search<'_> {
        fn visit(&mut self, at: usize) {
            self.index[at] = Some(self.next);
            self.low[at] = self.next;
            self.next += 1;
            self.stack.push(at);
            for to in self.edges[at].clone() {
                if self.index[to].is_none() {
                    self.visit(to);
                    self.low[at] = self.low[at].min(self.low[to]);
                } else if self.stack.contains(&to) {
                    self.low[at] = self.low[at].min(self.index[to].unwrap());
                }
            }
            if Some(self.low[at]) == self.index[at] {
                let from = self.stack.iter().position(|it| *it == at).unwrap();
                let mut part = self.stack.split_off(from);
                part.sort_unstable();
                self.found.push(part);
            }
        }
    }
    let count = edges.len();
    let (index, low) = (vec![None; count], vec![0; count]);
    let mut search = Search { edges, index, low, stack: Vec::new(), found: Vec::new(), next: 0 };
    for at in 0..count {
        if search.index[at].is_none() {
            search.visit(at);
        }
    }
    search.found
}

#[test]
fn a_path_counts_to_the_file_behind_a_reexport() {
    let parse = |file: &str, code: &str| {
        let path = module_path(file);
        (path.clone(), Module::parse(file.to_owned(), &path, &code_only(code)))
    };
    let room = |leaf: &str| Room {
        modules: BTreeMap::from([
            parse("room/mod.rs", "pub mod a; mod b; pub use b::{B, Other as C};"),
            parse(
                "room/a.rs",
                "use crate::room::C; // use super::nothing::X;\nfn f() { \"super::b\" }",
            ),
            parse("room/b.rs", leaf),
        ]),
    };
    assert!(room("use crate::other::{self, D};").circles().is_empty());
    assert!(room("#[cfg(test)] mod tests { use super::super::a::X; }").circles().is_empty());
    let circle = [["room/a.rs", "room/b.rs"]];
    assert_eq!(room("use std::io;\nuse super::{a::{self, A}};").circles(), circle);
    assert_eq!(room("fn f() { crate::room::a::run() }").circles(), circle);
}
