//! The console to who asks for more than it has, or oddly.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::harness::{Daemon, free_port};

/// What is answered, with the status line and all fields.
fn answer(place: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(place).unwrap();
    let lines = request.replace('\n', "\r\n");
    write!(stream, "{lines}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn what_is_refused() {
    let place = format!("127.0.0.1:{}", free_port());
    let settings = format!("[milter]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"{place}\"\n");
    let daemon = Daemon::with(&settings);
    daemon.says("console open on");
    // RFC 9110 §15.5.6.
    let said = answer(&place, "POST /metrics HTTP/1.1\nHost: localhost");
    assert!(said.starts_with("HTTP/1.1 405 "), "{said}");
    let is_allow = |line: &str| line.eq_ignore_ascii_case("allow: GET, HEAD");
    assert!(said.lines().any(is_allow), "{said}");
    // RFC 9112 §3.2: two hosts, and each reader takes another.
    let said = answer(
        &place,
        "GET /healthz HTTP/1.1\nHost: localhost\nHost: localhost",
    );
    assert!(said.starts_with("HTTP/1.1 400 "), "{said}");
    let said = answer(&place, "HEAD /metrics HTTP/1.1\nHost: localhost");
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
}

/// RFC 9112 §3.2: a request names its host, and where it does so twice the request line counts.
#[test]
fn whom_a_request_names() {
    let place = format!("127.0.0.1:{}", free_port());
    let settings = format!("[milter]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"{place}\"\n");
    let daemon = Daemon::with(&settings);
    daemon.says("console open on");
    let check = |request: &str, status: &str| {
        let said = answer(&place, request);
        assert!(
            said.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}: {said}"
        );
    };
    check("GET /healthz HTTP/1.1\nX: y", "400");
    check(
        "GET http://evil.example/metrics HTTP/1.1\nHost: localhost",
        "421",
    );
    check(
        "GET http://localhost/metrics HTTP/1.1\nHost: evil.example",
        "200",
    );
}
