//! The text a failed build ends with.

use std::fmt::{self, Display};

/// Paragraphs with an empty line between them; the first one says what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message(String);

impl Message {
    /// A message that says what is wrong.
    pub(crate) fn new(problem: impl Display) -> Self {
        Self(format!("{problem}\n"))
    }

    /// Two messages in one: what else is wrong is said after what was found first.
    pub(crate) fn and(self, other: Self) -> Self {
        self.paragraph(format_args!("And besides: {}", other.0.trim_end()))
    }

    /// Adds a paragraph.
    pub(crate) fn paragraph(mut self, text: impl Display) -> Self {
        self.0.push_str(&format!("\n{text}\n"));
        self
    }

    /// Adds what helps where the build script cannot write to its own folder.
    pub(crate) fn about_target_folder(self) -> Self {
        self.paragraph(
            "What to do: see that the target folder can be written to and has room, or name another\n\
             one in CARGO_TARGET_DIR.",
        )
    }

    /// Adds a paragraph made of a heading and indented lines.
    pub(crate) fn list(self, heading: &str, lines: impl IntoIterator<Item = String>) -> Self {
        let lines: Vec<String> = lines
            .into_iter()
            .map(|line| format!("\n  {line}"))
            .collect();
        self.paragraph(format_args!("{heading}{}", lines.concat()))
    }
}

impl Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
