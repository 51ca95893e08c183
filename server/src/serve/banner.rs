//! What is printed once the server is up: where to look, and the line to paste.

use std::fmt::Write as _;
use std::path::Path;

use crate::publish::site::Published;
use crate::routes::script_tag;
use crate::terminal::Terminal;

/// Scripts of more sites than this are not listed.
const MAX_SITES: usize = 5;

/// What the block says.
pub(super) struct Banner<'a> {
    /// Where browsers reach the server.
    pub(super) public_url: &'a str,
    /// What makes the first owner; `None` when there is one.
    pub(super) setup_code: Option<&'a str>,
    /// First part of the tag's path.
    pub(super) tag_prefix: &'a str,
    /// The sites.
    pub(super) published: &'a Published,
    /// Whether the demo shop is served.
    pub(super) demo: bool,
    /// The SQL interface.
    pub(super) sql_url: &'a str,
    /// Whether it is ours: then the analyst needs no password.
    pub(super) embedded: bool,
    /// Whether ClickHouse answers already.
    pub(super) ready: bool,
    /// The data folder.
    pub(super) data: &'a Path,
}

impl Banner<'_> {
    /// The block as text.
    pub(super) fn text(&self, terminal: &Terminal<'_>) -> String {
        let mut text = format!(
            "\n{}\n\n",
            terminal.bold(&format!("Weir {} is up", env!("CARGO_PKG_VERSION")))
        );
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "  {name:<12} {value}");
        };
        line("page", &format!("{}/", self.public_url));
        if let Some(code) = self.setup_code {
            line(
                "set up",
                &format!(
                    "{}/setup#{code}  (begin here: makes the owner's account, works once)",
                    self.public_url
                ),
            );
        }
        if self.demo {
            line("demo shop", &format!("{}/demo/", self.public_url));
        }
        let own = self
            .published
            .sites
            .iter()
            .filter(|(_, site)| !site.is_sample());
        let mut listed = 0;
        for (id, site) in own.take(MAX_SITES) {
            listed += 1;
            if site.nameless {
                line(
                    "broken",
                    &format!(
                        "{}  (see the errors above; once it is mended it has a script tag)",
                        site.source
                    ),
                );
                continue;
            }
            line(
                "script tag",
                &script_tag(self.public_url, self.tag_prefix, id),
            );
            if site.release.is_none() {
                line("", &format!("(`{id}` is broken: see the errors above)"));
            } else if self.demo {
                line(
                    "its rules",
                    &format!(
                        "{}  (edit and save: the next page load follows)",
                        site.source
                    ),
                );
            }
        }
        if listed == 0 {
            line(
                "script tag",
                "no site yet: make one in the page, name a container with --container FILE, or try --demo",
            );
        }
        let account = if self.embedded {
            "  (user `analyst`, no password, read-only)"
        } else {
            ""
        };
        line("SQL", &format!("{}{account}", self.sql_url));
        line("data", &self.data.display().to_string());
        if !self.ready {
            text.push_str("\n  The views are still being made: a line here will say when numbers can be asked for. Events are taken in and kept meanwhile.\n");
        }
        text.push_str("\n  Ctrl-C stops everything.\n\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, broken};

    #[test]
    fn a_broken_file_of_an_unknown_site_has_no_script_tag() {
        let mut bench = Bench::new();
        let unreadable = bench.write("my-blog.json", "{");
        let known = bench.write("shop.json", &broken("shop"));
        bench.publisher(&[&unreadable, &known], None);
        let published = bench.published.load();
        let banner = Banner {
            public_url: "http://127.0.0.1:8080",
            setup_code: None,
            tag_prefix: "/t/",
            published: &published,
            demo: false,
            sql_url: "http://127.0.0.1:8123",
            embedded: true,
            ready: true,
            data: Path::new("/data"),
        };
        let text = banner.text(&Terminal::plain(Vec::new()));
        let line = format!("  broken       {}  (", unreadable.display());
        assert!(text.contains(&line) && !text.contains("my_blog"), "{text}");
        assert!(text.contains("/t/shop.js"), "{text}");
    }

    #[test]
    fn a_server_without_sites_says_how_to_get_one() {
        let banner = Banner {
            public_url: "http://127.0.0.1:8080",
            setup_code: Some("0123abcd"),
            tag_prefix: "/t/",
            published: &Published::default(),
            demo: false,
            sql_url: "http://127.0.0.1:8123",
            embedded: true,
            ready: false,
            data: Path::new("/data"),
        };
        let text = banner.text(&Terminal::plain(Vec::new()));
        assert!(
            text.contains("  page         http://127.0.0.1:8080/\n"),
            "{text}"
        );
        assert!(
            text.contains("http://127.0.0.1:8080/setup#0123abcd  ("),
            "{text}"
        );
        assert!(text.contains("--container FILE"), "{text}");
        assert!(text.contains("still being made"), "{text}");
    }
}
