//! Inputs of twenty megabytes that are meant to be dear: the same thing again and again, behind a
//! beginning that makes it count.

const SIZE: usize = 20 << 20;

const HEADER: &str = "From: MAILER-DAEMON@mx.example.net\nTo: alice@example.org\n\
    Subject: Undelivered Mail Returned to Sender\n";
const REPORT: &str = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
    --b\n\nwords\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\n";
const RECIPIENT: &str = "Final-Recipient: rfc822; bob@example.net\nAction: failed\n\
    Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\n";
const TEXT: &str = "\nYour message could not be delivered to the following addresses.\n\n";
const LINE: &str = "A line of an ordinary letter, as people write them.\n";
/// Each is the start of many phrases, and none of them.
const NEARLY: &str = "mailbox is ful recipient addres reject message was blocke unknown use ";

/// What each is called, what stands in front, and what comes again.
pub const KINDS: &[(&str, &[&str], &str)] = &[
    ("ordinary letter", &[HEADER, "\n"], LINE),
    // shapes of a message
    (
        "delimiters",
        &[HEADER, "Content-Type: multipart/mixed; boundary=b\n\n"],
        "--b\n\n",
    ),
    (
        "nearly delimiters",
        &[HEADER, "Content-Type: multipart/mixed; boundary=b\n\n"],
        "--b x\n",
    ),
    (
        "nested multiparts",
        &[HEADER],
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    ),
    (
        "nested messages",
        &[HEADER],
        "Content-Type: message/rfc822\n\nSubject: Undelivered mail\n",
    ),
    ("header fields", &[HEADER], "X-Field: value\n"),
    ("header fields of one name", &[HEADER], "Received: by x\n"),
    ("folded field", &[HEADER, "Subject: x\n"], " x\n"),
    (
        "encoded words",
        &[HEADER, "Subject: x\n"],
        " =?utf-8?Q?=41?=\n",
    ),
    (
        "addresses in To",
        &["From: MAILER-DAEMON@a.example\nTo: x@a.example\n"],
        " , x@a.example\n",
    ),
    (
        "comments in From",
        &["To: x@a.example\nFrom: x@a.example\n"],
        " ((((\n",
    ),
    (
        "parameters",
        &[HEADER, "Content-Type: text/plain;\n"],
        " a=b;\n",
    ),
    (
        "quoted-printable",
        &[HEADER, "Content-Transfer-Encoding: quoted-printable\n\n"],
        "=3D=\n",
    ),
    // words
    ("addresses", &[HEADER, TEXT], "bob@example.net\n"),
    ("at signs", &[HEADER, TEXT], "@"),
    ("quote marks", &[HEADER, TEXT], ">"),
    ("empty lines", &[HEADER, TEXT], "\n"),
    ("digits and dots", &[HEADER, TEXT], "5.1.1 550 "),
    ("nearly phrases", &[HEADER, TEXT], NEARLY),
    (
        "html tags",
        &[HEADER, "Content-Type: text/html\n\nundeliverable "],
        "<p>",
    ),
    (
        "a long copy",
        &[
            HEADER,
            TEXT,
            "<bob@example.net>:\n550 no\n\n--- Below is a copy of the message.\n\n",
        ],
        LINE,
    ),
    // status parts
    ("recipients", &[HEADER, REPORT], RECIPIENT),
    (
        "status fields",
        &[HEADER, REPORT, "Final-Recipient: rfc822; bob@a.example\n"],
        "X-A: b\n",
    ),
    ("no status fields", &[HEADER, REPORT], "x\n"),
    (
        "a long diagnostic",
        &[
            HEADER,
            REPORT,
            "Final-Recipient: rfc822; bob@a.example\nDiagnostic-Code: smtp; 550\n",
        ],
        " mailbox is ful recipient addres reject\n",
    ),
    (
        "diagnostics",
        &[HEADER, REPORT],
        "Final-Recipient: rfc822; bob@example.net\nAction: failed\nDiagnostic-Code: smtp; 550 \
         mailbox is ful recipient addres reject message was blocke unknown use mailbox is ful \
         recipient addres reject message was blocke unknown use mailbox is ful recipient\n\n",
    ),
    (
        "codes again",
        &[HEADER, REPORT],
        "Final-Recipient: rfc822; bob@a.example\nDiagnostic-Code: smtp; 550-5.7.1 a 550-5.7.1 b \
         550 5.7.1 c 550-5.7.1 d 550-5.7.1 e\n\n",
    ),
    // dialects
    (
        "qmail",
        &[
            HEADER,
            "\nHi. This is the qmail-send program at a.example.\nI'm afraid I wasn't able \
          to deliver your message to the following addresses.\n\n",
        ],
        "<bob@example.net>:\n550 mailbox is ful\n\n",
    ),
    (
        "Exim",
        &[
            HEADER,
            "\nThis message was created automatically by mail delivery software.\n\nA \
          message that you sent could not be delivered to one or more of its\nrecipients. This \
          is a permanent error. The following address(es) failed:\n\n",
        ],
        "  bob@example.net\n    550 mailbox is ful\n",
    ),
    (
        "Postfix",
        &[HEADER, "\nThis is the mail system at host a.example.\n\n"],
        "<bob@example.net>: host mx[192.0.2.1] said: 550 no (in reply to RCPT TO command)\n\n",
    ),
    (
        "Sendmail",
        &[
            HEADER,
            "\n   ----- The following addresses had permanent fatal errors -----\n",
        ],
        "<bob@example.net>\n    (reason: 550 mailbox is ful)\n",
    ),
    (
        "Exchange",
        &[
            HEADER,
            "\nYour message did not reach some or all of the intended recipients.\n\nThe \
          following recipient(s) could not be reached:\n\n",
        ],
        "      bob@example.net on 1.2.2026 10:00\n            The e-mail account does not exis\n",
    ),
];

pub fn mail(kind: &str) -> Vec<u8> {
    let found = KINDS.iter().find(|(name, ..)| *name == kind);
    let (_, start, again) = found.expect("a name of the list");
    let mut out = start.concat().into_bytes();
    while out.len() < SIZE {
        out.extend_from_slice(again.as_bytes());
    }
    out
}
