//! Which files make the configuration of an app on a host, and in which order.

/// What a configuration is made for.
#[derive(Debug, Clone, Copy)]
pub struct For<'a> {
    pub host: &'a str,
    pub environment: &'a str,
    /// A part of the environment with values of its own, such as a data center.
    pub cluster: Option<&'a str>,
    pub app: &'a str,
}

/// Where a layer is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    /// Every directory of the whole organization, in the inventory's order.
    Central,
    /// The directory of the app itself.
    App,
}

/// The layers by name, without an ending; a later one is laid over an earlier one. This is the order of yoconfigurator.
pub fn names(of: For<'_>) -> Vec<(Folder, String)> {
    let For { host, environment, cluster, app } = of;
    let narrowed = |name: &str| {
        let environment = format!("{name}-{environment}");
        let cluster = cluster.map(|cluster| format!("{environment}-{cluster}"));
        [Some(environment), cluster].into_iter().flatten()
    };
    let mut names =
        vec![(Folder::Central, host.to_owned()), (Folder::Central, "common".to_owned())];
    names.extend(narrowed("common").map(|name| (Folder::Central, name)));
    names.push((Folder::Central, "common-overrides".to_owned()));
    names.push((Folder::App, format!("{app}-default")));
    names.extend(narrowed(app).map(|name| (Folder::App, name)));
    names.push((Folder::Central, app.to_owned()));
    names.extend(narrowed(app).map(|name| (Folder::Central, name)));
    names.push((Folder::Central, format!("{app}-overrides")));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cluster: Option<&str>) -> String {
        let of = For { host: "web1", environment: "prod", cluster, app: "shop" };
        let name = |(folder, name): (Folder, String)| match folder {
            Folder::Central => name,
            Folder::App => format!("app/{name}"),
        };
        names(of).into_iter().map(name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn layers_are_in_the_order_of_yoconfigurator() {
        assert_eq!(
            shown(Some("eu")),
            "web1 common common-prod common-prod-eu common-overrides \
             app/shop-default app/shop-prod app/shop-prod-eu \
             shop shop-prod shop-prod-eu shop-overrides"
        );
        assert_eq!(
            shown(None),
            "web1 common common-prod common-overrides app/shop-default app/shop-prod \
             shop shop-prod shop-overrides"
        );
    }
}
