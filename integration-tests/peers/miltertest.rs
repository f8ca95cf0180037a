//! The milter door before OpenDKIM's miltertest, which plays an MTA.

use std::process::Command;

use crate::harness::{Daemon, skip};

/// It has the protocol from libmilter's own tables.
const SCRIPT: &str = r#"
local function check(what, problem)
  if problem ~= nil then error(what .. ": " .. problem) end
end
local function answered(what, expected)
  if mt.getreply(conn) ~= expected then error(what .. ": " .. mt.getreply(conn)) end
end
-- What was agreed to be left out, miltertest refuses to say.
local function unless_agreed(flag, what, ...)
  if not mt.test_option(conn, flag) then check("unwanted", what(conn, ...)) end
end
local function begin(path)
  unless_agreed(SMFIP_NOCONNECT, mt.conninfo, "client.example", "192.0.2.1")
  unless_agreed(SMFIP_NOHELO, mt.helo, "client.example")
  check("mail", mt.mailfrom(conn, path))
  check("rcpt", mt.rcptto(conn, "<alice@example.org>"))
  unless_agreed(SMFIP_NODATA, mt.data)
end
local function ordinary()
  begin("<bob@example.net>")
  check("header", mt.header(conn, "From", " bob@example.net"))
  check("eoh", mt.eoh(conn))
  answered("eoh", SMFIR_ACCEPT)
  check("abort", mt.abort(conn))
end
-- From nobody, so that it is seen to its end.
local function letter()
  begin("<>")
  check("header", mt.header(conn, "From", " bob@example.net"))
  check("eoh", mt.eoh(conn))
  answered("eoh", SMFIR_CONTINUE)
  check("body", mt.bodystring(conn, "Hello.\r\n"))
  answered("body", SMFIR_CONTINUE)
  check("eom", mt.eom(conn))
  answered("eom", SMFIR_ACCEPT)
  for _, change in ipairs({MT_HDRADD, MT_HDRCHANGE, MT_HDRDELETE, MT_BODYCHANGE}) do
    if mt.eom_check(conn, change) then error("a change") end
  end
end
-- Given up before its end: the new body would be too long for miltertest (2.11), which keeps 1 KB.
local function bounce()
  begin("<>")
  for name, value in string.gmatch(header, "([^:\n]+):([^\n]*)\n") do
    check("header", mt.header(conn, name, value))
  end
  check("eoh", mt.eoh(conn))
  answered("eoh", SMFIR_CONTINUE)
  check("body", mt.bodystring(conn, body))
  answered("body", SMFIR_CONTINUE)
  check("abort", mt.abort(conn))
end
-- Its manual has the numbers the other way round.
local function session(version, steps, actions)
  conn = mt.connect("inet:" .. port .. "@127.0.0.1")
  check("negotiate", mt.negotiate(conn, version, steps, actions))
  for _, action in ipairs({SMFIF_ADDHDRS, SMFIF_CHGHDRS, SMFIF_CHGBODY}) do
    if not mt.test_action(conn, action) then error("an action is missing") end
  end
  if mt.test_action(conn, SMFIF_ADDRCPT) then error("an action too many") end
  check("macro", mt.macro(conn, SMFIC_CONNECT, "j", "mx.example.org"))
  for _ = 1, 3 do
    ordinary()
    bounce()
    letter()
  end
  mt.disconnect(conn)
end
local passed, problem = pcall(function()
  session(nil, nil, nil)
  session(2, 0, 0x3f)
end)
mt.echo(tostring(problem))
if not passed then error("failed") end
"#;

#[test]
fn plays_an_mta() {
    if Command::new("miltertest").arg("-V").output().is_err() {
        return skip("miltertest is not installed");
    }
    let daemon = Daemon::with("[milter]\nlisten = \"127.0.0.1:0\"\n");
    let port = daemon.address.rsplit(':').next().unwrap();
    let bounce = String::from_utf8(crate::smtp::bounce()).unwrap();
    let (header, body) = bounce.split_once("\r\n\r\n").unwrap();
    let script = format!(
        "port = \"{port}\"\nheader = [===[\n{}\n]===]\nbody = [===[\n{body}]===]\n{SCRIPT}",
        header.replace('\r', ""),
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script.lua");
    std::fs::write(&file, script).unwrap();
    let mut command = Command::new("miltertest");
    let output = command.arg("-s").arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.trim() == "nil",
        "{output:?}"
    );
}
