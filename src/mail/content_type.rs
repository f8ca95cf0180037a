//! Content-Type (RFC 2045 §5), read by mail-parser, with an eye on what is ambiguous.

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

/// The type of a part. Names are lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    pub main: String,
    pub sub: String,
    pub charset: Option<String>,
    pub boundary: Option<String>,
    pub report_type: Option<String>,
    /// More than one boundary: mail programs differ in which they take (amavis CVE-2024-28054).
    pub ambiguous: bool,
}

impl Default for ContentType {
    /// What a part is that does not say (RFC 2045 §5.2).
    fn default() -> Self {
        Self {
            main: "text".to_owned(),
            sub: "plain".to_owned(),
            charset: None,
            boundary: None,
            report_type: None,
            ambiguous: false,
        }
    }
}

/// More than this nobody means.
const MOST: usize = 64 << 10;

impl ContentType {
    /// Reads the value of a field; what makes no sense is taken for `text/plain`.
    pub fn read(value: &[u8]) -> Self {
        let mut line = value[..value.len().min(MOST)].to_vec();
        line.push(b'\n');
        let HeaderValue::ContentType(read) = MessageStream::new(&line).parse_content_type() else {
            return Self::default();
        };
        let Some(sub) = read.c_subtype else {
            return Self::default();
        };
        let mut out = Self {
            main: read.c_type.to_ascii_lowercase(),
            sub: sub.to_ascii_lowercase(),
            // who knows what is behind it
            ambiguous: value.len() > MOST,
            ..Self::default()
        };
        for attribute in read.attributes.unwrap_or_default() {
            out.take(&attribute.name, &attribute.value);
        }
        out
    }

    fn take(&mut self, name: &str, value: &str) {
        match name.to_ascii_lowercase().as_str() {
            "boundary" => {
                self.ambiguous |= self.boundary.is_some();
                self.boundary = Some(value.to_owned());
            }
            "charset" => self.charset = Some(value.to_owned()),
            "report-type" => self.report_type = Some(value.to_ascii_lowercase()),
            _ => {}
        }
    }

    pub fn is(&self, main: &str, sub: &str) -> bool {
        self.main == main && self.sub == sub
    }

    pub fn is_multipart(&self) -> bool {
        self.main == "multipart"
    }
}
