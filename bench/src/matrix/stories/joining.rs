//! Stories of joining: choosing, applying, paying, and what comes of it.

use std::sync::Arc;

use super::Story;
use crate::browser::Page;
use crate::matrix::person::{Person, fine, link, shown};
use crate::matrix::stage::Stage;
use crate::matrix::words::words;
use crate::outcome::Outcome;

/// What is still missing until somebody who paid is a member everywhere.
async fn membership_missing(member: &mut Person) -> Outcome<Option<String>> {
    let pages = [("/membership", "Member until"), ("/members", "You are a member")];
    for (path, text) in pages {
        let page = fine(member.reads(path).await?)?;
        if !words(&page.text).contains(text) {
            return Ok(Some(format!("`{text}` on {path}")));
        }
    }
    let home = fine(member.reads("/membership").await?)?;
    let terms = home.text.matches("Cactus").count();
    if terms != 1 {
        return Ok(Some(format!("one term of the chapter, there are {terms}")));
    }
    let orders = fine(member.reads("/billing").await?)?;
    let receipts = orders.text.matches("href=\"/billing/receipts/").count();
    if receipts != 1 {
        return Ok(Some(format!("one receipt, there are {receipts}")));
    }
    member.lacks_mail(&["Receipt ", "Welcome to SCTE", "Welcome to the "])
}

/// A visitor chooses a kind of membership and a chapter and sees the whole sum.
pub(crate) struct Chooses(Person);

impl Story for Chooses {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::stranger(stage)?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.0.chooses().await
    }
}

/// A visitor applies, and can pay.
pub(crate) struct Applies(Person);

impl Story for Applies {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::signed_in(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.0.applies().await
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        let page = fine(self.0.reads(&self.0.application.clone()).await?)?;
        let charge = link(&page, "/checkout/pay/")?;
        let page = fine(self.0.reads(&charge).await?)?;
        let payable = words(&page.text).contains("Pay $119.00");
        Ok((!payable).then(|| "a charge that can be paid".to_owned()))
    }
}

/// A visitor takes the application back; nothing can be paid for it any more.
pub(crate) struct Withdraws(Person);

impl Story for Withdraws {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::applied(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        let path = format!("{}/withdraw", self.0.application);
        let page = shown!(self.0.reads(&path).await?);
        self.0.browser.send(&page, (&path, ""), &[]).await
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        let page = fine(self.0.reads(&self.0.charge.clone()).await?)?;
        let gone = words(&page.text).contains("This was withdrawn and can no longer be paid");
        Ok((!gone).then(|| "the charge withdrawn at commerce".to_owned()))
    }
}

/// A visitor presses the button with the sum and can go on to the provider.
pub(crate) struct OpensOrder(Person);

impl Story for OpensOrder {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::applied(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.0.opens_the_order().await
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        paid_in_the_end(&mut self.0).await
    }
}

/// Whoever could not pay before can pay now, and is a member.
async fn paid_in_the_end(visitor: &mut Person) -> Outcome<Option<String>> {
    let page = fine(visitor.reads(&visitor.order.clone()).await?)?;
    let said = words(&page.text);
    if !said.contains("Paid. Thank you.") {
        if page.link("/checkout/sandbox/pay/").is_none() {
            return Ok(Some(format!("the way to the provider: {said}")));
        }
        fine(visitor.presses("pay").await?)?;
        return Ok(Some("the payment confirmed".to_owned()));
    }
    membership_missing(visitor).await
}

/// A visitor clicks twice, and there is one order.
pub(crate) struct ClicksTwice(Person);

impl Story for ClicksTwice {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::applied(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        let charge = self.0.charge.clone();
        let page = shown!(self.0.reads(&charge).await?);
        let mut again = self.0.browser.clone();
        let form = (charge.as_str(), "");
        let (one, two) =
            tokio::join!(self.0.browser.send(&page, form, &[]), again.send(&page, form, &[]));
        let (one, two) = (one?, two?);
        // Two orders would show as two addresses: then the second is no page of this story.
        if one.path != two.path {
            return Ok(Page { path: format!("{} and {}", one.path, two.path), ..Page::default() });
        }
        self.0.order.clone_from(&one.path);
        Ok(one)
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        let page = fine(self.0.reads("/billing").await?)?;
        let orders = page.text.matches("href=\"/checkout/orders/").count();
        Ok((orders != 1).then(|| format!("one order, there are {orders}")))
    }
}

/// A visitor pays at the provider and is a member.
pub(crate) struct Pays(Person);

impl Story for Pays {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::ordered(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.0.presses("pay").await
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        membership_missing(&mut self.0).await
    }
}

/// A visitor closes the window at the provider while the payment still runs; it counts all the same.
pub(crate) struct LeavesWhilePaying(Person);

impl Story for LeavesWhilePaying {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut visitor = Person::ordered(stage).await?;
        let order = fine(visitor.reads(&visitor.order.clone()).await?)?;
        let provider = link(&order, "/checkout/sandbox/pay/")?;
        let page = fine(visitor.reads(&provider).await?)?;
        let button = "name=\"behaviour\" value=\"pay\"";
        // The button is pressed, and what it leads to is never looked at.
        drop(visitor.browser.clone().send(&page, (&provider, button), &[]).await?);
        Ok(Self(visitor))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.0.reads(&self.0.order.clone()).await
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        membership_missing(&mut self.0).await
    }
}

/// A visitor's card is declined; they are told, and can try again.
pub(crate) struct IsDeclined(Person);

impl Story for IsDeclined {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::ordered(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.0.presses("decline").await
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        self.0.lacks_mail(&["Your payment of $119.00 was declined"])
    }
}

/// A member reads the receipt.
pub(crate) struct ReadsReceipt {
    member: Person,
    receipt: String,
}

impl Story for ReadsReceipt {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut member = Person::member(stage).await?;
        let page = fine(member.reads("/billing").await?)?;
        let receipt = link(&page, "/billing/receipts/")?;
        Ok(Self { member, receipt })
    }

    fn person(&mut self) -> &mut Person {
        &mut self.member
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.member.reads(&self.receipt.clone()).await
    }
}
