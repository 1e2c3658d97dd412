//! A page for when there is no process to ask: made once, for a stranger, and kept in a file.

use askama::Template;
use messaging::{Error, Result};

use super::frame::{Again, Frame};
use crate::app::Site;
use crate::readers::{Menu, Reader};
use crate::service::Service;

/// The whole HTML of a page in the site's frame, as a stranger sees it before any editor arranged
/// the menu: `services` say what stands in it. With `again` the page asks for itself every so many
/// seconds.
///
/// # Errors
/// [`Error::Internal`] when a template cannot be rendered.
pub fn bare(
    site: &Site,
    services: &[Service],
    title: &str,
    body: &impl Template,
    again: Option<u32>,
) -> Result<String> {
    let declared = services.iter().flat_map(|service| {
        let entries = service.declared().into_iter();
        entries.map(|entry| (service.name().to_owned(), entry))
    });
    let menu = Menu::arranged(declared.collect(), Vec::new());
    let (body, reader) = (body.render().map_err(Error::internal)?, Reader::stranger());
    let frame = Frame {
        site,
        service: "",
        title,
        body: &body,
        // A stranger sees nothing that depends on the day.
        menu: menu.seen_by(&reader, chrono::NaiveDate::default(), ""),
        reader: &reader,
        staff: false,
        csrf: None,
        return_to: String::new(),
        as_of: None,
        searched: "",
        again: again.map(Again::Every),
    };
    frame.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Mode;
    use crate::service::Nav;

    #[derive(Template)]
    #[template(source = "<h1>Away</h1>", ext = "html")]
    struct Away;

    #[test]
    fn a_page_in_a_file_is_whole_and_nobodys() {
        let site = Site {
            origin: "http://127.0.0.1:8300".to_owned(),
            zone: chrono_tz::America::New_York,
            mode: Mode::Production,
            https: false,
            name: "SCTE".to_owned(),
            loopback: true,
        };
        let entries = [
            Nav::public("/membership", "Membership", 10),
            Nav::personal("/billing", "Billing", 20),
            Nav::staff("/staff/membership", "Members", 30, "staff.membership"),
        ];
        let services = [Service::named("membership").navigation(&entries)];

        let page = bare(&site, &services, "Away", &Away, Some(5)).unwrap();

        assert!(page.contains("<h1>Away</h1>") && page.contains("data-again=\"5\""));
        assert!(page.contains("href=\"/membership\"") && page.contains("<a href=\"/account\">"));
        for own in ["/billing", "/staff/", "_csrf", "data-badge", "Sign in", "Sign out"] {
            assert!(!page.contains(own), "{own}");
        }
    }
}
