//! What is found of the next hop.

use super::{says, smtp};
use crate::harness::{Act, NextHop, free_port};

#[test]
fn a_next_hop_that_does_not_want() {
    let nobody = format!("smtp://127.0.0.1:{}", free_port());
    let place = nobody.trim_start_matches("smtp://");
    let line = format!("wrong  smtp.next_hop {place}: there is no connection (Connection refused");
    says(&smtp(&nobody, ""), &line);

    let closed = NextHop::start().on("greeting", Act::Say("554 No mail from you"));
    let line = format!(
        "wrong  smtp.next_hop {}: it takes no mail from here (554 No mail from you)",
        closed.address()
    );
    says(&smtp(&closed.url, ""), &line);

    let web = NextHop::start().on("greeting", Act::Raw(b"HTTP/1.1 400 Bad Request\r\n"));
    let line = format!(
        "wrong  smtp.next_hop {}: what it says is neither",
        web.address()
    );
    says(&smtp(&web.url, ""), &line);

    let smtp_only = NextHop::start();
    let settings = format!(
        "[lmtp]\nlisten = \"127.0.0.1:{}\"\nnext_hop = \"lmtp://{}\"\n",
        free_port(),
        smtp_only.address()
    );
    let line = format!(
        "wrong  lmtp.next_hop {}: it speaks no LMTP (500",
        smtp_only.address()
    );
    says(&settings, &line);
}

#[test]
fn a_circle() {
    let here = format!("127.0.0.1:{}", free_port());
    let settings = format!("[smtp]\nlisten = \"{here}\"\nnext_hop = \"smtp://{here}\"\n");
    says(
        &settings,
        &format!("wrong  smtp.next_hop {here}: that is smtp.listen"),
    );
}

#[test]
fn a_circle_by_another_name() {
    let port = free_port();
    for (listen, next_hop) in [("127.0.0.1", "localhost"), ("0.0.0.0", "127.0.0.1")] {
        let settings = format!(
            "[smtp]\nlisten = \"{listen}:{port}\"\nnext_hop = \"smtp://{next_hop}:{port}\"\n"
        );
        let line = format!("wrong  smtp.next_hop {next_hop}:{port}: that is smtp.listen");
        says(&settings, &line);
    }
}

/// Nothing stops for it, but the operator may have meant more.
#[test]
fn authorities_without_effect() {
    let next_hop = NextHop::start();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&ca, made.cert.pem()).unwrap();
    for tls in ["off", "opportunistic"] {
        let more = format!(
            "next_hop_tls = \"{tls}\"\nnext_hop_ca = \"{}\"",
            ca.display()
        );
        says(
            &smtp(&next_hop.url, &more),
            "note   smtp.next_hop_ca: has no effect",
        );
    }
}

#[test]
fn certificates_of_the_next_hop() {
    let (next_hop, pem) = NextHop::with_tls();
    let place = format!("smtp.next_hop {}", next_hop.address());
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, pem).unwrap();
    let trusted = format!(
        "next_hop_tls = \"require\"\nnext_hop_ca = \"{}\"",
        ca.display()
    );
    let line = format!("ok     {place}: TLS works, with a good certificate");
    says(&smtp(&next_hop.url, &trusted), &line);
    let line = format!("wrong  {place}: TLS fails (invalid peer certificate");
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&ca, other.cert.pem()).unwrap();
    says(&smtp(&next_hop.url, &trusted), &line);
    let line = format!("ok     {place}: TLS works; its certificate is not looked at");
    says(
        &smtp(&next_hop.url, "next_hop_tls = \"opportunistic\""),
        &line,
    );

    let clear = NextHop::start();
    let line = format!(
        "wrong  smtp.next_hop {}: it offers no STARTTLS",
        clear.address()
    );
    let authorities = format!(
        "next_hop_tls = \"require\"\nnext_hop_ca = \"{}\"",
        ca.display()
    );
    says(&smtp(&clear.url, &authorities), &line);
}

/// It makes no folder: whoever looks is not who runs it.
#[test]
fn a_maildir() {
    let parent = tempfile::tempdir().unwrap();
    let maildir = parent.path().join("alice");
    let url = format!("maildir://{}", maildir.display());
    let settings = smtp(&url, "");
    says(
        &settings,
        &format!("ok     smtp.next_hop {url}: is not there yet"),
    );
    assert!(!maildir.exists());
    std::fs::create_dir_all(maildir.join("tmp")).unwrap();
    says(
        &settings,
        &format!("ok     smtp.next_hop {url}: can be written"),
    );
    assert_eq!(maildir.join("tmp").read_dir().unwrap().count(), 0);
    let nowhere = format!("maildir://{}/no/such", parent.path().display());
    says(
        &smtp(&nowhere, ""),
        &format!("wrong  smtp.next_hop {nowhere}: there is no "),
    );
}
