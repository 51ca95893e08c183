//! Step `geo`: country and city of the client's address, from a file in MaxMind's format (GeoLite2, GeoIP2, DB-IP) if the
//! operator has one. Without a file both stay empty.
//!
//! The address is looked up and dropped: of it, only what the file says goes on. A new file in place of the old one is
//! noticed within a minute; one that cannot be read leaves the old one in use.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use maxminddb::{Reader, path};

use crate::limits::{MAX_PLACE_BYTES, cut};

/// How often a new file is looked for.
pub(crate) const REFRESH: Duration = Duration::from_secs(60);

/// Where somebody is, as far as the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Two capital letters, or empty.
    pub(crate) country: String,
    /// In English, or empty.
    pub(crate) city: String,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    /// It cannot be read.
    #[error("cannot read `{}`: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is no database of this kind.
    #[error("`{}` is no database in MaxMind's format: {reason}", .path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// The file, in memory.
#[derive(Debug)]
pub(crate) struct GeoFile {
    path: PathBuf,
    reader: ArcSwap<Reader<Vec<u8>>>,
    read_at: Mutex<Stamp>,
}

/// Tells one state of a file from another.
type Stamp = Option<(SystemTime, u64)>;

impl GeoFile {
    /// Reads the file.
    pub(crate) fn open(path: &Path) -> Result<Self, GeoError> {
        let stamp = stamp(path);
        Ok(Self {
            path: path.to_owned(),
            reader: ArcSwap::from_pointee(read(path)?),
            read_at: Mutex::new(stamp),
        })
    }

    /// Reads the file again if it is another one.
    pub(crate) fn refresh(&self) {
        let now = stamp(&self.path);
        let mut read_at = self.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        if now.is_none() || *read_at == now {
            return;
        }
        *read_at = now;
        match read(&self.path) {
            Ok(reader) => {
                self.reader.store(reader.into());
                tracing::info!(file = %self.path.display(), "a new file for geography is in use");
            }
            Err(error) => {
                tracing::warn!(%error, "the file for geography cannot be used; the one before stays in use");
            }
        }
    }

    /// Where `address` is.
    pub(crate) fn place(&self, address: IpAddr) -> Place {
        let reader = self.reader.load();
        let Ok(found) = reader.lookup(address) else {
            return Place::default();
        };
        let text = |path: &[maxminddb::PathElement<'_>]| {
            let text: Option<&str> = found.decode_path(path).ok().flatten();
            cut(text.unwrap_or_default(), MAX_PLACE_BYTES).to_owned()
        };
        let country = text(&path!["country", "iso_code"]);
        let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        Place {
            country: if is_code { country } else { String::new() },
            city: text(&path!["city", "names", "en"]),
        }
    }
}

fn stamp(path: &Path) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

fn read(path: &Path) -> Result<Reader<Vec<u8>>, GeoError> {
    let bytes = std::fs::read(path).map_err(|source| GeoError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    Reader::from_source(bytes).map_err(|error| GeoError::Wrong {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Writes a database with 24-bit records, as MaxMind's specification draws it: search tree, separator, data, metadata.
    pub(crate) fn database(networks: &[(&str, u8, &str, &str)]) -> Vec<u8> {
        let mut data = Vec::new();
        let mut places = Vec::new();
        for (network, bits, country, city) in networks {
            let address: IpAddr = network.parse().unwrap();
            let (number, bits) = match address {
                // IPv4 is looked up at `::/96` of the tree.
                IpAddr::V4(v4) => (u128::from(v4.to_bits()), 96 + bits),
                IpAddr::V6(v6) => (v6.to_bits(), *bits),
            };
            places.push((number, bits, data.len()));
            let names = Field::Map(vec![("en", Field::Text(city))]);
            Field::Map(vec![
                (
                    "country",
                    Field::Map(vec![("iso_code", Field::Text(country))]),
                ),
                ("city", Field::Map(vec![("names", names)])),
            ])
            .write(&mut data);
        }
        // Node → its two children: another node, or a place in the data.
        let mut nodes: Vec<[Option<Child>; 2]> = vec![[None, None]];
        for (number, bits, offset) in places {
            let mut node = 0;
            for bit in 0..bits {
                let side = usize::try_from(number >> (127 - bit) & 1).unwrap();
                if bit + 1 == bits {
                    nodes[node][side] = Some(Child::Data(offset));
                } else if let Some(Child::Node(next)) = nodes[node][side] {
                    node = next;
                } else {
                    nodes.push([None, None]);
                    let next = nodes.len() - 1;
                    nodes[node][side] = Some(Child::Node(next));
                    node = next;
                }
            }
        }
        let count = nodes.len();
        let mut out = Vec::new();
        for child in nodes.iter().flatten() {
            let record = match child {
                None => count,
                Some(Child::Node(node)) => *node,
                Some(Child::Data(offset)) => count + 16 + offset,
            };
            out.extend_from_slice(&u32::try_from(record).unwrap().to_be_bytes()[1..]);
        }
        out.extend_from_slice(&[0; 16]);
        out.extend_from_slice(&data);
        out.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
        Field::Map(vec![
            ("binary_format_major_version", Field::U16(2)),
            ("binary_format_minor_version", Field::U16(0)),
            ("build_epoch", Field::U64(1_795_435_200)),
            ("database_type", Field::Text("Test-City")),
            (
                "description",
                Field::Map(vec![("en", Field::Text("made by a test"))]),
            ),
            ("ip_version", Field::U16(6)),
            ("languages", Field::Array(vec![Field::Text("en")])),
            ("node_count", Field::U32(u32::try_from(count).unwrap())),
            ("record_size", Field::U16(24)),
        ])
        .write(&mut out);
        out
    }

    #[derive(Clone, Copy)]
    enum Child {
        Node(usize),
        Data(usize),
    }

    enum Field<'a> {
        Text(&'a str),
        U16(u16),
        U32(u32),
        U64(u64),
        Map(Vec<(&'a str, Field<'a>)>),
        Array(Vec<Field<'a>>),
    }

    impl Field<'_> {
        fn write(&self, out: &mut Vec<u8>) {
            let mut control = |kind: u8, size: usize| {
                assert!(
                    size < 29,
                    "sizes that need a second byte are not needed here"
                );
                let size = u8::try_from(size).unwrap();
                if kind < 8 {
                    out.push(kind << 5 | size);
                } else {
                    out.extend([size, kind - 7]);
                }
            };
            match self {
                Self::Text(text) => {
                    control(2, text.len());
                    out.extend_from_slice(text.as_bytes());
                }
                Self::U16(number) => {
                    control(5, 2);
                    out.extend(number.to_be_bytes());
                }
                Self::U32(number) => {
                    control(6, 4);
                    out.extend(number.to_be_bytes());
                }
                Self::U64(number) => {
                    control(9, 8);
                    out.extend(number.to_be_bytes());
                }
                Self::Map(entries) => {
                    control(7, entries.len());
                    for (key, value) in entries {
                        Field::Text(key).write(out);
                        value.write(out);
                    }
                }
                Self::Array(values) => {
                    control(11, values.len());
                    values.iter().for_each(|value| value.write(out));
                }
            }
        }
    }

    fn place(file: &GeoFile, address: &str) -> (String, String) {
        let place = file.place(address.parse().unwrap());
        (place.country, place.city)
    }

    #[test]
    fn addresses_are_found_and_a_new_file_is_noticed() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("city.mmdb");
        let old = [
            ("203.0.113.0", 24, "RU", "Moscow"),
            ("2001:db8::", 32, "KZ", "Almaty"),
        ];
        std::fs::write(&path, database(&old)).unwrap();
        let file = GeoFile::open(&path).unwrap();
        let expected = BTreeMap::from([
            ("203.0.113.7", ("RU", "Moscow")),
            ("203.0.114.7", ("", "")),
            ("2001:db8:1::5", ("KZ", "Almaty")),
            ("2001:db9::5", ("", "")),
            ("127.0.0.1", ("", "")),
        ]);
        for (address, (country, city)) in expected {
            assert_eq!(
                place(&file, address),
                (country.to_owned(), city.to_owned()),
                "{address}"
            );
        }

        std::fs::write(&path, "half a download").unwrap();
        file.refresh();
        assert_eq!(
            place(&file, "203.0.113.7").0,
            "RU",
            "the old one stays in use"
        );
        std::fs::write(&path, database(&[("203.0.113.0", 24, "BY", "Minsk")])).unwrap();
        file.refresh();
        assert_eq!(
            place(&file, "203.0.113.7"),
            ("BY".to_owned(), "Minsk".to_owned())
        );
        std::fs::remove_file(&path).unwrap();
        file.refresh();
        assert_eq!(place(&file, "203.0.113.7").0, "BY");
    }

    #[test]
    fn what_is_no_database_is_refused_with_its_name() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("no.mmdb");
        let missing = GeoFile::open(&path).unwrap_err().to_string();
        assert!(
            missing.contains("cannot read") && missing.contains("no.mmdb"),
            "{missing}"
        );
        std::fs::write(&path, "hello").unwrap();
        let wrong = GeoFile::open(&path).unwrap_err().to_string();
        assert!(
            wrong.contains("is no database in MaxMind's format"),
            "{wrong}"
        );
        // A country that is no code is no country.
        std::fs::write(&path, database(&[("203.0.113.0", 24, "Russia", "Omsk")])).unwrap();
        assert_eq!(
            place(&GeoFile::open(&path).unwrap(), "203.0.113.1"),
            (String::new(), "Omsk".to_owned())
        );
    }
}
