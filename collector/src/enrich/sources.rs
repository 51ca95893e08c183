//! Reads `sources.txt`: engines, networks, shops and click ids, for people to read and extend.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::channel::Channel;

/// What kind of place a visitor came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKind {
    Search,
    Social,
    Video,
    Shopping,
    Mail,
    Ai,
    Payment,
}

/// `sources.txt`, read.
#[derive(Default)]
pub(crate) struct Table {
    names: HashMap<&'static str, SourceKind>,
    hosts: HashMap<&'static str, SourceKind>,
    /// Labels that stand for themselves under any public suffix.
    labels: HashMap<&'static str, SourceKind>,
    clicks: Vec<Click>,
}

/// A parameter that advertisers' links carry.
pub(crate) struct Click {
    pub(crate) parameter: &'static str,
    pub(crate) channel: Channel,
}

/// The table that comes with this version.
pub(crate) static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::read(include_str!("sources.txt")).0);

/// Second-level parts of two-part public suffixes, such as `co.uk` and `com.tr`.
const SECOND_LEVEL: &[&str] = &["co", "com", "net", "org"];

impl Table {
    /// Reads the table, and the lines that say nothing; a test sees that there are none.
    fn read(text: &'static str) -> (Self, Vec<&'static str>) {
        let mut table = Self::default();
        let mut wrong = Vec::new();
        for line in text.lines() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') && table.read_line(line).is_none() {
                wrong.push(line);
            }
        }
        (table, wrong)
    }

    fn read_line(&mut self, line: &'static str) -> Option<()> {
        let (first, rest) = line.split_once(char::is_whitespace)?;
        let (names, values) = rest.trim().split_once(char::is_whitespace)?;
        let kind = match first {
            "search" => SourceKind::Search,
            "social" => SourceKind::Social,
            "video" => SourceKind::Video,
            "shopping" => SourceKind::Shopping,
            "mail" => SourceKind::Mail,
            "ai" => SourceKind::Ai,
            "payment" => SourceKind::Payment,
            "click" => {
                self.clicks.push(Click {
                    parameter: names,
                    channel: Channel::parse(values.trim())?,
                });
                return Some(());
            }
            _ => return None,
        };
        self.names.extend(
            names
                .split(',')
                .filter(|name| *name != "-")
                .map(|name| (name, kind)),
        );
        for host in values.split_whitespace() {
            match host.strip_suffix(".*") {
                Some(label) => self.labels.insert(label, kind),
                None => self.hosts.insert(host, kind),
            };
        }
        Some(())
    }

    /// The place in the table, which is its rank, and the entry.
    pub(crate) fn click(&self, parameter: &str) -> Option<(usize, &Click)> {
        self.clicks
            .iter()
            .enumerate()
            .find(|(_, click)| click.parameter.eq_ignore_ascii_case(parameter))
    }

    /// What `utm_source` names: a name of the table, or a host.
    pub(crate) fn kind_of_name(&self, source: &str) -> Option<SourceKind> {
        self.names
            .get(source)
            .copied()
            .or_else(|| self.kind_of_host(source))
    }

    /// The most particular line for `host`: itself, or a host it is below.
    pub(crate) fn kind_of_host(&self, host: &str) -> Option<SourceKind> {
        let mut rest = host;
        loop {
            if let Some(kind) = self.hosts.get(rest) {
                return Some(*kind);
            }
            let (label, below) = rest.split_once('.')?;
            if let Some(kind) = self.labels.get(label).filter(|_| is_public_suffix(below)) {
                return Some(*kind);
            }
            rest = below;
        }
    }
}

fn is_public_suffix(text: &str) -> bool {
    match text.split_once('.') {
        None => !text.is_empty(),
        Some((second, top)) => {
            SECOND_LEVEL.contains(&second) && !top.is_empty() && !top.contains('.')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_no_line_that_says_nothing() {
        let (table, wrong) = Table::read(include_str!("sources.txt"));
        assert_eq!(wrong, Vec::<&str>::new());
        assert!(table.names.len() > 50 && table.hosts.len() > 80 && table.clicks.len() > 15);
        assert!(table.hosts.keys().all(|host| host.contains('.')));
    }

    #[test]
    fn the_most_particular_host_counts() {
        for (host, kind) in [
            ("mail.yandex.ru", Some(SourceKind::Mail)),
            ("m.mail.yandex.ru", Some(SourceKind::Mail)),
            ("yandex.com.tr", Some(SourceKind::Search)),
            ("www.google.co.uk", Some(SourceKind::Search)),
            ("google.evil.example", None),
            ("notgoogle.com", None),
            ("google", None),
            ("", None),
        ] {
            assert_eq!(TABLE.kind_of_host(host), kind, "{host}");
        }
    }
}
