//! The tag: hears the page, asks the rules, sends events.
