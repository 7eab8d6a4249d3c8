//! Reads a target that is an API.

use std::collections::BTreeMap;

use crate::domain::names::TargetName;
use crate::domain::spec::ApiSpec;
use crate::inventory::fields::Fields;
use crate::inventory::scalar::{Slug, Url, VarName};

/// The keys of targets that any layer up to the target may set.
pub const KEYS: &[&str] = &["roles", "vars"];
/// The keys that a target itself may set.
pub const OWN_KEYS: &[&str] = &["url", "groups", "roles", "vars"];
/// The keys of a target that its apps read too.
pub const SHARED_WITH_APPS: &[&str] = &["url", "vars"];

/// Reads what one layer says about the target itself.
pub fn target_only(fields: &Fields<'_, '_>) -> TargetOnly {
    TargetOnly {
        url: fields.get::<Url>("url"),
        groups: fields.list::<Slug>("groups"),
        roles: fields.list::<Slug>("roles"),
        vars: fields.table::<VarName>("vars"),
    }
}

#[derive(Debug)]
pub struct TargetOnly {
    url: Option<Url>,
    groups: Option<Vec<Slug>>,
    roles: Option<Vec<Slug>>,
    vars: BTreeMap<String, String>,
}

/// Reads a target with all layers applied.
pub fn target(fields: &Fields<'_, '_>, name: &TargetName) -> Option<ApiSpec> {
    let TargetOnly { url, groups, roles, vars } = target_only(fields);
    let words = |slugs: Vec<Slug>| slugs.into_iter().map(|slug| slug.0).collect();
    Some(ApiSpec {
        name: name.clone(),
        url: url.map(|url| url.0),
        roles: words(roles?),
        groups: words(groups?),
        vars,
    })
}
