//! Setup of nginx: what it cannot restore after a failure is named.

use std::os::unix::fs::symlink;

use super::host::{ScriptExit, ScriptHost, include, sum, under_every_shell};
use crate::platform::kit::scripts::{INCLUDE, SERVE};

const SITE: &str = "server { listen 80; }\n";

fn serve(host: &ScriptHost, sha: &str, seconds: &str) -> ScriptExit {
    symlink("/usr/share/nginx/page", host.path("default")).unwrap();
    host.run(
        SERVE,
        &[
            &host.at("srv/.flipside"),
            &host.at("bin/nginx"),
            seconds,
            &host.at("site/shop.site"),
            &host.at("hook.conf"),
            "include site;",
            &host.at("default"),
            sha,
            "--",
            "blue",
            "X-Color",
            &host.url,
            "",
            "",
            "",
            "X-Color",
            &host.url,
            "shop.test",
            "",
            "",
        ],
        SITE,
    )
}

#[track_caller]
fn everything_was_restored(host: &ScriptHost) {
    assert!(!host.has("site/shop.site") && !host.has("hook.conf"));
    assert!(host.has("default"), "the welcome page of the package");
    assert_eq!(host.leftovers(), [""; 0]);
}

#[test]
fn both_entry_points_are_served() {
    under_every_shell(|host| {
        serve(host, &sum(SITE), "60").with(0).says("nginx serves blue on both entry points");
        assert_eq!(host.read("site/shop.site"), SITE);
        assert_eq!(host.read("hook.conf"), "include site;\n");
        assert!(!host.has("default"));
        assert_eq!(host.leftovers(), [""; 0]);
    });
}

#[test]
fn an_incomplete_site_changes_nothing() {
    under_every_shell(|host| {
        serve(host, &sum("the whole of it"), "5").with(76).says("did not arrive completely");
        everything_was_restored(host);
    });
}

#[test]
fn everything_is_restored_if_nginx_rejects_or_ignores_the_site() {
    under_every_shell(|host| {
        host.put("refuses");
        serve(host, &sum(SITE), "1").with(41).says("everything was restored");
        everything_was_restored(host);
    });
    under_every_shell(|host| {
        host.put("blue-hangs");
        serve(host, &sum(SITE), "1")
            .with(42)
            .says("everything was restored and nginx was reloaded");
        everything_was_restored(host);
    });
}

#[test]
fn everything_that_cannot_be_restored_is_named() {
    under_every_shell(|host| {
        host.put("refuses");
        host.put("sudo-refuses-ln");
        serve(host, &sum(SITE), "1")
            .with(45)
            .says("not everything could be restored")
            .says("default, a link to /usr/share/nginx/page, could not be created again: sudo:");
        assert!(!host.has("hook.conf") && !host.has("site/shop.site"), "the rest was restored");
    });
    under_every_shell(|host| {
        host.put("sudo-refuses-rm");
        // The page cannot be removed, and then neither can the hook.
        serve(host, &sum(SITE), "1").with(45).says("hook.conf could not be removed");
        assert!(host.has("default"));
    });
    under_every_shell(|host| {
        host.put("fails-to-reload");
        serve(host, &sum(SITE), "1").with(45).says("nginx could not be reloaded");
    });
}

#[test]
fn an_include_is_written_completely_or_not_at_all() {
    under_every_shell(|host| {
        let (file, nginx, text) =
            (host.at("site/live.conf"), host.at("bin/nginx"), include("blue"));
        let words = [file.as_str(), &nginx, &sum(&text)];
        host.run(INCLUDE, &words, &text[..20]).with(76).says("did not arrive completely");
        assert!(!host.has("site/live.conf"));
        host.run(INCLUDE, &words, &text).with(0).says("wrote ");
        assert_eq!(host.read("site/live.conf"), text);
        host.run(INCLUDE, &words, &text).with(0).says("exists with this text");
        let other = include("green");
        host.run(INCLUDE, &[&file, &nginx, &sum(&other)], &other).with(65);
        assert_eq!(host.leftovers(), [""; 0]);
    });
}
