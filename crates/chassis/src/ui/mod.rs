//! What pages are made of, beyond plain HTML with the classes of `assets/site.css`. Every component
//! is shown in every state on `/ops/design`; one is added there before a page uses it.

mod markup;
mod timeline;
mod history;
mod confirm;
mod badges;
mod when;
pub mod list;
pub mod chart;
pub mod spectrum;

pub use badges::Badges;
pub use confirm::Confirm;
pub use history::{History, Told};
pub use list::{Asked, Cell, Column, List, Listed, Seek, Wanted};
pub use markup::{Markup, Tone, state};
pub use timeline::Timeline;
pub use when::{When, day, instant, short_instant, time_left};

pub(crate) use confirm::ConfirmHtml;
pub(crate) use markup::push_escaped;
