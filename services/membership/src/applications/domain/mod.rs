//! The rules of an application: who may apply, for how much, and what a payment means. Pure.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contracts::membership::{self, ApplicationState, Chapter, MembershipType, Term};
use contracts::shared::{Charge, ChargeLine};
use contracts::{ApplicationId, ChapterId, ChargeId, MembershipTypeId, Money, PersonId};

use crate::terms::domain::{Scope, paid_from};

/// How long an application waits for payment.
pub(crate) const HOLD: TimeDelta = TimeDelta::hours(48);

/// The legal entity that sells national and chapter dues.
const LEGAL_ENTITY: &str = "scte";

/// An application, as the row holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Application {
    pub(crate) id: ApplicationId,
    pub(crate) person: PersonId,
    pub(crate) type_id: MembershipTypeId,
    pub(crate) chapter_id: Option<ChapterId>,
    pub(crate) charge_id: ChargeId,
    pub(crate) state: ApplicationState,
    pub(crate) lines: Vec<Line>,
    pub(crate) submitted_at: DateTime<Utc>,
    pub(crate) hold_until: DateTime<Utc>,
    /// When commerce could take the money.
    pub(crate) opened_at: Option<DateTime<Utc>>,
    pub(crate) paid_at: Option<DateTime<Utc>>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// Why it ended, as a code.
    pub(crate) reason: Option<String>,
    /// What commerce gave back so far. Unit: minor units of the total's currency.
    pub(crate) refunded_minor: i64,
    pub(crate) version: i64,
}

/// One line of what is to be paid.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Line {
    /// `national`, or `chapter:<id>`.
    pub(crate) r#ref: String,
    pub(crate) code: String,
    pub(crate) text: String,
    pub(crate) price: Money,
}

/// What the text of a line ends with when its price is invented.
const SAMPLE: &str = " (sample price)";

impl Line {
    /// What is paid for, and whether its price is invented: said apart, so that a page can mark it.
    pub(crate) fn told(&self) -> (&str, bool) {
        let plain = self.text.strip_suffix(SAMPLE);
        (plain.unwrap_or(&self.text), plain.is_some())
    }
}

/// What somebody applies for, with the ids of what comes of it.
pub(crate) struct Wish<'a> {
    pub(crate) id: ApplicationId,
    pub(crate) charge_id: ChargeId,
    pub(crate) person: PersonId,
    pub(crate) kind: &'a MembershipType,
    pub(crate) chapter: Option<&'a Chapter>,
}

/// What is known of the applicant at that moment.
pub(crate) struct Applicant<'a> {
    pub(crate) terms: &'a [Term],
    pub(crate) open_application: Option<ApplicationId>,
    pub(crate) today: NaiveDate,
}

/// Why a rule says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// They have paid for today or later already.
    #[error("you are a member already: your membership is paid until before {0}")]
    AlreadyMember(NaiveDate),
    /// Another application of theirs waits for payment.
    #[error("you have an application that waits for payment; pay or withdraw it first")]
    ApplicationOpen,
    /// The kind of membership is not sold.
    #[error("{0} cannot be bought at present; choose another type")]
    TypeClosed(String),
    /// The dues cannot be paid as one sum.
    #[error("the dues of the society and of the chapter are in different currencies")]
    MixedCurrencies,
    /// The application has ended.
    #[error("this application has ended, so it can no longer be withdrawn")]
    NotOpen,
    /// Less came, or other money, than was asked for.
    #[error("{0} was asked for, but {1} was paid")]
    Underpaid(Money, Money),
    /// Money came after the end of the application, and the person is a member without it.
    #[error("paid after the application had ended, and the year is covered by another payment")]
    AlreadyCovered,
}

impl Refusal {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::AlreadyMember(_) => "already_member",
            Self::ApplicationOpen => "application_open",
            Self::TypeClosed(_) => "type_closed",
            Self::MixedCurrencies => "mixed_currencies",
            Self::NotOpen => "application_ended",
            Self::Underpaid(..) => "dues_underpaid",
            Self::AlreadyCovered => "paid_too_late",
        }
    }
}

/// Decides whether somebody may apply, and for how much.
///
/// # Errors
/// [`Refusal::AlreadyMember`], [`Refusal::ApplicationOpen`], [`Refusal::TypeClosed`],
/// [`Refusal::MixedCurrencies`].
pub(crate) fn submit(
    wish: &Wish<'_>,
    applicant: &Applicant<'_>,
    now: DateTime<Utc>,
) -> Result<Application, Refusal> {
    if applicant.open_application.is_some() {
        return Err(Refusal::ApplicationOpen);
    }
    let national = Scope::National(wish.kind.type_id);
    let paid = applicant.terms.iter().filter(|term| national.matches(term));
    if let Some(until) =
        paid.map(|term| term.ends_before).max().filter(|end| *end > applicant.today)
    {
        return Err(Refusal::AlreadyMember(until));
    }
    if !wish.kind.open {
        return Err(Refusal::TypeClosed(wish.kind.title.clone()));
    }
    let lines = lines(wish.kind, wish.chapter);
    if total(&lines).is_none() {
        return Err(Refusal::MixedCurrencies);
    }
    Ok(Application {
        id: wish.id,
        person: wish.person,
        type_id: wish.kind.type_id,
        chapter_id: wish.chapter.map(|chapter| chapter.chapter_id),
        charge_id: wish.charge_id,
        state: ApplicationState::Submitted,
        lines,
        submitted_at: now,
        hold_until: now + HOLD,
        opened_at: None,
        paid_at: None,
        ended_at: None,
        reason: None,
        refunded_minor: 0,
        version: 1,
    })
}

/// The lines of the charge: national dues, and those of the chapter when one was chosen. Invented
/// prices say so on the receipt too.
pub(crate) fn lines(kind: &MembershipType, chapter: Option<&Chapter>) -> Vec<Line> {
    let sample = |sample: bool| if sample { SAMPLE } else { "" };
    let national = Line {
        r#ref: "national".to_owned(),
        code: format!("DUES-{}", kind.code),
        text: format!("{}, national dues of one year{}", kind.title, sample(kind.sample)),
        price: kind.price.clone(),
    };
    let chapter = chapter.map(|chapter| Line {
        r#ref: format!("chapter:{}", chapter.chapter_id),
        code: "DUES-CHAPTER".to_owned(),
        text: format!("{}, chapter dues of one year{}", chapter.name, sample(chapter.sample)),
        price: chapter.price.clone(),
    });
    std::iter::once(national).chain(chapter).collect()
}

/// What the lines come to; nothing when they are not of one currency.
pub(crate) fn total(lines: &[Line]) -> Option<Money> {
    Money::sum(lines.iter().map(|line| &line.price))
}

/// What a payment leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payment {
    /// The terms start.
    Starts,
    /// It was answered before; nothing changes.
    Answered,
}

/// Decides what the money that arrived for `application` does.
///
/// In time, it always buys a year. After the end it is honoured too, unless the person has paid for
/// that time in another way: then the money goes back.
///
/// # Errors
/// [`Refusal::Underpaid`], [`Refusal::AlreadyCovered`].
pub(crate) fn pay(
    application: &Application,
    terms: &[Term],
    paid_on: NaiveDate,
    captured: &Money,
) -> Result<Payment, Refusal> {
    use ApplicationState::{Completed, GivenBack, Submitted};
    if matches!(application.state, Completed | GivenBack) {
        return Ok(Payment::Answered);
    }
    let total = application.total();
    if captured.currency != total.currency || captured.minor < total.minor {
        return Err(Refusal::Underpaid(total, captured.clone()));
    }
    let covered = paid_from(terms, Scope::National(application.type_id), paid_on);
    if application.state != Submitted && covered {
        return Err(Refusal::AlreadyCovered);
    }
    Ok(Payment::Starts)
}

impl Application {
    /// Whether it waits for payment.
    pub(crate) fn is_open(&self) -> bool {
        self.state == ApplicationState::Submitted
    }

    /// Whether its terms run although less than they cost is left of the money. What was paid
    /// beyond that may go back without a question.
    pub(crate) fn runs_unpaid(&self, captured: &Money, refunded: &Money) -> bool {
        let left = captured.minor.saturating_sub(refunded.minor);
        self.state == ApplicationState::Completed && left < self.total().minor
    }

    /// What it comes to.
    pub(crate) fn total(&self) -> Money {
        // One currency by the rule of `submit`; the row holds nothing else.
        total(&self.lines).unwrap_or_else(|| Money::usd(0))
    }

    /// This application, ended.
    pub(crate) fn ended(
        &self,
        state: ApplicationState,
        reason: Option<&str>,
        now: DateTime<Utc>,
    ) -> Self {
        let reason = reason.map(str::to_owned);
        Self { state, reason, ended_at: Some(now), ..self.clone() }
    }

    /// What the others may know.
    pub(crate) fn public(&self) -> membership::Application {
        membership::Application {
            application_id: self.id,
            person_id: self.person,
            type_id: self.type_id,
            chapter_id: self.chapter_id,
            charge_id: self.charge_id,
            state: self.state.clone(),
            hold_until: self.hold_until,
            version: self.version,
        }
    }

    /// What commerce is asked to charge.
    pub(crate) fn charge(&self) -> Charge {
        let line = |line: &Line| ChargeLine {
            r#ref: line.r#ref.clone(),
            code: line.code.clone(),
            text: line.text.clone(),
            language: "en".to_owned(),
            quantity: 1,
            unit: line.price.clone(),
        };
        Charge {
            charge_id: self.charge_id,
            payer: self.person,
            beneficiary: self.person,
            lines: self.lines.iter().map(line).collect(),
            hold_until: self.hold_until,
            return_path: format!("/membership/applications/{}", self.id),
            legal_entity: LEGAL_ENTITY.to_owned(),
            version: self.version,
        }
    }
}

#[cfg(test)]
mod tests;
