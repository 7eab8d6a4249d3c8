//! The inventory of a fleet of APIs: a file as a team would write it, and read as any other is.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use super::api::{APP, Api};
use crate::demo::site::{Site, text as path_text};

/// The file of the token that the APIs want, beside the inventory.
pub const TOKEN_FILE: &str = "token";

/// Returns the file's text.
///
/// # Errors
///
/// A path that is not text.
#[allow(clippy::too_many_lines)] // most of it is the text
pub fn text(site: &Site, apis: &[Arc<Api>]) -> io::Result<String> {
    let token = path_text(&site.root.join(TOKEN_FILE))?;
    // One that never becomes healthy is waited for as long as the slowest good one takes, and a little longer.
    let deadline = site.pace.slow_boot.as_secs() + 3;
    let mut text = format!(
        r#"# The demo's fleet: every API is a part of this process, and gone when it ends.
version: 1

apps:
  {APP}:
    platform: http
    auth: {{bearer: "file:{token}"}}
    observe:
      path: /state
      live: /live/release
      passive: /passive/release
      previous: /previous
      last_phase: /change/phase
      last_at: /change/at
      last_by: /change/by
      verified: /verified
      live_health: {{pointer: /live/health, healthy: [ok]}}
      passive_health: {{pointer: /passive/health, healthy: [ok]}}
    prepare:
      - name: deploy
        method: PUT
        path: /passive
        json: '{{"release": "{{release}}"}}'
        status: [202]
        replay: safe
        retries: 2
        poll:
          path: /passive
          expect: {{/release: "{{release}}", /health: ok}}
          every: 300ms
          deadline: {deadline}s
          successes: 2
    verify:
      - {{name: page, path: /passive/page, contains: ["release {{release}}"]}}
      - {{name: sign off, method: PUT, path: /verified, json: '{{"release": "{{release}}"}}', replay: safe}}
    go_live:
      - name: switch
        method: POST
        path: /live
        json: '{{"to": "{{release}}", "from": "{{previous}}", "phase": "go-live", "by": "{{operator}}"}}'
    rollback:
      - name: switch back
        method: POST
        path: /live
        json: '{{"to": "{{release}}", "from": "{{previous}}", "phase": "rollback", "by": "{{operator}}"}}'
    abandon:
      - {{name: remove, method: DELETE, path: "/passive/{{release}}", replay: safe}}
    logs: {{live: {{path: "/logs/{{release}}"}}, passive: {{path: "/logs/{{release}}"}}}}
    lock: {{path: /lock}}

environments:
  demo:
    targets:
"#
    );
    for api in apis {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "      {}: {{url: \"http://{}/apps/{APP}\"}}",
            api.name,
            api.ports.api()
        );
    }
    Ok(text)
}
