//! SMTP smuggling: whatever comes in, the next hop is sent as many messages as the client was told
//! of, in a stream that no reader can cut at another place.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use proptest::prelude::*;

use crate::harness::Daemon;

/// Every sequence that anybody has published as an end of data which some server believes in
/// (SEC Consult 2023, and what followed), and neighbours of these.
pub const ENDS: [&str; 24] = [
    "\n.\n",
    "\n.\r\n",
    "\r.\r",
    "\r.\r\n",
    "\r.\n",
    "\n.\r",
    "\r\n.\n",
    "\r\n.\r",
    "\r\r.\r\r",
    "\r\n.\r\r\n",
    "\r\r\n.\r\r\n",
    "\r\r\n.\r\n",
    "\n\r.\r\n",
    "\r\n.\n\r\n",
    "\r\n\0.\r\n",
    "\r\n.\0\r\n",
    "\0\n.\r\n",
    "\r\n.\r\0\n",
    "\n.\0\n",
    "\n\n.\n\n",
    "\r\n\r.\r\n",
    "\r\n.\r.\r\n",
    "\u{85}.\u{85}",
    "\r\n .\r\n",
];

/// A message with another in it, which begins behind such an end.
pub fn with_another_inside(end: &str) -> Vec<u8> {
    let inner = "MAIL FROM:<evil@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n\
                 Subject: smuggled\r\n\r\nhello\r\n.\r\n";
    format!("Subject: cover\r\n\r\nsee below{end}{inner}").into_bytes()
}

type Sessions = Arc<Mutex<Vec<Arc<Mutex<Vec<u8>>>>>>;

/// A next hop that keeps every byte of every session, and says yes to all.
struct Recorder {
    url: String,
    sessions: Sessions,
}

impl Recorder {
    fn start(scheme: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let sessions = Sessions::default();
        let kept = sessions.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let session = Arc::default();
                kept.lock().unwrap().push(Arc::clone(&session));
                std::thread::spawn(move || record(stream.unwrap(), &session));
            }
        });
        Self { url, sessions }
    }

    /// How many messages it was sent; none of the streams can be read in two ways.
    fn messages(&self) -> usize {
        let sessions = self.sessions.lock().unwrap();
        let streams = sessions
            .iter()
            .map(|session| session.lock().unwrap().clone());
        streams.map(|stream| ends_in(&stream)).sum()
    }
}

fn record(stream: TcpStream, session: &Mutex<Vec<u8>>) -> Option<()> {
    let mut input = BufReader::new(stream.try_clone().ok()?);
    let say = |text: &str| (&stream).write_all(text.as_bytes()).ok();
    say("220 next.example\r\n")?;
    let (mut content, mut recipients) = (false, 0);
    loop {
        let mut line = Vec::new();
        input.read_until(b'\n', &mut line).ok().filter(|n| *n > 0)?;
        session.lock().unwrap().extend_from_slice(&line);
        let verb = String::from_utf8_lossy(&line).to_ascii_uppercase();
        if content {
            if line == b".\r\n" {
                content = false;
                let replies = if verb.is_empty() { 1 } else { recipients };
                (0..replies).try_for_each(|_| say("250 2.0.0 Kept\r\n"))?;
            }
        } else if verb.starts_with("DATA") {
            content = true;
            say("354 Go on\r\n")?;
        } else if verb.starts_with("MAIL") {
            recipients = 0;
            say("250 2.1.0 Ok\r\n")?;
        } else if verb.starts_with("RCPT") {
            // By SMTP one reply is for all.
            recipients = if session_is_lmtp(session) {
                recipients + 1
            } else {
                1
            };
            say("250 2.1.5 Ok\r\n")?;
        } else {
            say("250-next.example\r\n250 SMTPUTF8\r\n")?;
        }
    }
}

fn session_is_lmtp(session: &Mutex<Vec<u8>>) -> bool {
    session.lock().unwrap().starts_with(b"LHLO")
}

/// The messages in a stream to the next hop. Whoever reads it, whatever they take for an end of
/// line, sees lines end at CR LF only.
fn ends_in(stream: &[u8]) -> usize {
    let shown = || String::from_utf8_lossy(stream).into_owned();
    for (at, byte) in stream.iter().enumerate() {
        match byte {
            b'\n' => assert!(
                at > 0 && stream[at - 1] == b'\r',
                "a lone LF: {:?}",
                shown()
            ),
            b'\r' if at + 1 < stream.len() => {
                assert_eq!(stream[at + 1], b'\n', "a lone CR: {:?}", shown());
            }
            _ => {}
        }
    }
    let mut count = 0;
    let mut content = false;
    for line in stream.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if content && line == b"." {
            content = false;
            count += 1;
        } else if !content {
            let control = line.iter().any(|byte| byte.is_ascii_control());
            assert!(!control, "a control character in a command: {:?}", shown());
            content = line == b"DATA";
        }
    }
    count
}

/// Sends it all, closes, and counts the yeses to the end of data: each is a message. By LMTP there is
/// one for each recipient, and nothing between them; between messages there are replies to MAIL.
fn play(address: &str, session: &[u8]) -> usize {
    let mut stream = TcpStream::connect(address).unwrap();
    let patience = Some(Duration::from_secs(10));
    stream.set_read_timeout(patience).unwrap();
    let _ = stream.write_all(session);
    let _ = stream.shutdown(Shutdown::Write);
    let mut replies = Vec::new();
    // A reset is an end as well; but an end there must be.
    let waited = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
    let ended = stream.read_to_end(&mut replies);
    let shown = || String::from_utf8_lossy(session).into_owned();
    assert!(
        !ended.as_ref().is_err_and(waited),
        "never ends: {:?}",
        shown()
    );
    let kept = |line: &[u8]| line.starts_with(b"250 2.0.0 Kept");
    let lines: Vec<&[u8]> = replies.split(|byte| *byte == b'\n').collect();
    let runs = lines.chunk_by(|one, next| kept(one) == kept(next));
    runs.filter(|run| kept(run[0])).count()
}

/// Both doors, before both kinds of next hop, with lone newlines refused and made CR LF.
struct Place {
    recorder: Recorder,
    daemon: Daemon,
    hello: &'static str,
}

impl Place {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for (section, hello) in [("smtp", "EHLO x\r\n"), ("lmtp", "LHLO x\r\n")] {
            for scheme in ["smtp", "lmtp"] {
                for bare in ["reject", "normalize"] {
                    let recorder = Recorder::start(scheme);
                    let more = format!("bare_newline = \"{bare}\"\nmax_errors = 1000");
                    let daemon = Daemon::open(section, "127.0.0.1:0", &recorder.url, &more);
                    all.push(Self {
                        recorder,
                        daemon,
                        hello,
                    });
                }
            }
        }
        all
    }

    /// As many messages behind as the client was told of.
    fn check(&self, session: &[u8]) {
        let before = self.recorder.messages();
        let told = play(
            &self.daemon.address,
            &[self.hello.as_bytes(), session].concat(),
        );
        let got = self.recorder.messages() - before;
        assert_eq!(got, told, "{:?}", String::from_utf8_lossy(session));
    }
}

const ENVELOPE: &[u8] = b"MAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.org>\r\n";

#[test]
fn published_sequences() {
    for place in Place::all() {
        for end in ENDS {
            let message = with_another_inside(end);
            place.check(&[ENVELOPE, b"DATA\r\n", &message, b"\r\n.\r\nQUIT\r\n"].concat());
            let chunk = format!("BDAT {} LAST\r\n", message.len());
            place.check(&[ENVELOPE, chunk.as_bytes(), &message, b"QUIT\r\n"].concat());
            // Cut in the middle of the sequence.
            let (one, two) = message.split_at(message.len() / 2);
            let chunks = format!("BDAT {}\r\n", one.len());
            let last = format!("BDAT {} LAST\r\n", two.len());
            place.check(
                &[
                    ENVELOPE,
                    chunks.as_bytes(),
                    one,
                    last.as_bytes(),
                    two,
                    b"QUIT\r\n",
                ]
                .concat(),
            );
        }
    }
}

/// Exim CVE-2020-28021, and what is like it: nothing ends a command but CR LF.
#[test]
fn newlines_in_commands() {
    let places = Place::all();
    for newline in ["\n", "\r", "\r\r", "\0", "\x0b", "%0a", "+0A", "\u{2028}"] {
        let evil = format!("{newline}RCPT TO:<evil@example.org>");
        for place in &places {
            for command in [
                format!("MAIL FROM:<a@example.org{evil}>\r\n"),
                format!("MAIL FROM:<a@example.org> AUTH=a{evil}\r\n"),
                format!("MAIL FROM:<a@example.org> RET=HDRS ENVID=x{evil}\r\n"),
                format!(
                    "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org> ORCPT=rfc822;b{evil}\r\n"
                ),
                format!("XFORWARD ADDR=192.0.2.1{evil}\r\n"),
                format!("XCLIENT HELO=x{evil}\r\n"),
                format!("EHLO x{evil}\r\n"),
            ] {
                place.check(&[command.as_bytes(), b"DATA\r\n.\r\nQUIT\r\n"].concat());
            }
        }
    }
}

/// Pieces of sessions, from which a fuzzer puts together its own.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"MAIL FROM:<a@b>\r\n",
        b"RCPT TO:<c@d>\r\n",
        b"DATA\r\n",
        b"DATA\n",
        b"BDAT 5\r\n",
        b"BDAT 3 LAST\r\n",
        b"BDAT 0 LAST\r\n",
        b"RSET\r\n",
        b"EHLO x\r\n",
        b"LHLO x\r\n",
        b"NOOP\r\n",
        b"QUIT\r\n",
        b"STARTTLS\r\n",
        b".",
        b"..",
        b"\r",
        b"\n",
        b"\r\n",
        b"\0",
        b"\xff",
        b" ",
        b"x",
        b"\r\n.\r\n",
        b"\n.\n",
        b"Subject: x\r\n\r\n",
    ];
    prop_oneof![
        8 => proptest::sample::select(pieces).prop_map(<[u8]>::to_vec),
        2 => proptest::sample::select(ENDS.to_vec()).prop_map(|end| end.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
    ]
}

static PLACES: LazyLock<Vec<Place>> = LazyLock::new(Place::all);

/// `PROPTEST_CASES=100000 cargo test a_fuzzer` for longer.
fn cases() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let cases = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => usual.cases,
        None => 60,
    };
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..usual
    }
}

proptest! {
    #![proptest_config(cases())]
    #[test]
    fn a_fuzzer_finds_no_way(
        pieces in proptest::collection::vec(piece(), 0..40),
        begun in any::<bool>(),
    ) {
        let mut session = if begun { [ENVELOPE, b"DATA\r\n"].concat() } else { Vec::new() };
        session.extend(pieces.concat());
        for place in PLACES.iter() {
            place.check(&session);
        }
    }
}
