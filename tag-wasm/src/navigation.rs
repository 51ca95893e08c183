//! Which change of the address is a page view of a single-page application.
//!
//! A change of the path is one, and so is a change of the fragment where it is a route (`#/…`, `#!…`). A change of the
//! query alone is not: filters and searches rewrite it at every key stroke.

use crate::text::cut;

/// Whether both addresses are the same view.
pub(crate) fn is_same_view(one: &str, other: &str) -> bool {
    view(one) == view(other)
}

/// The part of the address before the query, and the route in the fragment, if there is one.
fn view(url: &str) -> (&str, &str) {
    let (before, fragment) = cut(url, b'#');
    let place = cut(before, b'?').0;
    let fragment = fragment.unwrap_or_default();
    let is_route = matches!(fragment.as_bytes().first(), Some(b'/' | b'!'));
    (place, if is_route { cut(fragment, b'?').0 } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_and_routes_count() {
        let same = [
            ("https://a.example/x", "https://a.example/x?q=1"),
            ("https://a.example/x?q=1", "https://a.example/x?q=2#top"),
            ("https://a.example/x#one", "https://a.example/x#two"),
            ("https://a.example/#/x?q=1", "https://a.example/#/x?q=2"),
        ];
        let other = [
            ("https://a.example/x", "https://a.example/y"),
            ("https://a.example/x", "https://b.example/x"),
            ("https://a.example/#/x", "https://a.example/#/y"),
            ("https://a.example/", "https://a.example/#!/y"),
        ];
        for (one, two) in same {
            assert!(is_same_view(one, two), "{one} {two}");
        }
        for (one, two) in other {
            assert!(!is_same_view(one, two), "{one} {two}");
        }
    }
}
