//! A text as a picture that a phone reads.

use chassis::{Error, Result};
use qrcode::QrCode;
use qrcode::render::svg;

/// How wide the picture is at least, in pixels.
const WIDTH: u32 = 220;

/// The QR code of `text` as an SVG to stand in a page: black on white whatever the page's colours,
/// with the quiet border that readers need.
///
/// # Errors
/// `Internal` when the text is too long for one.
pub(crate) fn svg(text: &str) -> Result<String> {
    let code = QrCode::new(text).map_err(|cause| Error::internal(cause.to_string()))?;
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(WIDTH, WIDTH).build();
    // The declaration of a file has no place in the middle of a page.
    Ok(drawn.find("<svg").map_or(drawn.clone(), |start| drawn[start..].to_owned()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_picture_stands_in_a_page_without_styles_or_scripts() {
        let svg = super::svg("otpauth://totp/SCTE:jo%40example.org?secret=GEZDGNBV").unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{svg}");
        assert!(!svg.contains("style") && !svg.contains("<script"));
        assert!(super::svg(&"x".repeat(5000)).is_err());
    }
}
