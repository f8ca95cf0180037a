//! procmail, maildrop and fdm pipe mail through plainbounce, by the lines of `deploy/`; Exim gives it to
//! them.

use super::exim_places::Exim;
use super::places::{Pipe, WhenDead};

const ROUTER: &str = "
into_program:
  driver = accept
  transport = program
";

/// As an MTA runs it, with a `From ` line in front of the message.
#[test]
fn procmail() {
    let transport = "
program:
  driver = pipe
  user = alice
  command = /usr/bin/procmail -d alice
  message_suffix =
  temp_errors = *
";
    let Some(exim) = Exim::start(["", ROUTER, transport]) else {
        return;
    };
    let own = "DEFAULT=/home/alice/Maildir/\nSHELL=/bin/sh\nPATH=/usr/bin\n";
    let deployed = include_str!("../../deploy/procmail/procmailrc");
    exim.jail
        .write("etc/procmailrc", &format!("{own}{deployed}"));
    check(&exim, || {}, WhenDead::Passes);
    // Without its condition all mail is piped.
    let all = deployed.replace("* ^FROM_MAILER\n", "");
    exim.jail.write("etc/procmailrc", &format!("{own}{all}"));
    check(&exim, || {}, WhenDead::Passes);
}

#[test]
fn maildrop() {
    let transport = "
program:
  driver = pipe
  user = alice
  command = /usr/bin/maildrop -d alice
  message_prefix =
  message_suffix =
  temp_errors = *
  environment = PATH=/usr/bin
";
    let Some(exim) = Exim::start(["", ROUTER, transport]) else {
        return;
    };
    let own = "DEFAULT=\"/home/alice/Maildir\"\n";
    let deployed = include_str!("../../deploy/maildrop/mailfilter");
    exim.jail
        .write("etc/maildroprc", &format!("{own}{deployed}"));
    check(&exim, || {}, WhenDead::Passes);
}

/// It fetches what Exim has delivered.
#[test]
fn fdm() {
    let transport = "
program:
  driver = appendfile
  user = alice
  directory = /home/alice/inbox
  maildir_format
  mode = 0644
";
    let Some(exim) = Exim::start(["", ROUTER, transport]) else {
        return;
    };
    for folder in ["", "/new", "/cur", "/tmp"] {
        let folder = format!("home/alice/inbox{folder}");
        // It fetches as a user of its own.
        exim.jail.own(&folder, 102, 102, 0o777);
    }
    exim.jail.own("var/run", 0, 0, 0o755);
    let own = "set default-user \"alice\"\nset command-user \"alice\"\n\
               account \"inbox\" maildir \"/home/alice/inbox\"\n\
               action \"keep\" maildir \"/home/alice/Maildir\"\n";
    let deployed = include_str!("../../deploy/fdm/fdm.conf");
    exim.jail.write("etc/fdm.conf", &format!("{own}{deployed}"));
    let fetch = || {
        let said = exim.jail.run(&["fdm", "-f", "/etc/fdm.conf", "fetch"], "");
        // Shown only where it fails.
        println!("{said:?}");
        // As deploy/fdm says: one that broke off left its lock.
        if said.is_err_and(|said| said.contains("already running")) {
            let _ = std::fs::remove_file(exim.jail.path("var/run/fdm.lock"));
        }
    };
    check(&exim, fetch, WhenDead::IsFetchedAgain);
}

fn check(exim: &Exim, retry: impl Fn(), when_dead: WhenDead) {
    Pipe {
        jail: &exim.jail,
        program: "usr/bin/plainbounce",
        send: &|from, to, message| {
            exim.send(from, to, message);
            retry();
        },
        retry: &retry,
        mailbox: &exim.mailbox(),
        when_dead,
    }
    .check();
}
