//! The command line: one file per command, and the list of them.

mod annotate;
mod check;
mod config;
mod demo;
mod explain;
mod inspect;
mod notices;
mod rules;
mod serve;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::diagnosis::codes::Asked;
use crate::notice::LanguageTag;
use crate::settings::{self, Loaded};

/// The call or the settings are wrong.
const WRONG_CALL: u8 = 2;
/// Done, and something was found wrong.
const FOUND_WRONG: u8 = 1;

/// Explains bounced mail to the people who get it.
///
/// plainbounce stands before your users' mailboxes. It passes every message on unchanged, but to a
/// bounce ("Undelivered Mail Returned to Sender") it adds a few sentences a person can read: whose
/// mailbox was not reached, why, and what can be done about it.
#[derive(Debug, Parser)]
#[command(name = "plainbounce", version, max_term_width = 100)]
#[command(
    after_help = "Settings are in /etc/plainbounce/plainbounce.toml; `plainbounce config` \
                        shows those in force.\nExit status: 0 done, 1 something was found wrong, \
                        2 the call or the settings are wrong."
)]
struct Call {
    #[command(subcommand)]
    command: Command,
}

/// In the order in which they are listed by `--help`: what runs, what looks, what shows.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run as a mail relay: take mail by SMTP and LMTP, annotate bounces, pass everything on
    Serve(ConfigFile),
    /// Read one message, write it with an explanation if it is a bounce, else the same bytes
    ///
    /// For procmail, Sieve `filter`, Exim `transport_filter`, maildrop:
    /// `plainbounce annotate < message > message`.
    Annotate(ConfigFile),
    /// Say what each message is: a bounce or not, of which recipients, and why
    ///
    /// The status is the one that fits best: where the reported one is generic or contradicts what was
    /// said, it is the one in the text, and the reported one stands beside it (`reported_status`).
    Inspect(Inspect),
    /// Explain a code: 5.1.1, 550, 511, "#5.1.1", 5.7.x
    Explain(Explain),
    /// Write a notice on every cause, in every language and form, as pages to leaf through
    Notices(Notices),
    /// The rules that find causes, yours and the built-in ones: list, explain, check, test, try, import
    Rules(Rules),
    /// Look at all that the settings name, and say what is wrong: ports, next hop, certificates, words
    ///
    /// For the operator who has just put it in. No door stays open and no mail is sent; where plainbounce
    /// is running already, that is said. Exit status 1 where something is wrong.
    Check(ConfigFile),
    /// Print the settings in force and where each came from
    Config(ConfigFile),
    /// Show the whole thing on this machine, with nothing else installed
    ///
    /// Opens an SMTP door on 127.0.0.1:2525 (or a free port) in front of a Maildir in a temporary
    /// folder, sends sample bounces through it, and shows what came in and what came out.
    Demo(Demo),
}

#[derive(Debug, clap::Args)]
struct Rules {
    #[command(subcommand)]
    task: RulesTask,
    /// Settings file [default: /etc/plainbounce/plainbounce.toml, if it exists]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

/// In the order in which a postmaster wants them: look, change, share.
#[derive(Debug, Subcommand)]
enum RulesTask {
    /// List the rules in the order in which they are tried, yours first, each with its source
    List {
        /// How often each was used
        #[arg(long)]
        hits: bool,
    },
    /// Say why a message is explained as it is: which rules were tried, which fits on what, what set what
    Why {
        /// A message; - is standard input
        file: PathBuf,
    },
    /// Say everything that is wrong with the rules in rules.folder, with file, line and column
    Check,
    /// Run the examples beside the rules, the built-in ones too
    Test,
    /// Show what a new or changed file of rules would change over a folder of mails; nothing is saved
    Try {
        /// The file. It takes the place of the one of its name in rules.folder, if there is one
        rules: PathBuf,
        /// Messages, or folders of messages
        #[arg(required = true)]
        mails: Vec<PathBuf>,
        /// Show the notice of every message that changes, not only of the first ten
        #[arg(long)]
        all: bool,
    },
    /// Read the phrases of other programs: the rules go to standard output, what could not be taken
    /// over to standard error
    Import { format: ImportFormat, file: PathBuf },
    /// Print the JSON schema of the format, by which editors complete it
    Schema,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ImportFormat {
    /// A file of KumoMTA's bounce classifier (TOML)
    Kumomta,
    /// ZoneMTA's bounces.txt
    Zonemta,
}

#[derive(Debug, clap::Args)]
struct Demo {
    /// End when the samples have been shown, and keep what was written
    #[arg(long)]
    once: bool,
}

#[derive(Debug, clap::Args)]
struct Inspect {
    #[command(flatten)]
    file: ConfigFile,
    /// One JSON object a line, in the order of the files
    #[arg(long)]
    json: bool,
    /// Messages, or folders of messages [default: standard input]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Explain {
    /// Language of the answer, by its tag
    #[arg(long, value_name = "TAG", default_value_t)]
    lang: LanguageTag,
    /// One JSON object a line: an entry of the catalogue each
    #[arg(long)]
    json: bool,
    /// The whole catalogue
    #[arg(long, conflicts_with = "code")]
    all: bool,
    /// An enhanced status code, a reply code, or a code of one receiver: TSS04
    #[arg(value_parser = parse_code, required_unless_present = "all")]
    code: Option<Asked>,
}

#[derive(Debug, clap::Args)]
struct Notices {
    /// Where the pages go; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    file: ConfigFile,
}

#[derive(Debug, clap::Args)]
struct ConfigFile {
    /// Settings file [default: /etc/plainbounce/plainbounce.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn parse_code(text: &str) -> Result<Asked, String> {
    let known: Option<Asked> = text.parse().ok().filter(Asked::is_known);
    known.ok_or_else(|| {
        "no code; write it like 5.1.1, 550, 511, \"#5.1.1\", 5.7.x or TSS04".to_owned()
    })
}

/// The whole program: its arguments in, its exit status out.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let call = match Call::try_parse_from(&arguments) {
        Ok(call) => call,
        Err(error) => {
            // Even called wrongly, a filter has somebody's mail in its hands.
            if error.use_stderr() && arguments.get(1).is_some_and(|word| word == "annotate") {
                annotate::pass_unread();
            }
            return not_a_call(&error);
        }
    };
    let done = match &call.command {
        Command::Serve(file) => serve::run(file.config.as_deref()),
        Command::Annotate(file) => annotate::run(file.config.as_deref()),
        Command::Inspect(asked) => inspect::run(asked),
        Command::Explain(asked) => explain::run(asked),
        Command::Notices(asked) => notices::run(asked),
        Command::Rules(asked) => rules::run(asked),
        Command::Check(file) => check::run(file.config.as_deref()),
        Command::Config(file) => config::run(file.config.as_deref()),
        Command::Demo(asked) => demo::run(asked),
    };
    done.unwrap_or_else(|error| {
        complain(&format!("{error:#}"));
        ExitCode::from(WRONG_CALL)
    })
}

/// `--help` and `--version` are answers; anything else is said in one line.
fn not_a_call(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            complain("a command is needed; `plainbounce --help` lists them");
        }
        _ => {
            let said = error.render().to_string();
            let usage = said.find("\nUsage:").unwrap_or(said.len());
            let words: Vec<&str> = said[..usage].split_whitespace().collect();
            let words = words.join(" ");
            complain(words.strip_prefix("error: ").unwrap_or(&words));
        }
    }
    ExitCode::from(WRONG_CALL)
}

/// One line on standard error, whatever is in it; a closed one is no reason to panic.
fn complain(what: &str) {
    let _ = writeln!(std::io::stderr(), "plainbounce: {}", one_line(what));
}

/// What comes from elsewhere cannot steer a terminal.
fn one_line(what: &str) -> String {
    what.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The settings, with the environment of this process over them.
fn load(file: Option<&Path>) -> anyhow::Result<Loaded> {
    let text = |text: OsString| text.to_string_lossy().into_owned();
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .collect();
    settings::load(file, &environment)
}
