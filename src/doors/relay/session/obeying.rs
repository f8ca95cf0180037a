//! Each command to who knows what to do with it.

use std::io;

use super::{Hello, Session, Then};
use crate::doors::relay::command::Command;
use crate::doors::relay::reply::Reply;
use crate::doors::relay::settings::Protocol;

impl Session {
    pub(in crate::doors::relay) async fn obey(&mut self, command: Command) -> io::Result<Then> {
        match command {
            Command::Hello { verb, name } => return Ok(self.hello(Hello { verb, name }).await),
            Command::StartTls => return self.start_tls().await,
            Command::Xclient(attributes) => return Ok(self.xclient(&attributes).await),
            Command::Noop | Command::Vrfy | Command::Help => self.aside(&command),
            Command::Quit => {
                self.say(&Reply::new(221, "2.0.0 Bye"));
                return Ok(Then::Quit);
            }
            Command::Bdat(chunk) => return self.bdat(chunk).await,
            _ if !self.peer.admitted => {
                let text = "5.7.0 Not without a certificate that is known here: STARTTLS first";
                return Ok(self.refuse(&Reply::new(530, text)));
            }
            Command::Xforward(attributes) => self.xforward(&attributes).await,
            Command::Mail(mail) => self.mail(mail).await,
            Command::Rcpt(rcpt) => self.rcpt(rcpt).await,
            Command::Data => return self.data().await,
            Command::Rset => self.rset().await,
        }
        Ok(Then::GoOn)
    }

    /// What may be asked at any time and changes nothing (RFC 5321 §4.1.4).
    pub(in crate::doors::relay) fn aside(&mut self, command: &Command) {
        match command {
            Command::Help => self.help(),
            Command::Vrfy => {
                let text = "2.5.2 Cannot verify; the recipient's server will judge";
                self.say(&Reply::new(252, text));
            }
            _ => self.say(&Reply::new(250, "2.0.0 Ok")),
        }
    }

    /// Whether it ends what was begun with MAIL.
    pub(in crate::doors::relay) fn is_an_end(&self, command: &Command) -> bool {
        match command {
            Command::Rset | Command::Quit => true,
            Command::Hello { verb, .. } => self.settings.protocol.greets_with(*verb),
            _ => false,
        }
    }

    fn help(&mut self) {
        let hello = match self.settings.protocol {
            Protocol::Smtp => "EHLO HELO",
            Protocol::Lmtp => "LHLO",
        };
        let text = format!("2.0.0 Commands: {hello} MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT");
        self.say(&Reply::new(214, &text));
    }
}
