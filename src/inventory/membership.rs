//! Where an app has its members: among hosts, or among APIs.

use super::layers::Layers;
use super::outline::{AppPart, EnvPart, TargetPart};
use super::platforms::WorksOn;
use super::reader::InventoryReader;

/// Reports settings of an app on a target of the kind that the app has no members among: they would have no effect.
pub fn settings_where_nothing_is<'t>(
    reader: &InventoryReader<'t>,
    layers: &Layers<'t>,
    env: &EnvPart<'t>,
    app: &AppPart<'t>,
    target: &TargetPart<'t>,
) {
    let Some(works_on) = layers.works_on(env, app) else { return };
    let written = target.apps.iter().find(|own| own.part.name == app.part.name);
    let Some(written) = written.filter(|_| !works_on.takes(&target.part.name)) else { return };
    let (is, wants) = match works_on {
        WorksOn::Hosts => ("an API", "hosts"),
        WorksOn::Targets => ("a host", "APIs"),
    };
    let (app, env) = (&app.part.name, &env.part.name);
    let what =
        format!("`{}` is {is}, and app `{app}` works on {wants} in `{env}`", target.part.name);
    let remedy = "remove these settings; where an app works is set for the whole app, by its platform and its keys";
    reader.report(written.part.key.at, what, remedy);
}
