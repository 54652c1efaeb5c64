//! How messages print what somebody else chose: the names in a module, paths, a guest's own words.
//!
//! A terminal obeys control characters, and a log has one message a line. So a message prints
//! whatever is not visible as an escape, as Rust would write it in a string: `\u{1b}`, `\n`, `\0`.

use std::ffi::OsStr;
use std::fmt::{self, Write};

/// A name in a message: between backticks, on one line, cut when it is long.
///
/// A backtick in the name is escaped, so the name ends where it seems to. What is not UTF-8 is
/// printed by its bytes.
pub(crate) struct Quoted<'a> {
    name: &'a [u8],
    /// How many characters are shown.
    shown: usize,
}

impl<'a> Quoted<'a> {
    /// A name in a module, of a module, or of something that modules refer to. More characters are
    /// shown than people write.
    pub(crate) const fn name(name: &'a str) -> Self {
        Self {
            name: name.as_bytes(),
            shown: 256,
        }
    }

    /// A path, or another word that the system knows: no system takes longer paths than are shown.
    pub(crate) fn path(path: &'a (impl AsRef<OsStr> + ?Sized)) -> Self {
        Self::bytes(path.as_ref().as_encoded_bytes())
    }

    /// Same as [`path`](Self::path), by its bytes.
    pub(crate) const fn bytes(name: &'a [u8]) -> Self {
        Self { name, shown: 4096 }
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.shown;
        f.write_char('`')?;
        for chunk in self.name.utf8_chunks() {
            let mut is_cut = escape(f, chunk.valid(), "`\\", &mut shown)?;
            if !is_cut {
                for byte in chunk.invalid() {
                    is_cut = shown == 0;
                    if is_cut {
                        break;
                    }
                    shown -= 1;
                    write!(f, "\\x{byte:02x}")?;
                }
            }
            if is_cut {
                return write!(f, "…` ({} bytes)", self.name.len());
            }
        }
        f.write_char('`')
    }
}

/// A text in a message, such as the words of a guest: on one line, cut when it is long. It is not
/// quoted, so backticks and backslashes stay.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Escaped<'_> {
    /// How many characters are shown: more than a message of this crate has.
    const SHOWN: usize = 4096;
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_cut = escape(f, self.0, "", &mut { Self::SHOWN })?;
        if is_cut {
            write!(f, "… ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

/// Writes as many characters of a text as may be shown, and tells whether that cut it.
fn escape(
    f: &mut fmt::Formatter<'_>,
    text: &str,
    quotes: &str,
    shown: &mut usize,
) -> Result<bool, fmt::Error> {
    let mut is_first = true;
    for c in text.chars() {
        if *shown == 0 {
            return Ok(true);
        }
        *shown -= 1;
        if is_visible(c, is_first) {
            if quotes.contains(c) {
                f.write_char('\\')?;
            }
            f.write_char(c)?;
        } else {
            match c {
                '\0' | '\t' | '\r' | '\n' => write!(f, "{}", c.escape_debug())?,
                _ => write!(f, "{}", c.escape_unicode())?,
            }
        }
        is_first = false;
    }
    Ok(false)
}

/// Whether a character can be seen. A mark that combines with the character before it can, if there
/// is one.
fn is_visible(c: char, is_first: bool) -> bool {
    // What the standard library takes for visible leaves these in.
    let is_blank = matches!(
        c,
        '\u{34f}'                       // combining grapheme joiner
            | '\u{115f}' | '\u{1160}'   // fillers of Hangul
            | '\u{17b4}' | '\u{17b5}'   // inherent vowels of Khmer
            | '\u{180b}'..='\u{180f}'   // selectors of Mongolian
            | '\u{2800}'                // blank of Braille
            | '\u{3164}' | '\u{ffa0}'   // fillers of Hangul
            | '\u{fe00}'..='\u{fe0f}'   // selectors of variations
            | '\u{1d159}'               // null notehead
            | '\u{e0000}'..='\u{e0fff}' // tags, and selectors of variations
    );
    if is_blank {
        return false;
    }
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // It escapes control characters, formats (those that change the direction of writing and those
    // that take no room are some), spaces besides the one, what belongs to nobody, and, at the
    // beginning of a text, marks that combine.
    let mut buffer = [b'a'; 5];
    let start = usize::from(!is_first);
    let len = c.encode_utf8(&mut buffer[1..]).len();
    let text = std::str::from_utf8(&buffer[1 - start..=len]).unwrap_or_default();
    text.escape_debug().skip(start).eq([c])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d8_what_cannot_be_seen_is_escaped() {
        for (name, printed) in [
            ("", "``"),
            ("memory", "`memory`"),
            ("a b", "`a b`"),
            ("\u{1b}[2J", r"`\u{1b}[2J`"),
            ("a\nb\r\t\0", r"`a\nb\r\t\0`"),
            ("\u{7f}\u{9b}31m", r"`\u{7f}\u{9b}31m`"),
            ("\u{202e}gnp", r"`\u{202e}gnp`"),
            (
                "a\u{2066}b\u{200b}c\u{feff}",
                r"`a\u{2066}b\u{200b}c\u{feff}`",
            ),
            ("a\u{2028}b\u{2029}c\u{85}", r"`a\u{2028}b\u{2029}c\u{85}`"),
            (
                "\u{e0041}\u{e0100}\u{fe0f}",
                r"`\u{e0041}\u{e0100}\u{fe0f}`",
            ),
            (
                "\u{3164}\u{115f}\u{2800}\u{a0}",
                r"`\u{3164}\u{115f}\u{2800}\u{a0}`",
            ),
            ("\u{301}", r"`\u{301}`"),
            ("\u{e000}\u{10ffff}", r"`\u{e000}\u{10ffff}`"),
            // The name ends where it seems to.
            ("a`; b", r"`a\`; b`"),
            (r"a\", r"`a\\`"),
        ] {
            assert_eq!(Quoted::name(name).to_string(), printed);
        }
    }

    #[test]
    fn d8_names_in_any_language_are_readable() {
        for name in [
            "größe",
            "e\u{301}tat",
            "размер",
            "大きさ",
            "크기",
            "गिनती",
            "ขนาด",
            "גודל",
            "حجم",
            "🦀 + ½",
            "it's \"ok\"",
            "wasi:cli/run@0.2.0#run",
            "_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE",
        ] {
            assert_eq!(Quoted::name(name).to_string(), format!("`{name}`"));
        }
    }

    #[test]
    fn d8_long_names_are_cut() {
        let name = "ä".repeat(256);
        assert_eq!(Quoted::name(&name).to_string(), format!("`{name}`"));
        let name = "ä".repeat(5_000);
        let cut = format!("`{}…` (10000 bytes)", "ä".repeat(256));
        assert_eq!(Quoted::name(&name).to_string(), cut);
        let text = "a".repeat(5_000);
        let cut = format!("{}… (5000 bytes)", "a".repeat(4_096));
        assert_eq!(Escaped(&text).to_string(), cut);
    }

    #[test]
    fn d8_texts_keep_their_quotes() {
        assert_eq!(
            Escaped("`a` and \\\u{1b}\n\u{202e}").to_string(),
            r"`a` and \\u{1b}\n\u{202e}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn d8_paths_are_printed_by_their_bytes() {
        use std::os::unix::ffi::OsStrExt;

        let path = |bytes: &[u8]| Quoted::path(OsStr::from_bytes(bytes)).to_string();
        assert_eq!(path("/tmp/größe".as_bytes()), "`/tmp/größe`");
        assert_eq!(path(b"/\x1b[2J\n\xff\xc3/a"), r"`/\u{1b}[2J\n\xff\xc3/a`");
        let long = path(&[0xff; 5000]);
        assert!(long.ends_with(r"\xff…` (5000 bytes)"), "{long}");
    }
}
