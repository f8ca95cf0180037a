//! The values of a notice, which are other in each, and the outline, which is the same in many.

use std::borrow::Cow;

use super::super::{Block, Notice};

/// Begins and ends the number of a value. Characters of a private plane: what came with a report
/// never stands beside them, and nothing else writes them.
pub const VALUE: (char, char) = ('\u{f0000}', '\u{f0001}');
/// Begins and ends a text that is to be wrapped when its values are known; between them, behind
/// what goes in front of its first line, `PUT_OFF_TEXT`.
pub const PUT_OFF: (char, char) = ('\u{f0002}', '\u{f0003}');
pub const PUT_OFF_TEXT: char = '\u{f0004}';

/// The number of what the report says.
pub const REPORT: usize = 0;

pub fn marks(character: char) -> bool {
    ('\u{f0000}'..='\u{f0004}').contains(&character)
}

/// Stands for the value of that number.
pub fn marker(number: usize) -> String {
    let mut out = String::with_capacity(12);
    out.push(VALUE.0);
    out.push_str(itoa::Buffer::new().format(number));
    out.push(VALUE.1);
    out
}

/// The notice with markers in the place of its values, and these.
pub fn take<'l>(mut notice: Notice<'l>, report: Option<&str>) -> (Notice<'l>, Vec<String>) {
    let mut values = vec![report.unwrap_or_default().to_owned()];
    notice.each_value(&mut |value| {
        let taken = std::mem::replace(value, marker(values.len()));
        values.push(taken);
    });
    (notice, values)
}

impl Notice<'_> {
    fn each_value(&mut self, on: &mut impl FnMut(&mut String)) {
        on(&mut self.title);
        on(&mut self.added_by);
        let optional = [
            &mut self.masthead,
            &mut self.contact,
            &mut self.message,
            &mut self.reported_by,
        ];
        optional.into_iter().flatten().for_each(&mut *on);
        self.blocks
            .iter_mut()
            .for_each(|block| block.each_value(on));
    }
}

impl Block<'_> {
    fn each_value(&mut self, on: &mut impl FnMut(&mut String)) {
        on(&mut self.why);
        on(&mut self.listed);
        self.recipients.iter_mut().for_each(&mut *on);
        let optional = [
            &mut self.more,
            &mut self.suggestion,
            &mut self.retry,
            &mut self.title,
            &mut self.contact,
            &mut self.link,
        ];
        optional.into_iter().flatten().for_each(&mut *on);
        // words of a rule: the language's own are the same in all notices
        for list in [&mut self.steps, &mut self.postmaster] {
            if let Cow::Owned(list) = list {
                list.iter_mut().for_each(&mut *on);
            }
        }
        if let Cow::Owned(repair) = &mut self.repair {
            on(repair);
        }
        self.stations
            .iter_mut()
            .for_each(|station| on(&mut station.name));
        for said in &mut self.said {
            on(&mut said.by);
            said.words.iter_mut().for_each(&mut *on);
        }
    }
}
