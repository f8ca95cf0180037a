//! Passing a message on: what is in hand, what still comes, and once more as it came where the next
//! hop refused the notice.

use std::io;
use std::time::Instant;

use super::Passage;
use crate::doors::relay::behind::Behind;
use crate::doors::relay::pool::Pool;
use crate::doors::relay::reply::{NoReply, Reply};
use crate::doors::relay::session::Session;
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
            piece.clear();
            passage.read(self, &mut piece).await?;
            if passage.refusal.is_some() || sent.is_err() {
                behind = None;
            } else if let Some(behind) = &mut behind {
                sent = behind.write(&piece).await;
            }
        }
        if passage.source.is_given_up() {
            return Ok((Vec::new(), false));
        }
        if let Some(refusal) = passage.refusal.take() {
            return Ok((vec![Ok(refusal)], false));
        }
        let Some(mut behind) = behind else {
            return Ok((vec![Err(NoReply::Gone)], false));
        };
        let ending = Instant::now();
        let recipients = passage.open.rcpt.len();
        let mut answers = match sent {
            Ok(()) => end(&mut behind, edit, recipients).await,
            Err(no_reply) => vec![Err(no_reply)],
        };
        let mut annotated = edit.is_some();
        if annotated && whole {
            let pool = &self.settings.next_hop;
            annotated = once_more(pool, &mut behind, passage, head, &mut answers).await;
        }
        passage.durations.next_hop = ending.elapsed();
        let in_step =
            |answer: &Result<Reply, NoReply>| answer.as_ref().is_ok_and(|reply| reply.code != 421);
        if answers.iter().all(in_step) {
            self.settings.next_hop.give_back(behind);
        }
        Ok((answers, annotated))
    }
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
    behind.write(&edit.apply_to_head(seen)).await?;
    behind.write(unseen).await
}

async fn end(behind: &mut Behind, edit: Option<&Edit>, recipients: usize) -> Answers {
    if let Some(edit) = edit
        && let Err(no_reply) = behind.write(&edit.end).await
    {
        return vec![Err(no_reply)];
    }
    behind.end(recipients).await
}

/// Annotated it was refused for some recipients: as it came it may not be. Whether it went to
/// anybody with the notice.
async fn once_more(
    pool: &Pool,
    behind: &mut Behind,
    passage: &Passage,
    head: &[u8],
    answers: &mut Answers,
) -> bool {
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
    let all: Vec<usize> = (0..passage.open.rcpt.len()).collect();
    let recipients = if for_each { &refused } else { &all };
    let again = match as_it_came(behind, passage, head, recipients).await {
        again if again.iter().all(is_an_answer) => again,
        // Some close the connection after a refusal.
        _ => match pool.connect().await {
            Ok(new) => {
                *behind = new;
                as_it_came(behind, passage, head, recipients).await
            }
            Err(_) => vec![Err(NoReply::Unreachable)],
        },
    };
    for (place, number) in refused.iter().enumerate() {
        let answer = again.get(place).or(again.last()).cloned();
        answers[*number] = answer.unwrap_or(Err(NoReply::Gone));
    }
    for_each && answers.len() > refused.len()
}

fn is_an_answer(answer: &Result<Reply, NoReply>) -> bool {
    answer.as_ref().is_ok_and(|reply| reply.code != 421)
}

async fn as_it_came(
    behind: &mut Behind,
    passage: &Passage,
    head: &[u8],
    recipients: &[usize],
) -> Answers {
    match ready_again(behind, passage, recipients).await {
        Ok(None) => {}
        Ok(Some(refusal)) => return vec![Ok(refusal)],
        Err(no_reply) => return vec![Err(no_reply)],
    }
    match begin(behind, passage, head, None, head.len()).await {
        Ok(()) => behind.end(recipients.len()).await,
        Err(no_reply) => vec![Err(no_reply)],
    }
}

/// The same envelope again, up to the go-ahead for content; or the reply that stands in the way.
async fn ready_again(
    behind: &mut Behind,
    passage: &Passage,
    recipients: &[usize],
) -> Result<Option<Reply>, NoReply> {
    let mut reply = behind.mail(&passage.open.mail).await?;
    for number in recipients {
        if reply.is_positive() {
            reply = behind.rcpt(&passage.open.rcpt[*number]).await?;
        }
    }
    if reply.is_positive() {
        reply = behind.data().await?;
    }
    if reply.code == 354 {
        return Ok(None);
    }
    if reply.code != 421 {
        behind.reset().await?;
    }
    Ok(Some(reply))
}
