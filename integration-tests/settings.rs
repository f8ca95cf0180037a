//! Settings: what is wrong with them in one line, where each came from, what they are by default.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::harness::program;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/settings")
}

/// `broken/<name>/` has `plainbounce.toml` (or `conf.d`), perhaps `environment`, and `says`: the line
/// that `serve` must end with, `…/` standing for the folder.
#[test]
fn broken() {
    let mut folders: Vec<_> = folder()
        .join("broken")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    assert!(folders.len() > 9);
    for folder in folders {
        let mut command = program();
        command
            .arg("serve")
            .arg("--config")
            .arg(folder.join("plainbounce.toml"));
        let environment = std::fs::read_to_string(folder.join("environment")).unwrap_or_default();
        for line in environment.lines() {
            let (name, value) = line.split_once('=').unwrap();
            command.env(name, value);
        }
        let output = ended(command);
        let said = String::from_utf8(output.stderr).unwrap();
        let said = said.replace(&format!("{}/", folder.display()), "…/");
        let expected = std::fs::read_to_string(folder.join("says")).unwrap();
        assert_eq!(
            said,
            format!("plainbounce: {expected}"),
            "{}",
            folder.display()
        );
        assert_eq!(output.status.code(), Some(2), "{}", folder.display());
    }
}

/// What a command says that ends at once; `serve` that finds nothing wrong would not.
fn ended(mut command: Command) -> Output {
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(2));
    }
    // Of one that has ended it is no more than a word.
    let _ = child.kill();
    child.wait_with_output().unwrap()
}

/// The SHA-256 of nothing.
const CERT: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// File, `conf.d`, environment; secrets hidden.
#[test]
fn layers() {
    let folder = folder().join("layers");
    let file = folder.join("plainbounce.toml");
    let output = program()
        .arg("config")
        .arg("--config")
        .arg(&file)
        .env("PLAINBOUNCE__SMTP__MAX_CONNECTIONS", "7")
        .env(
            "PLAINBOUNCE__SMTP__ALLOW_FROM",
            "192.0.2.0/24, 2001:db8::/32",
        )
        .env("PLAINBOUNCE__SMTP__RECEIVED", "false")
        .env(
            "PLAINBOUNCE__SMTP__TLS_ALLOW_CERTS",
            format!("{CERT}, {CERT}"),
        )
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let shown = shown.replace(&format!("{}/", folder.display()), "…/");
    let has = |line: &str| assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    has("smtp.listen = \"127.0.0.1:25\"  # …/plainbounce.toml");
    // Not of `.#30.toml`, as an editor leaves it.
    has("smtp.client_timeout = \"2m\"  # …/conf.d/20.toml");
    has("smtp.max_message_size = \"1MiB\"  # …/conf.d/10.toml");
    has("smtp.max_connections = 7  # environment PLAINBOUNCE__SMTP__MAX_CONNECTIONS");
    has(
        "smtp.allow_from = [\"192.0.2.0/24\", \"2001:db8::/32\"]  # environment PLAINBOUNCE__SMTP__ALLOW_FROM",
    );
    has(&format!(
        "smtp.tls_allow_certs = [\"{CERT}\", \"{CERT}\"]  # environment PLAINBOUNCE__SMTP__TLS_ALLOW_CERTS"
    ));
    has("smtp.received = false  # environment PLAINBOUNCE__SMTP__RECEIVED");
    has("journal.url = \"postgres://bob:***@db/mail\"  # …/plainbounce.toml");
    has("annotate.time_limit = \"1s\"  # default");
    has("# milter.listen is unset");
    assert!(!shown.contains("s3cret"));
}

/// Nobody writes into it, so whoever reads it waits.
#[test]
fn a_pipe_in_conf_d() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("conf.d")).unwrap();
    let pipe = folder.path().join("conf.d/x.toml");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let file = folder.path().join("plainbounce.toml");
    std::fs::write(&file, "").unwrap();
    let mut command = program();
    command.args(["config", "--config"]).arg(&file);
    let output = ended(command);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = format!("plainbounce: {}: is no file\n", pipe.display());
    assert_eq!(said, expected);
}

/// `config/plainbounce.toml` has every key, commented, at its default.
#[test]
fn the_file_to_copy() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/plainbounce.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let settings: Vec<&str> = text
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| !rest.starts_with([' ', '#']))
                .unwrap_or(line)
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    // As it stands it says nothing; with its settings uncommented, nothing new.
    let as_it_stands = folder.path().join("a.toml");
    let uncommented = folder.path().join("b.toml");
    std::fs::write(&as_it_stands, &text).unwrap();
    std::fs::write(&uncommented, settings.join("\n")).unwrap();
    let shown = |path: &Path| {
        let output = program()
            .arg("config")
            .arg("--config")
            .arg(path)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8(output.stderr).unwrap()
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let defaults = shown(&as_it_stands);
    assert!(
        defaults
            .lines()
            .all(|line| line.ends_with("# default") || line.ends_with("is unset"))
    );
    let said = shown(&uncommented);
    for (default, said) in defaults.lines().zip(said.lines()) {
        if let Some(value) = default.strip_suffix("  # default") {
            let expected = format!("{value}  # {}", uncommented.display());
            // What the SMTP door has, the LMTP door has as well, and is told once.
            let told_once = default.starts_with("lmtp.") || default.starts_with("notice.for");
            assert!(said == expected || told_once, "{said}");
        } else {
            let key = default.split(' ').nth(1).unwrap();
            let name = key.rsplit('.').next().unwrap();
            let shown = text
                .lines()
                .any(|line| line.starts_with(&format!("# {name} = ")));
            assert!(shown, "no example of {key}");
        }
    }
}
