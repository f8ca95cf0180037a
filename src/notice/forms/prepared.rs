//! A form in which only the values are missing.

use super::values::{PUT_OFF, PUT_OFF_TEXT, VALUE};
use super::wrap::wrap_into;

#[derive(Debug)]
pub struct Prepared(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Fixed(String),
    Value(usize),
    /// To be wrapped, with what goes in front of its first line.
    Wrapped(String, Prepared),
}

impl Prepared {
    /// Of what a template made of a notice with markers in the place of its values.
    pub fn of(rendered: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = rendered;
        while let Some(at) = rest.find([VALUE.0, PUT_OFF.0]) {
            let (fixed, marked) = rest.split_at(at);
            pieces.push(Piece::Fixed(fixed.to_owned()));
            let (piece, behind) = Piece::first_of(marked);
            pieces.push(piece);
            rest = behind;
        }
        pieces.push(Piece::Fixed(rest.to_owned()));
        Self(pieces)
    }

    /// With the values in their places; `put` writes one.
    pub fn filled(&self, values: &[String], put: impl Fn(&mut String, &str) + Copy) -> String {
        let fixed = self.0.iter().map(Piece::length).sum::<usize>();
        let mut out =
            String::with_capacity(fixed + values.iter().map(String::len).sum::<usize>() * 2);
        for piece in &self.0 {
            match piece {
                Piece::Fixed(text) => out.push_str(text),
                Piece::Value(number) => put(&mut out, &values[*number]),
                Piece::Wrapped(first, text) => {
                    wrap_into(&mut out, &text.filled(values, put), first);
                }
            }
        }
        out
    }
}

impl Piece {
    /// The piece at whose mark the text begins, and what is behind it.
    fn first_of(marked: &str) -> (Self, &str) {
        const MARKS: &str = "values.rs writes both marks";
        if let Some(marked) = marked.strip_prefix(VALUE.0) {
            let (number, behind) = marked.split_once(VALUE.1).expect(MARKS);
            return (Self::Value(number.parse().expect("a number")), behind);
        }
        let (put_off, behind) = marked.split_once(PUT_OFF.1).expect(MARKS);
        let put_off = put_off.trim_start_matches(PUT_OFF.0);
        let (first, text) = put_off.split_once(PUT_OFF_TEXT).expect(MARKS);
        (Self::Wrapped(first.to_owned(), Prepared::of(text)), behind)
    }

    fn length(&self) -> usize {
        match self {
            Self::Fixed(text) => text.len(),
            Self::Value(_) | Self::Wrapped(..) => 0,
        }
    }
}
