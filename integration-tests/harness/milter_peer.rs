//! The MTA's side of the milter protocol: says what it is told, or hands over a whole message as
//! Postfix and Sendmail do, and carries out what it hears.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// All that Postfix offers.
pub const ALL_ACTIONS: u32 = 0x1ff;
pub const ALL_STEPS: u32 = 0x1f_ffff;
/// Of these, what is asked for: to change header fields and bodies, and to choose macros.
const WANTED: u32 = 0x113;

/// The commands in the order of a message, each with its `SMFIP_NO…` and its `SMFIP_NR_…`.
const STEPS: [(u8, u32, u32); 8] = [
    (b'C', 0x01, 0x1000),
    (b'H', 0x02, 0x2000),
    (b'M', 0x04, 0x4000),
    (b'R', 0x08, 0x8000),
    (b'T', 0x200, 0x1_0000),
    (b'L', 0x20, 0x80),
    (b'N', 0x40, 0x4_0000),
    (b'B', 0x10, 0x8_0000),
];
const LEADING_SPACE: u32 = 0x10_0000;
const PIECE: usize = 65_535;

pub struct MilterPeer {
    stream: Stream,
    version: u32,
    steps: u32,
}

trait ReadWrite: Read + Write + Send {}
impl ReadWrite for TcpStream {}
impl ReadWrite for UnixStream {}
type Stream = Box<dyn ReadWrite>;

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// As it goes on.
    pub message: Vec<u8>,
    /// The command at which it was accepted.
    pub at: u8,
    /// How many answers were waited for.
    pub answers: usize,
    /// What the milter asked for, letter by letter.
    pub changes: Vec<u8>,
}

impl MilterPeer {
    /// At `host:port` or `/path/to/socket`.
    pub fn connect(address: &str) -> Self {
        let patience = Some(Duration::from_secs(30));
        let stream: Stream = if address.starts_with('/') {
            let stream = UnixStream::connect(address).unwrap();
            stream.set_read_timeout(patience).unwrap();
            Box::new(stream)
        } else {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(patience).unwrap();
            Box::new(stream)
        };
        Self {
            stream,
            version: 0,
            steps: 0,
        }
    }

    /// As Postfix does.
    pub fn ready(address: &str) -> Self {
        let mut peer = Self::connect(address);
        peer.negotiate(6, ALL_ACTIONS, ALL_STEPS);
        peer
    }

    /// Nothing is answered that was not offered.
    pub fn negotiate(&mut self, version: u32, actions: u32, steps: u32) {
        let offer = [version, actions, steps].map(u32::to_be_bytes);
        self.say(b'O', &[offer.as_flattened()]);
        let (letter, data) = self.hear().unwrap();
        let chooses = actions & 0x100 != 0;
        assert_eq!((letter, data.len() > 12), (b'O', chooses));
        let number = |at: usize| u32::from_be_bytes(data[at..at + 4].try_into().unwrap());
        assert_eq!(number(0), version.min(6));
        assert_eq!(number(4), WANTED & actions);
        assert_eq!(number(8) & !steps, 0);
        (self.version, self.steps) = (version, number(8));
    }

    pub fn say(&mut self, letter: u8, data: &[&[u8]]) {
        let data = data.concat();
        let length = u32::try_from(data.len() + 1).unwrap();
        self.send(&[&length.to_be_bytes()[..], &[letter], &data].concat());
    }

    /// Bytes as they are; whether anybody still reads them is not asked.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    pub fn macros(&mut self, of: u8, pairs: &[(&str, &str)]) {
        let mut data = vec![of];
        for (name, value) in pairs {
            data.extend_from_slice(format!("{name}\0{value}\0").as_bytes());
        }
        self.say(b'D', &[&data]);
    }

    /// The next packet; none where the connection has ended.
    pub fn hear(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut length = [0; 4];
        match self.stream.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if is_end(&error) => return None,
            Err(error) => panic!("no answer: {error}"),
        }
        let mut packet = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut packet).unwrap();
        let data = packet.split_off(1);
        Some((packet[0], data))
    }

    pub fn expect(&mut self, letter: u8) {
        let heard = self.hear().map(|(letter, _)| char::from(letter));
        assert_eq!(heard, Some(char::from(letter)));
    }

    pub fn is_closed(&mut self) -> bool {
        self.hear().is_none()
    }

    /// Says a command, unless it is not wanted, and hears the answer, unless none was agreed.
    pub fn step(&mut self, letter: u8, data: &[&[u8]]) -> Option<u8> {
        let known = STEPS.iter().find(|(step, ..)| *step == letter);
        let (_, no, silent) = known.copied().unwrap_or((letter, 0, 0));
        let too_new = letter == b'T' && self.version < 4;
        if self.steps & no != 0 || too_new {
            return None;
        }
        self.say(letter, data);
        if self.steps & silent != 0 {
            return None;
        }
        let (letter, data) = self.hear().unwrap();
        assert!(data.is_empty());
        Some(letter)
    }

    /// A message with CR LF line ends, from `path`, as an MTA hands it over.
    pub fn hand(&mut self, path: &str, message: &[u8]) -> Handed {
        let mut handed = Handed {
            message: message.to_vec(),
            at: 0,
            answers: 0,
            changes: Vec::new(),
        };
        let (fields, body) = taken_apart(message);
        let space = self.steps & LEADING_SPACE != 0;
        let mut steps: Vec<(u8, Vec<u8>)> = vec![
            (b'C', b"client.example\x004\0\x19192.0.2.1\0".to_vec()),
            (b'H', b"client.example\0".to_vec()),
            (b'M', format!("{path}\0").into_bytes()),
            (b'R', b"<alice@example.org>\0".to_vec()),
            (b'T', Vec::new()),
        ];
        for (name, value) in &fields {
            let value = as_told(value, space);
            steps.push((b'L', [name.as_slice(), b"\0", &value, b"\0"].concat()));
        }
        steps.push((b'N', Vec::new()));
        let pieces: Vec<&[u8]> = body.chunks(PIECE).collect();
        steps.extend(pieces.iter().map(|piece| (b'B', piece.to_vec())));
        for (letter, data) in steps {
            let answer = self.step(letter, &[&data]);
            handed.answers += usize::from(answer.is_some());
            match answer {
                None | Some(b'c') => {}
                Some(b'a') => {
                    handed.at = letter;
                    return handed;
                }
                Some(answer) => panic!("{:?} to {:?}", char::from(answer), char::from(letter)),
            }
        }
        self.say(b'E', &[]);
        handed.answers += 1;
        self.carry_out(fields, body, &mut handed);
        handed
    }

    fn carry_out(&mut self, mut fields: Vec<Field>, body: &[u8], handed: &mut Handed) {
        let space = self.steps & LEADING_SPACE != 0;
        let mut new_body: Option<Vec<u8>> = None;
        loop {
            let (letter, data) = self.hear().unwrap();
            assert!(data.len() <= PIECE);
            handed.changes.push(letter);
            match letter {
                b'm' => {
                    assert!(new_body.is_none());
                    let (number, strings) = data.split_first_chunk::<4>().unwrap();
                    let [name, value] = two(strings);
                    let number = u32::from_be_bytes(*number) as usize;
                    let is_it = |place: &usize| fields[*place].0.eq_ignore_ascii_case(&name);
                    let at = (0..fields.len()).filter(is_it).nth(number - 1).unwrap();
                    if value.is_empty() {
                        fields.remove(at);
                    } else {
                        fields[at].1 = as_written(value, space);
                    }
                }
                b'h' => {
                    assert!(new_body.is_none());
                    let [name, value] = two(&data);
                    fields.push((name, as_written(value, space)));
                }
                b'b' => new_body.get_or_insert_default().extend_from_slice(&data),
                b'p' => {}
                b'a' | b'c' => break,
                other => panic!("{:?}", char::from(other)),
            }
        }
        let section = fields.iter().map(|(name, value)| {
            let field: [&[u8]; 4] = [name, b":", value, b"\r\n"];
            field.concat()
        });
        let section: Vec<u8> = section.collect::<Vec<_>>().concat();
        let body = new_body.as_deref().unwrap_or(body);
        handed.at = b'E';
        handed.message = [section.as_slice(), b"\r\n", body].concat();
    }
}

/// Name, and all that stands behind the colon.
type Field = (Vec<u8>, Vec<u8>);

/// Header fields and body.
fn taken_apart(message: &[u8]) -> (Vec<Field>, &[u8]) {
    let mut fields: Vec<Field> = Vec::new();
    let mut rest = message;
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let (line, behind) = (&rest[..end], &rest[end + 2..]);
        rest = behind;
        if line.is_empty() {
            break;
        }
        match line.iter().position(|byte| *byte == b':') {
            _ if line.starts_with(b" ") || line.starts_with(b"\t") => {
                let (_, value) = fields.last_mut().unwrap();
                value.extend_from_slice(b"\r\n");
                value.extend_from_slice(line);
            }
            Some(colon) => fields.push((line[..colon].to_vec(), line[colon + 1..].to_vec())),
            None => panic!("no field: {}", String::from_utf8_lossy(line)),
        }
    }
    (fields, rest)
}

/// Lines with LF; without `space`, without the one behind the colon.
fn as_told(value: &[u8], space: bool) -> Vec<u8> {
    let mut told = value.to_vec();
    told.retain(|byte| *byte != b'\r');
    if !space && told.starts_with(b" ") {
        told.remove(0);
    }
    told
}

/// The other way round.
fn as_written(value: Vec<u8>, space: bool) -> Vec<u8> {
    assert!(!value.contains(&b'\r'));
    let text = String::from_utf8(value).unwrap().replace('\n', "\r\n");
    let blank = if space { "" } else { " " };
    format!("{blank}{text}").into_bytes()
}

fn two(data: &[u8]) -> [Vec<u8>; 2] {
    let strings = data.strip_suffix(b"\0").unwrap().split(|byte| *byte == 0);
    let strings: Vec<Vec<u8>> = strings.map(<[u8]>::to_vec).collect();
    strings.try_into().unwrap()
}

fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset
    )
}
