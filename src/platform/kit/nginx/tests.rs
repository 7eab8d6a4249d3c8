//! Facts read from typical configurations.

use super::*;
use crate::platform::kit::fixture;

fn served(dump: &str) -> Served {
    Served::read(dump, &fixture::proxy()).unwrap()
}

/// Reads one file with this text in its `http` block.
fn in_http(text: &str) -> Served {
    served(&format!("# configuration file /etc/nginx/nginx.conf:\nhttp {{\n{text}\n}}\n"))
}

#[test]
fn pass_directives_are_found_in_all_layouts() {
    for location in [
        "location / { proxy_pass http://shop_live; }",
        "location / {proxy_pass http://shop_live;}",
        "location /{ if ($a) { proxy_pass http://shop_live/x; } }",
        "location / {\n  proxy_pass\n    \"http://shop_live\";\n}",
        "location / { uwsgi_pass shop_live; }",
        "location / { grpc_pass grpc://shop_live; }",
        "location / { location /x { proxy_pass https://shop_live; } }",
    ] {
        let found = in_http(&format!("server {{ listen 80; {location} }}"));
        assert_eq!(found.passes, ["shop_live".to_owned()].into(), "{location}");
    }
}

#[test]
fn text_that_resembles_a_pass_directive_is_ignored() {
    for text in [
        "server { location / { # proxy_pass http://shop_live;\n } }",
        "server { location / { proxy_pass http://shop_live_2; } }",
        "server { location / { proxy_pass http://$backend; } }",
        "map $uri $x { proxy_pass http://shop_live; }",
        "server { add_header X 'proxy_pass http://shop_live;'; }",
        "server { location / { content_by_lua_block { proxy_pass http://shop_live; } } }",
    ] {
        assert!(in_http(text).passes.is_empty(), "{text}");
    }
}

#[test]
fn comments_may_contain_braces() {
    let found = in_http(
        "upstream shop_live { # was { server 127.0.0.1:8002; }\n  # }\n  server 127.0.0.1:8001 weight=2; # }\n  server 127.0.0.1:8002 down;\n  server 127.0.0.1:8003 backup;\n}\nworker_shutdown_timeout 1s;",
    );
    let upstream = found.upstream("shop_live").unwrap();
    let servers: Vec<_> =
        upstream.servers.iter().map(|s| (s.address.as_str(), s.down, s.backup)).collect();
    assert_eq!(
        servers,
        [
            ("127.0.0.1:8001", false, false),
            ("127.0.0.1:8002", true, false),
            ("127.0.0.1:8003", false, true)
        ]
    );
    assert_eq!(found.worker_shutdown_timeout, None, "it is read only at the top level");
}

#[test]
fn maps_are_not_read_as_upstreams() {
    let found = in_http(
        "map $host $x { upstream shop_live; default \"{\"; }\nsplit_clients $ip $y { 50% shop_live; * shop_passive; }\nupstream other { server 127.0.0.1:1; }",
    );
    assert!(found.upstreams.is_empty() && found.passes.is_empty(), "{found:?}");
}

#[test]
fn upstreams_and_servers_have_their_file_and_line() {
    let dump = "\
# configuration file /etc/nginx/nginx.conf:
worker_shutdown_timeout 60s;
http { include conf.d/*.conf; include /etc/nginx/sites-enabled/*; }
# configuration file /etc/nginx/conf.d/portal-live.conf:
upstream shop_live { server 127.0.0.1:8002; }
# configuration file /etc/nginx/sites-enabled/portal:
server { listen 80 default_server; listen [::]:80 default_server; server_name a.example.org b.example.org;
  location / { proxy_pass http://shop_live; } }
server { listen 127.0.0.1:8080; }
server { listen 9000 default_server; }
server { listen unix:/run/x.sock; server_name x; }
server { server_name port-eighty; }
";
    let found = served(dump);
    assert_eq!(found.upstreams[0].file, "/etc/nginx/conf.d/portal-live.conf");
    assert_eq!(found.worker_shutdown_timeout.as_deref(), Some("60s"));
    let includes = ["/etc/nginx/conf.d/*.conf", "/etc/nginx/sites-enabled/*"];
    assert_eq!(found.includes, includes.map(str::to_owned).into());
    assert_eq!(sites(&found), ["1 *:80! [::]:80!"]);
    let mut spec = fixture::proxy();
    spec.live.host_header = Some("port-eighty".to_owned());
    let found = Served::read(dump, &spec).unwrap();
    assert_eq!(sites(&found), ["1 *:80! [::]:80!", "6 *:80 port-eighty"]);
}

/// Returns each server as its line, its addresses (`!`: as the default server) and its names.
fn sites(found: &Served) -> Vec<String> {
    let listen = |it: &Listen| {
        format!(" {}:{}{}", it.address, it.port, if it.is_default { "!" } else { "" })
    };
    let site = |site: &ServerBlock| {
        let listens: String = site.listens.iter().map(listen).collect();
        let names: String = site.names.iter().map(|name| format!(" {name}")).collect();
        format!("{}{listens}{names}", site.line)
    };
    found.sites.iter().map(site).collect()
}

#[test]
fn facts_contain_no_secrets_of_the_dump() {
    let found = in_http(
        "server { listen 80; server_name s; set $token hunter2; auth_basic_user_file /etc/hunter2; location / { proxy_set_header Authorization 'Basic hunter2'; proxy_pass http://shop_live; } }",
    );
    assert!(!serde_json::to_string(&found).unwrap().contains("hunter2"));
}
