//! Setup's way into nginx: what could not be put back is named.

use std::os::unix::fs::symlink;

use super::bench::{Bench, Ended, include, sum, under_every_shell};
use crate::platform::compose::scripts::{INCLUDE, SERVE};

const SITE: &str = "server { listen 80; }\n";

fn serve(bench: &Bench, sha: &str, seconds: &str) -> Ended {
    symlink("/usr/share/nginx/page", bench.path("default")).unwrap();
    bench.run(
        SERVE,
        &[
            &bench.at("srv/.flipside"),
            &bench.at("bin/nginx"),
            seconds,
            &bench.at("site/shop.site"),
            &bench.at("hook.conf"),
            "include site;",
            &bench.at("default"),
            sha,
            "--",
            "blue",
            "X-Color",
            &bench.url,
            "",
            "",
            "",
            "X-Color",
            &bench.url,
            "shop.test",
            "",
            "",
        ],
        SITE,
    )
}

#[track_caller]
fn all_is_as_it_was(bench: &Bench) {
    assert!(!bench.has("site/shop.site") && !bench.has("hook.conf"));
    assert!(bench.has("default"), "the package's page is there");
    assert_eq!(bench.leftovers(), [""; 0]);
}

#[test]
fn both_sides_are_served() {
    under_every_shell(|bench| {
        serve(bench, &sum(SITE), "60").with(0).says("nginx serves blue on both sides");
        assert_eq!(bench.read("site/shop.site"), SITE);
        assert_eq!(bench.read("hook.conf"), "include site;\n");
        assert!(!bench.has("default"));
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}

#[test]
fn half_of_a_site_changes_nothing() {
    under_every_shell(|bench| {
        serve(bench, &sum("the whole of it"), "5").with(76).says("did not arrive whole");
        all_is_as_it_was(bench);
    });
}

#[test]
fn what_nginx_refuses_or_does_not_do_is_put_back() {
    under_every_shell(|bench| {
        bench.put("refuses");
        serve(bench, &sum(SITE), "1").with(41).says("all was put back");
        all_is_as_it_was(bench);
    });
    under_every_shell(|bench| {
        bench.put("blue-hangs");
        serve(bench, &sum(SITE), "1").with(42).says("all was put back and nginx reloaded");
        all_is_as_it_was(bench);
    });
}

#[test]
fn what_sudo_does_not_put_back_is_named_one_by_one() {
    under_every_shell(|bench| {
        bench.put("refuses");
        bench.put("sudo-refuses-ln");
        serve(bench, &sum(SITE), "1")
            .with(45)
            .says("not all could be put back")
            .says("default, a link to /usr/share/nginx/page, could not be made again: sudo:");
        assert!(!bench.has("hook.conf") && !bench.has("site/shop.site"), "the rest was");
    });
    under_every_shell(|bench| {
        bench.put("sudo-refuses-rm");
        // The page cannot be removed, and then neither can the hook.
        serve(bench, &sum(SITE), "1").with(45).says("hook.conf could not be removed");
        assert!(bench.has("default"));
    });
    under_every_shell(|bench| {
        bench.put("fails-to-reload");
        serve(bench, &sum(SITE), "1").with(45).says("nginx could not be reloaded");
    });
}

#[test]
fn an_include_is_made_whole_or_not_at_all() {
    under_every_shell(|bench| {
        let (file, nginx, text) =
            (bench.at("site/live.conf"), bench.at("bin/nginx"), include("blue"));
        let words = [file.as_str(), &nginx, &sum(&text)];
        bench.run(INCLUDE, &words, &text[..20]).with(76).says("did not arrive whole");
        assert!(!bench.has("site/live.conf"));
        bench.run(INCLUDE, &words, &text).with(0).says("wrote ");
        assert_eq!(bench.read("site/live.conf"), text);
        bench.run(INCLUDE, &words, &text).with(0).says("as wanted already");
        let other = include("green");
        bench.run(INCLUDE, &[&file, &nginx, &sum(&other)], &other).with(65);
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}
