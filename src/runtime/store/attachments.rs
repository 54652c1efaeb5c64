//! What other parts of the crate keep in a store, one of each type.

use std::any::Any;
use std::cell::OnceCell;

use super::StoreCore;

/// Something that a store keeps, and knows nothing of but this.
pub(crate) trait Attachment: Any + Send {
    /// What the guest exited with last, where this is what guests exit by.
    fn exit_code(&self, core: &StoreCore) -> Option<u32> {
        let _ = core;
        None
    }
}

/// A list that grows while parts of it are borrowed.
#[derive(Default)]
pub(crate) struct Attachments(OnceCell<Box<Node>>);

struct Node {
    value: Box<dyn AnyAttachment>,
    next: Attachments,
}

/// An attachment whose type can be asked for.
trait AnyAttachment: Attachment {
    fn as_any(&self) -> &dyn Any;
}

impl<A: Attachment> AnyAttachment for A {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Attachments {
    /// Keeps another one. Of two of the same type, the first is the one that is found.
    pub(crate) fn add(&self, attachment: impl Attachment) {
        let mut last = self;
        while let Some(node) = last.0.get() {
            last = &node.next;
        }
        let node = Node {
            value: Box::new(attachment),
            next: Self::default(),
        };
        let added = last.0.set(Box::new(node));
        debug_assert!(added.is_ok(), "the last one has none after it");
    }

    /// The one of a type.
    pub(crate) fn get<A: Attachment>(&self) -> Option<&A> {
        self.iter().find_map(|value| value.as_any().downcast_ref())
    }

    pub(super) fn exit_code(&self, core: &StoreCore) -> Option<u32> {
        self.iter().find_map(|value| value.exit_code(core))
    }

    fn iter(&self) -> impl Iterator<Item = &dyn AnyAttachment> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let node = rest.0.get()?;
            rest = &node.next;
            Some(&*node.value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Number(u32);
    struct Text(&'static str);

    impl Attachment for Number {}
    impl Attachment for Text {}

    #[test]
    fn what_is_kept_is_found_by_its_type() {
        let all = Attachments::default();
        assert!(all.get::<Number>().is_none());
        all.add(Number(1));
        let number = all.get::<Number>().unwrap();
        // While one is borrowed, another comes.
        all.add(Text("two"));
        all.add(Number(3));
        assert_eq!(number.0, 1);
        assert_eq!(all.get::<Number>().unwrap().0, 1);
        assert_eq!(all.get::<Text>().unwrap().0, "two");
    }
}
