//! What the reader sees: every notice in every language and form, and what an operator may change in them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{filter, program, skip};

const TAGS: [&str; 11] = [
    "en", "de", "fr", "es", "it", "pt-BR", "nl", "pl", "ja", "zh-Hans", "ar",
];

/// The folder that `notices` filled, and what it is called in it.
fn gallery() -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program();
    command.arg("notices").arg("--out").arg(folder.path());
    let output = filter(command, b"");
    assert!(output.status.success(), "{output:?}");
    let mut pages = Vec::new();
    for tag in TAGS {
        let entries = folder.path().join(tag).read_dir().unwrap();
        pages.extend(entries.map(|entry| entry.unwrap().path()));
    }
    pages.sort();
    (folder, pages)
}

fn is_text(page: &Path) -> bool {
    page.to_string_lossy().ends_with(".text.html")
}

fn read(page: &Path) -> String {
    std::fs::read_to_string(page).unwrap()
}

/// Of each cause and turn one in HTML and one in text, in each language; small, and with nothing in
/// it that a mail program would have to fetch or run.
#[test]
fn every_page_is_there_and_harmless() {
    let (folder, pages) = gallery();
    assert_eq!(pages.len() % (2 * TAGS.len()), 0);
    assert!(pages.len() / (2 * TAGS.len()) > 27 + 5, "{}", pages.len());
    let index = read(&folder.path().join("index.html"));
    for page in &pages {
        let html = read(page);
        let in_folder = page.strip_prefix(folder.path()).unwrap().to_str().unwrap();
        assert!(
            index.contains(&format!("href=\"{in_folder}\"")),
            "{in_folder}"
        );
        let tag = in_folder.split('/').next().unwrap();
        let dir = if tag == "ar" { "rtl" } else { "ltr" };
        assert!(
            html.contains(&format!("<html lang=\"{tag}\" dir=\"{dir}\">")),
            "{in_folder}"
        );
        let lower = html.to_lowercase();
        for bad in [
            "<img", "<script", "<form", "<link", "src=", "url(", "@import", "href=", "{",
        ] {
            // CSS has braces, and only the style element has CSS
            let behind = lower.split("</style>").last().unwrap();
            assert!(!behind.contains(bad), "{in_folder}: {bad}");
        }
        if !is_text(page) && !in_folder.contains("several") {
            assert!(html.len() <= 30_000, "{in_folder}: {} bytes", html.len());
            assert!(html.is_ascii(), "{in_folder}");
        }
    }
}

/// Wide characters counted as two.
#[test]
fn the_text_form_has_72_columns() {
    let (_folder, pages) = gallery();
    for page in pages.iter().filter(|page| is_text(page)) {
        let html = read(page);
        let text = html
            .split("<pre")
            .nth(1)
            .unwrap()
            .split_once('>')
            .unwrap()
            .1;
        let text = text.split("</pre>").next().unwrap();
        let text = text
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&#x2f;", "/");
        let text = text
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&amp;", "&");
        assert!(text.lines().count() > 20, "{}", page.display());
        for line in text.lines() {
            let width = textwrap::core::display_width(line);
            assert!(width <= 72, "{}: {line}", page.display());
        }
    }
}

/// Contrast, language, direction, order of headings and what else axe-core looks for, in a real
/// browser, at 320 and 600 px, light and dark.
#[test]
fn a_browser_finds_nothing_to_complain_of() {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/axe/axe.min.js");
    let Ok(axe) = std::fs::read_to_string(axe) else {
        return skip("run integration-tests/peers/unpack first: no axe-core");
    };
    if Command::new("chromium").arg("--version").output().is_err() {
        return skip("no chromium");
    }
    let (folder, pages) = gallery();
    // every notice in English, and those with most in them in every language
    let shown = |page: &&PathBuf| {
        let name = page.strip_prefix(folder.path()).unwrap().to_str().unwrap();
        name.starts_with("en/")
            || ["several", "delay", "mistyped"]
                .iter()
                .any(|it| name.contains(it))
    };
    let pages: Vec<String> = pages.iter().filter(shown).map(|page| read(page)).collect();
    let driver = folder.path().join("driver.html");
    let driven = include_str!("notices/axe.html")
        .replace(
            "AXE",
            &serde_json::to_string(&axe).unwrap().replace("</", "<\\/"),
        )
        .replace(
            "PAGES",
            &serde_json::to_string(&pages).unwrap().replace("</", "<\\/"),
        );
    std::fs::write(&driver, driven).unwrap();
    for scheme in ["1", "0"] {
        let output = Command::new("chromium")
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--virtual-time-budget=600000",
            ])
            .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
            .arg("--dump-dom")
            .arg(format!("file://{}", driver.display()))
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = shown.split("<pre id=\"said\">").nth(1).unwrap_or(&shown);
        let said = said.split("</pre>").next().unwrap();
        assert_eq!(
            said,
            format!("{} pages looked at\n", 2 * pages.len()),
            "scheme {scheme}"
        );
    }
}

/// `annotate` with these settings, of a bounce with one recipient.
fn annotated(settings: &str, files: &[(&str, &str)], bounce: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plainbounce.toml");
    std::fs::write(&file, settings).unwrap();
    for (name, text) in files {
        let path = folder.path().join("notice.d").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut command = program();
    command.arg("annotate").arg("--config").arg(&file);
    let output = filter(command, bounce.as_bytes());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.is_empty(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Subject and text form.
fn shown(mail: &str) -> (String, String) {
    let message = mail_parser::MessageParser::default().parse(mail).unwrap();
    let text = message.body_text(0).unwrap().into_owned();
    (message.subject().unwrap_or_default().to_owned(), text)
}

fn bounce(to: &str, recipient: &str, said: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mail.example.org\nTo: {to}\nSubject: Undelivered Mail\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n\
         Sorry, it did not arrive.\n\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mail.example.org\n\n\
         {recipient}\nAction: failed\nStatus: 5.0.0\nRemote-MTA: dns; mx.example.net\n\
         Diagnostic-Code: smtp; {said}\n\n--b\nContent-Type: message/rfc822\n\n\
         From: anna@example.org\nTo: bob@example.net\nSubject: Q3 figures\nMessage-ID: <1@example.org>\n\nHello\n\n--b--\n"
    )
}

fn unknown_user(to: &str) -> String {
    bounce(
        to,
        "Final-Recipient: rfc822; bob@example.net",
        "550 5.1.1 no such user",
    )
}

#[test]
fn the_subject_says_it_all_if_that_is_wanted() {
    let mail = unknown_user("anna@example.org");
    let (subject, _) = shown(&annotated("notice.subject = true", &[], &mail));
    assert_eq!(subject, "Not delivered: Q3 figures (bob@example.net)");
    let german = "notice.subject = true\nnotice.language = \"de\"";
    let (subject, _) = shown(&annotated(german, &[], &mail));
    assert_eq!(subject, "Nicht zugestellt: Q3 figures (bob@example.net)");
    let (subject, _) = shown(&annotated("", &[], &mail));
    assert_eq!(subject, "Undelivered Mail");
}

/// The status part and the returned message stay, the words do not.
#[test]
fn the_notice_takes_the_place_of_the_words_if_that_is_wanted() {
    let mail = unknown_user("anna@example.org");
    let added = annotated("", &[], &mail);
    let instead = annotated("notice.mode = \"rewrite\"", &[], &mail);
    for (mail, has_words) in [(added, true), (instead, false)] {
        assert_eq!(mail.contains("Sorry, it did not arrive."), has_words);
        assert!(mail.contains("\nFinal-Recipient: rfc822; bob@example.net\n"));
        assert!(mail.contains("\nSubject: Q3 figures\n"));
        assert!(
            shown(&mail)
                .1
                .contains("There is no mailbox with this address")
        );
    }
}

#[test]
fn what_is_set_for_a_reader_counts_for_that_reader() {
    let settings = "[notice]\ncontact = \"help@example.org\"\nmasthead = \"Example Mail\"\n\
                    [[notice.for]]\nmatch = [\"carla@example.org\", \"example.com\"]\nlanguage = \"fr\"\n\
                    contact = \"aide@example.com\"\n";
    let english = shown(&annotated(settings, &[], &unknown_user("anna@example.org"))).1;
    assert!(english.contains("Help: help@example.org\n"), "{english}");
    assert!(english.starts_with("Example Mail\n"), "{english}");
    for to in ["Carla <carla@example.org>", "x@example.com"] {
        let french = shown(&annotated(settings, &[], &unknown_user(to))).1;
        assert!(french.contains("aide@example.com\n"), "{french}");
        assert!(french.contains("POURQUOI"), "{french}");
        assert!(french.starts_with("Example Mail\n"), "{french}");
    }
}

/// The language of the returned message counts more than the default, less than the reader's own.
#[test]
fn the_language_is_the_readers() {
    let mail = |language: &str| {
        let returned = format!("Content-Language: {language}\nSubject: Q3 figures");
        unknown_user("anna@example.org").replace("Subject: Q3 figures", &returned)
    };
    let set = "[[notice.for]]\nmatch = [\"example.org\"]\nlanguage = \"nl\"\n";
    let check = |settings: &str, language: &str, expected: &str| {
        let (_, text) = shown(&annotated(settings, &[], &mail(language)));
        assert!(text.contains(expected), "{language}: {text}");
    };
    check("", "pt-PT", "POR QUÊ");
    check("", "ja, en", "理由");
    check("", "zh-CN", "原因");
    check("", "ar", "السبب");
    check("", "tlh", "WHY");
    check("notice.language = \"pl\"", "tlh", "DLACZEGO");
    check(set, "ja", "WAAROM");
}

#[test]
fn an_operator_changes_sentences_and_adds_a_language() {
    let mail = unknown_user("anna@example.org");
    let words = "[causes.mailbox-unknown]\nwhy = \"Nobody at {domain} is called that.\"\n";
    let (_, text) = shown(&annotated("", &[("en.toml", words)], &mail));
    assert!(
        text.contains("Nobody at example.net is called that."),
        "{text}"
    );
    assert!(text.contains("Check the spelling of the address"), "{text}");
    let esperanto = "tag = \"eo\"\nname = \"Esperanto\"\n[words]\nwhy = \"Kial\"\n";
    let settings = "notice.language = \"eo\"";
    let (_, text) = shown(&annotated(settings, &[("eo.toml", esperanto)], &mail));
    assert!(text.contains("KIAL\n"), "{text}");
    let codes = "[\"microsoft/5.4.1\"]\ntitle = \"x\"\nwhy = \"They know no {domain}.\"\npostmaster = [\"Ask.\"]\n";
    let from_microsoft = bounce(
        "anna@example.org",
        "Final-Recipient: rfc822; bob@example.net",
        "550 5.4.1 refused [AM0EUR.eop-eur05.prod.protection.outlook.com]",
    );
    let (_, text) = shown(&annotated("", &[("en.codes.toml", codes)], &from_microsoft));
    assert!(text.contains("They know no example.net."), "{text}");
}

#[test]
fn an_operator_brings_templates() {
    let mail = unknown_user("anna@example.org");
    let form =
        "{{ title }}\n{% for block in blocks %}\n{{ block.why | wrap('* ') }}\n{% endfor %}\n";
    let (_, text) = shown(&annotated("", &[("notice.txt", form)], &mail));
    assert!(
        text.starts_with("Not delivered: Q3 figures\n* There is no mailbox"),
        "{text}"
    );
}

/// A template that works for our samples and fails at a mail leaves that mail as it was.
#[test]
fn a_template_that_fails_spoils_nothing() {
    let form = "{% if 'figures of doom' in title %}{{ title | shout }}{% endif %}x\n";
    let mail = unknown_user("anna@example.org").replace("Q3 figures", "figures of doom");
    assert_eq!(annotated("", &[("notice.txt", form)], &mail), mail);
}

#[test]
fn a_slip_in_the_domain_is_noticed() {
    let mail = |address: &str| {
        let recipient = format!("Final-Recipient: rfc822; {address}");
        bounce("anna@example.org", &recipient, "550 5.1.2 host not found")
    };
    let said = |settings, address| shown(&annotated(settings, &[], &mail(address))).1;
    assert!(said("", "bob@gmial.com").contains("Did you mean bob@gmail.com?"));
    let known = "notice.known_domains = [\"example.net\"]";
    assert!(said(known, "bob@exmaple.net").contains("Did you mean bob@example.net?"));
    assert!(!said("", "bob@exmaple.net").contains("Did you mean"));
    assert!(!said("", "bob@gmail.com").contains("Did you mean"));
}

#[test]
fn who_was_forwarded_is_told() {
    let recipient =
        "Original-Recipient: rfc822; info@example.com\nFinal-Recipient: rfc822; bob@example.net";
    let mail = bounce("anna@example.org", recipient, "552 5.2.2 mailbox full");
    let (_, text) = shown(&annotated("", &[], &mail));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("You wrote to info@example.com, which is forwarded to bob@example.net."),
        "{text}"
    );
}

/// Gravest first, ten of each and a number.
#[test]
fn fifty_thousand_recipients_give_a_short_notice() {
    let group = |n: usize| {
        let (status, said) = if n == 7 {
            ("5.1.1", "no such user")
        } else {
            ("5.2.2", "mailbox full")
        };
        format!(
            "Final-Recipient: rfc822; user{n}@example.net\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; 550 {said}\n\n"
        )
    };
    let mail = unknown_user("anna@example.org");
    let (before, behind) = mail.split_once("Final-Recipient").unwrap();
    let behind = behind.split_once("\n--b\n").unwrap().1;
    let groups: String = (0..50_000).map(group).collect();
    let mail = format!("{before}{groups}\n--b\n{behind}");
    let settings = "annotate.head_size = \"20MiB\"\nannotate.time_limit = \"20s\"";
    let (_, text) = shown(&annotated(settings, &[], &mail));
    let (one, many) = (
        text.find("user7@example.net"),
        text.find("user0@example.net"),
    );
    assert!(one.unwrap() < many.unwrap());
    assert!(text.contains("and 49989 more"), "{text}");
    assert!(text.lines().count() < 100, "{text}");
}

/// Markup, control and bidi characters, look-alike links and long words from a stranger.
#[test]
fn hostile_words_are_shown_as_harmless_text() {
    let said = "550 <a href=\"http://evil.example\">click</a> <script>x()</script> \u{202e}moc\u{200b} \u{1b}[2J &lt;";
    let mail = bounce(
        "anna@example.org",
        "Final-Recipient: rfc822; \"><b>@example.net",
        said,
    );
    let long = bounce(
        "anna@example.org",
        "Final-Recipient: rfc822; a@example.net",
        &"x".repeat(100_000),
    );
    let mail = annotated("", &[], &mail);
    let message = mail_parser::MessageParser::default().parse(&mail).unwrap();
    let (html, text) = (message.body_html(0).unwrap(), message.body_text(0).unwrap());
    for bad in ["<a ", "<script", "<b>"] {
        assert!(!html.contains(bad), "{html}");
    }
    for bad in ['\u{202e}', '\u{200b}', '\u{1b}'] {
        assert!(!html.contains(bad) && !text.contains(bad), "{text}");
    }
    let (_, text) = shown(&annotated("", &[], &long));
    assert!(text.contains("[cut]") && text.len() < 10_000, "{text}");
}

/// It names no message that the reader would know.
#[test]
fn a_report_without_a_message_may_be_ignored() {
    let mail = unknown_user("anna@example.org");
    let (front, _) = mail
        .split_once("\n--b\nContent-Type: message/rfc822")
        .unwrap();
    let (_, text) = shown(&annotated("", &[], &format!("{front}\n--b--\n")));
    let sentence = "If you did not send this message, you can ignore this report.";
    assert!(text.contains(sentence), "{text}");
    assert!(!shown(&annotated("", &[], &mail)).1.contains(sentence));
}

/// Every entry with all that the reader and the postmaster need; in a language without words of its own
/// for a code, in those of its cause.
#[test]
fn the_catalogue_is_printed_whole() {
    for tag in TAGS {
        let mut command = program();
        command.args(["explain", "--all", "--json", "--lang", tag]);
        let output = filter(command, b"");
        let lines = String::from_utf8(output.stdout).unwrap();
        let entries: Vec<serde_json::Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(entries.len() > 600, "{tag}: {}", entries.len());
        for entry in entries {
            for key in [
                "code",
                "rule",
                "cause",
                "acts",
                "waiting_helps",
                "title",
                "why",
                "lang",
            ] {
                assert!(
                    !entry[key].as_str().unwrap().is_empty(),
                    "{tag}: {key}: {entry}"
                );
            }
            for key in ["you", "postmaster"] {
                assert!(
                    !entry[key].as_array().unwrap().is_empty(),
                    "{tag}: {key}: {entry}"
                );
            }
            assert!(
                !entry["why"].as_str().unwrap().contains('{'),
                "{tag}: {entry}"
            );
        }
    }
}
