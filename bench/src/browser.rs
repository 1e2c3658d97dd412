//! A browser over real HTTP: cookies, redirects, the forms of a page. A process that is gone is
//! asked again, with the same form, until it is back.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;

use crate::outcome::{Failed, Outcome};

/// How long a page may stay away, or be something else than is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long until the same is asked again.
const AGAIN: Duration = Duration::from_millis(25);

/// Somebody's browser.
#[derive(Clone)]
pub(crate) struct Browser {
    http: reqwest::Client,
    origin: String,
    cookies: BTreeMap<String, String>,
}

/// A page as it was answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) headers: HeaderMap,
}

impl Page {
    /// Fails unless it was answered with success.
    pub(crate) fn fine(self) -> Outcome<Self> {
        if self.status == 200 {
            return Ok(self);
        }
        let said: String =
            self.text.split("<h1").skip(1).collect::<String>().chars().take(300).collect();
        Err(Failed::because(format!("{} answers {}: {said}", self.path, self.status)))
    }

    /// The first address on the page that begins with `start`, up to the end of the attribute.
    pub(crate) fn link(&self, start: &str) -> Option<String> {
        let at = self.text.find(start)?;
        let rest = &self.text[at..];
        let end = rest.find(['"', '<', ' ', '\n']).unwrap_or(rest.len());
        Some(unescaped(&rest[..end]))
    }

    /// The fields of the first form with this action of which `wanted` is a part.
    fn form(&self, action: &str, wanted: &str) -> Option<Vec<(String, String)>> {
        let forms = self
            .text
            .split("<form ")
            .skip(1)
            .map(|form| form.split_once("</form>").map_or(form, |(form, _)| form));
        let action = format!("action=\"{action}\"");
        let form =
            forms.filter(|form| form.contains(&action)).find(|form| form.contains(wanted))?;
        let hidden = form.split("<input type=\"hidden\" ").skip(1);
        Some(
            hidden
                .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
                .collect(),
        )
    }

    /// The value of the first radio button of this name.
    pub(crate) fn choice(&self, name: &str) -> Option<String> {
        let radios =
            self.text.split("<input ").skip(1).filter(|input| input.contains("type=\"radio\""));
        let mut own = radios.filter(|input| attribute(input, "name").as_deref() == Some(name));
        attribute(own.next()?, "value")
    }
}

/// The value of an attribute of the tag that `tag` begins in.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split_once('>').map_or(tag, |(tag, _)| tag);
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| unescaped(value))
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&#34;", "\"").replace("&#38;", "&").replace("&amp;", "&")
}

impl Browser {
    /// A fresh one.
    pub(crate) fn new(origin: &str) -> Outcome<Self> {
        Self::asking(origin, None)
    }

    /// A fresh one that asks from this address of the machine.
    pub(crate) fn at(origin: &str, address: IpAddr) -> Outcome<Self> {
        Self::asking(origin, Some(address))
    }

    fn asking(origin: &str, address: Option<IpAddr>) -> Outcome<Self> {
        let http = reqwest::Client::builder().redirect(Policy::none()).local_address(address);
        let http = http.timeout(Duration::from_secs(10)).build()?;
        Ok(Self { http, origin: origin.to_owned(), cookies: BTreeMap::new() })
    }

    /// What it sends as `Cookie`.
    pub(crate) fn cookies(&self) -> String {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    /// Reads a page; redirects are followed.
    pub(crate) async fn get(&mut self, path: &str) -> Outcome<Page> {
        let mut path = path.to_owned();
        for _ in 0..8 {
            let (page, elsewhere) = self.answered(&path, None).await?;
            match elsewhere {
                Some(next) => path = next,
                None => return Ok(page),
            }
        }
        Err(Failed::because(format!("{path} leads in circles")))
    }

    /// Reads a page again and again until `found` finds something on it.
    pub(crate) async fn get_until<T>(
        &mut self,
        path: &str,
        found: impl Fn(&Page) -> Option<T>,
    ) -> Outcome<T> {
        let began = Instant::now();
        loop {
            let page = self.get(path).await?.fine()?;
            if let Some(found) = found(&page) {
                return Ok(found);
            }
            if began.elapsed() > PATIENCE {
                return Err(Failed::because(format!("{path} does not come to what is waited for")));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Sends the form of `page` with this action, of which `wanted` is a part, and its own hidden
    /// fields: the same form again, its idempotency key with it, until it is answered.
    pub(crate) async fn submit(
        &mut self,
        page: &Page,
        (action, wanted): (&str, &str),
        fields: &[(&str, &str)],
    ) -> Outcome<Page> {
        let form = page.form(action, wanted);
        let mut form =
            form.ok_or_else(|| Failed::because(format!("{} has no form for {action}", page.path)))?;
        form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let (page, elsewhere) = self.answered(action, Some(&form)).await?;
        match elsewhere {
            Some(path) => self.get(&path).await,
            None => Ok(page),
        }
    }

    /// Sends the form as [`Browser::submit`] does, once; the status alone, redirects are not followed.
    pub(crate) async fn sent(
        &mut self,
        page: &Page,
        (action, wanted): (&str, &str),
        fields: &[(&str, &str)],
    ) -> Outcome<u16> {
        let form = page.form(action, wanted);
        let mut form =
            form.ok_or_else(|| Failed::because(format!("{} has no form for {action}", page.path)))?;
        form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Ok(self.ask(action, Some(&form)).await?.0.status)
    }

    /// One answer, and where it leads.
    async fn answered(
        &mut self,
        path: &str,
        form: Option<&[(String, String)]>,
    ) -> Outcome<(Page, Option<String>)> {
        let began = Instant::now();
        loop {
            let asked = self.ask(path, form).await;
            if let Ok((page, elsewhere)) = asked
                && page.status < 500
                // A service whose copies are behind takes who has just signed in for a stranger.
                && page.status != 401
            {
                return Ok((page, elsewhere));
            }
            if began.elapsed() > PATIENCE {
                return Err(Failed::because(format!("{path} stays away")));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn ask(
        &mut self,
        path: &str,
        form: Option<&[(String, String)]>,
    ) -> Result<(Page, Option<String>), reqwest::Error> {
        let url = format!("{}{path}", self.origin);
        let request = match form {
            Some(form) => self.http.post(url).header(ORIGIN, &self.origin).form(form),
            None => self.http.get(url),
        };
        let answer = request.header(COOKIE, self.cookies()).send().await?;
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap_or_default();
            let first = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = first.split_once('=') {
                if cookie.contains("Max-Age=0") {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        let elsewhere = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        let elsewhere = elsewhere.map(|to| to.trim_start_matches(&self.origin).to_owned());
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let page = Page { path: path.to_owned(), status, text: answer.text().await?, headers };
        Ok((page, elsewhere))
    }

    /// Reads a page once, without patience; redirects are followed.
    pub(crate) async fn look(&mut self, path: &str) -> Outcome<Page> {
        let mut path = path.to_owned();
        for _ in 0..8 {
            let (page, elsewhere) = self.ask(&path, None).await?;
            match elsewhere {
                Some(next) => path = next,
                None => return Ok(page),
            }
        }
        Err(Failed::because(format!("{path} leads in circles")))
    }

    /// As [`Browser::submit`], once and without patience.
    pub(crate) async fn send(
        &mut self,
        page: &Page,
        (action, wanted): (&str, &str),
        typed: &[(&str, &str)],
    ) -> Outcome<Page> {
        let form = page.form(action, wanted);
        let mut form =
            form.ok_or_else(|| Failed::because(format!("{} has no form for {action}", page.path)))?;
        form.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let (page, elsewhere) = self.ask(action, Some(&form)).await?;
        match elsewhere {
            Some(path) => self.look(&path).await,
            None => Ok(page),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_page_is_found_with_its_hidden_fields() {
        let text = r#"<form class="form" method="post" action="/a"><input type="hidden" name="_key" value="k&amp;1"><input type="hidden" name="behaviour" value="late"></form>
            <form class="form" method="post" action="/a"><input type="hidden" name="_key" value="k2"><input type="hidden" name="behaviour" value="pay"></form>"#;
        let page = Page { status: 200, text: text.to_owned(), ..Page::default() };
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());

        assert_eq!(
            page.form("/a", "\"pay\""),
            Some(vec![field("_key", "k2"), field("behaviour", "pay")])
        );
        assert_eq!(page.form("/a", "").unwrap()[0], field("_key", "k&1"));
        assert_eq!(page.form("/b", ""), None);
    }

    #[test]
    fn links_and_choices_are_found() {
        let text = r#"<a href="/checkout/pay/7?x=1&amp;y=2">Pay</a> <input id="t" type="radio" name="type" value="T1">"#;
        let page = Page { status: 200, text: text.to_owned(), ..Page::default() };

        assert_eq!(page.link("/checkout/pay/").as_deref(), Some("/checkout/pay/7?x=1&y=2"));
        assert_eq!(page.choice("type").as_deref(), Some("T1"));
        assert_eq!(page.choice("chapter"), None);
    }
}
