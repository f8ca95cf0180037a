//! Values as Rust source: what the build has computed lies in the program as plain data, and no
//! start unpacks it.

use std::fmt::{Debug, Write as _};
use std::path::PathBuf;

/// Writes `static NAME: TYPE = value;` into a file of that name, to be included.
pub fn write(name: &str, of_type: &str, value: &impl Debug) {
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    let file = folder.join(format!("{}.rs", name.to_lowercase()));
    let source = format!("pub static {name}: {of_type} = {};\n", source(value));
    std::fs::write(file, source).expect("OUT_DIR is writable");
}

/// What `derive(Debug)` prints is Rust, but for strings and lists: these are borrowed `Cow`s here.
fn source(value: &impl Debug) -> String {
    let printed = format!("{value:?}");
    let mut out = String::with_capacity(printed.len() * 2);
    let mut rest = printed.as_str();
    while let Some(at) = rest.find(['"', '[', ']']) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        rest = match found.as_bytes()[0] {
            b'[' => open(found, &mut out),
            b']' => close(found, &mut out),
            _ => string(found, &mut out),
        };
    }
    out.push_str(rest);
    out
}

fn open<'r>(rest: &'r str, out: &mut String) -> &'r str {
    out.push_str("Cow::Borrowed(&[");
    &rest[1..]
}

fn close<'r>(rest: &'r str, out: &mut String) -> &'r str {
    out.push_str("])");
    &rest[1..]
}

/// A string literal, up to its closing quote.
fn string<'r>(rest: &'r str, out: &mut String) -> &'r str {
    let mut escaped = false;
    let end = rest[1..].find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let (literal, rest) = rest.split_at(end.expect("a string ends") + 2);
    let _ = write!(out, "Cow::Borrowed({literal})");
    rest
}
