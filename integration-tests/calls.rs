//! Calls, good and bad.

use std::net::TcpListener;

use crate::harness::{filter, program};

/// Exit status, standard output, the one line on standard error.
fn call(arguments: &[&str]) -> (i32, String, String) {
    let output = program().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn bad_calls() {
    let check = |arguments: &[&str], expected: &str| {
        let (status, stdout, stderr) = call(arguments);
        assert_eq!(
            (status, stdout.as_str()),
            (2, ""),
            "{arguments:?}: {stderr}"
        );
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
    };
    check(&[], "--help");
    check(&["honk"], "honk");
    check(&["serve", "--honk"], "--honk");
    check(&["serve", "--config"], "--config");
    check(&["serve", "--config", "/does/not/exist"], "/does/not/exist");
    check(
        &["annotate", "--config", "/does/not/exist"],
        "/does/not/exist",
    );
    check(&["config", "--config", "/"], "/");
    check(&["serve"], "smtp.listen");
}

/// Even called wrongly, a filter has somebody's mail in its hands.
#[test]
fn a_bad_call_of_the_filter_passes_the_mail() {
    for bogus in ["--bogus", "file.eml"] {
        let mut command = program();
        command.args(["annotate", bogus]);
        let output = filter(command, b"Subject: x\n\nx\n");
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(output.stdout, b"Subject: x\n\nx\n");
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
    }
}

#[test]
fn help_and_version() {
    let (status, stdout, stderr) = call(&["--help"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    for word in ["annotate", "serve", "config", "Exit status"] {
        assert!(stdout.contains(word), "{word}");
    }
    assert_eq!(
        call(&["--version"]),
        (0, "plainbounce 0.1.0\n".into(), String::new())
    );
    for command in ["serve", "annotate", "config"] {
        assert_eq!(call(&[command, "--help"]).0, 0);
    }
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = program()
        .arg("serve")
        .env("PLAINBOUNCE__SMTP__LISTEN", &address)
        .env("PLAINBOUNCE__SMTP__NEXT_HOP", "smtp://127.0.0.1:1")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    let expected =
        format!("environment PLAINBOUNCE__SMTP__LISTEN: smtp.listen: cannot listen on {address}");
    assert!(stderr.contains(&expected), "{stderr}");
}
