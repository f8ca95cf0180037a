//! Real mail systems before and behind the real program, started by the tests themselves. Skipped,
//! with a line that says so, where they are not installed; where `CI` is `true` that is a failure.

mod bounce;
mod courier;
mod dma;
mod dovecot;
mod exim;
mod exim_places;
mod milter;
mod miltertest;
mod opensmtpd;
mod pipes;
mod places;
mod postfix;
mod postfix_places;
mod sendmail;
mod smuggling;
