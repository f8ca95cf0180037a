//! Passing a message on: what is in hand, what still comes, and once more as it came where the next
//! hop refused the notice.

use std::io;
use std::time::Instant;

use tokio::time::timeout_at;

use super::Passage;
use crate::doors::relay::alarm::Limit;
use crate::doors::relay::attribute::{self, Attribute};
use crate::doors::relay::behind::Behind;
use crate::doors::relay::pool::Pool;
use crate::doors::relay::reply::{NoReply, Reply};
use crate::doors::relay::session::{Open, Session};
use crate::rewrite::Edit;

/// One answer for all recipients, or one for each; after an error there are no more.
type Answers = Vec<Result<Reply, NoReply>>;

impl Session {
    /// Passes on what is in hand and what still comes. The answers, and whether the edit went along.
    pub(super) async fn pass_on(
        &mut self,
        passage: &mut Passage,
        head: &[u8],
        edit: Option<&Edit>,
        whole: bool,
    ) -> io::Result<(Answers, bool)> {
        // Taken: whatever breaks from here on, it is dropped without the end of data.
        let mut behind = self.behind.take();
        let mut sent = match &mut behind {
            Some(behind) if passage.refusal.is_none() => {
                begin(behind, passage, head, edit, self.settings.head_size).await
            }
            _ => Ok(()),
        };
        let mut piece = Vec::new();
        while !passage.source.ended() {
            if let (Some(behind), Ok(()), true) =
                (&mut behind, &sent, self.client.unread().is_empty())
            {
                // The client may take its time: the next hop has what there is.
                sent = behind.flush().await;
            }
            piece.clear();
            passage.read(self, &mut piece).await?;
            if passage.refusal.is_some() || sent.is_err() {
                behind = None;
            } else if let Some(behind) = &mut behind {
                sent = behind.write(&piece).await;
            }
        }
        if passage.source.is_given_up() || passage.refusal.is_some() {
            return Ok((Vec::new(), false));
        }
        let Some(mut behind) = behind else {
            return Ok((vec![Err(NoReply::Gone)], false));
        };
        let ending = Instant::now();
        let recipients = passage.open.rcpt.len();
        let mut limit = behind.end_limit();
        if edit.is_some() {
            // There may be a second try, and it has only what is left.
            limit.at();
        }
        let mut answers = match sent {
            Ok(()) => end(&mut behind, edit, recipients, &mut limit).await,
            Err(no_reply) => vec![Err(no_reply)],
        };
        let mut annotated = edit.is_some();
        if annotated && whole {
            let again = Again {
                pool: &self.settings.next_hop,
                forwarded: &self.forwarded,
                passage,
                head,
                limit,
            };
            annotated = again.once_more(&mut behind, &mut answers).await;
        }
        passage.durations.next_hop = ending.elapsed();
        if answers.iter().all(is_in_step) {
            self.settings.next_hop.give_back(behind);
        }
        Ok((answers, annotated))
    }
}

/// Whether the session that it was said in goes on.
fn is_in_step(answer: &Result<Reply, NoReply>) -> bool {
    answer.as_ref().is_ok_and(|reply| reply.code != 421)
}

async fn begin(
    behind: &mut Behind,
    passage: &Passage,
    head: &[u8],
    edit: Option<&Edit>,
    head_size: usize,
) -> Result<(), NoReply> {
    behind.write(passage.received.as_bytes()).await?;
    let Some(edit) = edit else {
        return behind.write(head).await;
    };
    let (seen, unseen) = head.split_at(head.len().min(head_size));
    for piece in edit.pieces(seen) {
        behind.write(piece).await?;
    }
    behind.write(unseen).await
}

async fn end(
    behind: &mut Behind,
    edit: Option<&Edit>,
    recipients: usize,
    limit: &mut Limit,
) -> Answers {
    if let Some(edit) = edit {
        let sent = timeout_at(limit.at(), behind.write(&edit.end)).await;
        if let Err(no_reply) = sent.unwrap_or(Err(NoReply::Silent)) {
            return vec![Err(no_reply)];
        }
    }
    behind.end(recipients, limit).await
}

/// The message as it came, where it was refused with the notice.
struct Again<'p> {
    pool: &'p Pool,
    /// What has to be said again, of whose it is.
    forwarded: &'p [Attribute],
    passage: &'p Passage,
    head: &'p [u8],
    /// What the first try left of the time for an answer.
    limit: Limit,
}

impl Again<'_> {
    /// For those for whom it was refused. Whether it went to anybody with the notice.
    async fn once_more(mut self, behind: &mut Behind, answers: &mut Answers) -> bool {
        let is_refused =
            |answer: &Result<Reply, NoReply>| answer.as_ref().is_ok_and(Reply::is_permanent);
        let refused: Vec<usize> = (0..answers.len())
            .filter(|&n| is_refused(&answers[n]))
            .collect();
        if refused.is_empty() {
            return true;
        }
        // One answer was for all of them.
        let for_each = behind.answers_each();
        let in_step = answers.iter().all(is_in_step);
        let all: Vec<usize> = (0..self.passage.open.rcpt.len()).collect();
        let recipients = if for_each { &refused } else { &all };
        let again = self.answers_to(behind, in_step, recipients).await;
        for (place, number) in refused.iter().enumerate() {
            let answer = again.get(place).or(again.last()).cloned();
            answers[*number] = answer.unwrap_or(Err(NoReply::Gone));
        }
        let others = answers.iter().enumerate();
        let mut taken = others.filter(|(_, answer)| answer.as_ref().is_ok_and(Reply::is_positive));
        taken.any(|(number, _)| !refused.contains(&number))
    }

    /// In the order of the recipients.
    async fn answers_to(
        &mut self,
        behind: &mut Behind,
        in_step: bool,
        recipients: &[usize],
    ) -> Answers {
        if in_step && let Some(answers) = self.try_with(behind, recipients).await {
            return answers;
        }
        // Some want one message a session, or close it after a refusal.
        let for_each = behind.answers_each();
        let connected = timeout_at(self.limit.at(), self.pool.connect()).await;
        if let Ok(Ok(new)) = connected
            && new.answers_each() == for_each
            && self.fits(&new)
        {
            *behind = new;
            if let Some(answers) = self.try_with(behind, recipients).await {
                return answers;
            }
        }
        // It was asked for by us alone, so what was said to it is no reason to refuse the mail.
        vec![Err(NoReply::Gone)]
    }

    /// What was answered, if the end of data was sent: from then on it is the last word, or nobody
    /// knows whether the message was taken.
    async fn try_with(&mut self, behind: &mut Behind, recipients: &[usize]) -> Option<Answers> {
        let limit = self.limit.at();
        let sent = timeout_at(limit, async {
            let accepted = self.ready_again(behind, recipients).await.ok().flatten()?;
            let (passage, head) = (self.passage, self.head);
            let begun = begin(behind, passage, head, None, head.len()).await;
            begun.ok().map(|()| accepted)
        });
        // Sent any later, it might be taken when the client has long been told to come again.
        let accepted = match sent.await {
            Ok(sent) if !self.limit.is_over() => sent?,
            _ => return Some(vec![Err(NoReply::Silent)]),
        };
        let answers = behind.end(accepted.len(), &mut self.limit).await;
        let answer = |recipient: &usize| match accepted.iter().position(|one| one == recipient) {
            Some(place) => answers.get(place).or(answers.last()).cloned(),
            None => None,
        };
        let of_each = recipients.iter().map(answer);
        Some(of_each.map(|a| a.unwrap_or(Err(NoReply::Gone))).collect())
    }

    /// Whether another session takes the commands that this one took.
    fn fits(&self, behind: &Behind) -> bool {
        let (extensions, verified) = (behind.extensions(), behind.is_verified());
        let takes = |command, is_mail| extensions.unknown(command, is_mail, verified).is_none();
        let Open { mail, rcpt } = &self.passage.open;
        takes(mail, true)
            && rcpt.iter().all(|rcpt| takes(rcpt, false))
            && (self.forwarded.is_empty() || extensions.has("XFORWARD"))
    }

    /// The same envelope again, up to the go-ahead for content: for whom it is, all of them where
    /// there is one answer for all; none where something stands in the way.
    async fn ready_again(
        &self,
        behind: &mut Behind,
        recipients: &[usize],
    ) -> Result<Option<Vec<usize>>, NoReply> {
        let open = &self.passage.open;
        let mut accepted = Vec::new();
        let mut reply = self.begin_again(behind).await?;
        if reply.is_positive() {
            for number in recipients {
                let mut rcpt = open.rcpt[*number].clone();
                behind.extensions().trim(&mut rcpt, false);
                reply = behind.rcpt(&rcpt).await?;
                match reply.code {
                    421 => return Ok(None),
                    _ if reply.is_positive() => accepted.push(*number),
                    _ => {}
                }
            }
            let all = accepted.len() == recipients.len();
            if all || behind.answers_each() && !accepted.is_empty() {
                reply = behind.data().await?;
                if reply.code == 354 {
                    return Ok(Some(accepted));
                }
            }
        }
        if reply.code != 421 {
            behind.reset().await?;
        }
        Ok(None)
    }

    /// What XFORWARD said was of one message, and so has to be said again. The first no, or the reply
    /// to MAIL.
    async fn begin_again(&self, behind: &mut Behind) -> Result<Reply, NoReply> {
        for line in attribute::lines("XFORWARD", self.forwarded) {
            let reply = behind.forward(&line).await?;
            if !reply.is_positive() {
                return Ok(reply);
            }
        }
        let mut mail = self.passage.open.mail.clone();
        behind.extensions().trim(&mut mail, true);
        behind.mail(&mail).await
    }
}
