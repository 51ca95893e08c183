//! Who visits, beyond what a browser says by itself.
//!
//! - **Signed users.** A page may say who its user is (`weir('identify', …)`). Anybody can say anything in a browser, so that
//!   is believed only where the site has signed it: HMAC-SHA256 of the user's id, with the site's own key.
//! - **Visitors without a cookie.** For a site that keeps nothing in the browser, a visitor is a keyed hash of address and
//!   browser. The key lives for a day (UTC) and is overwritten then, in memory and on disk, so that nobody can tell on two
//!   days who it was, also not we. Sessions of such visitors are in memory (`cookieless.rs`).
//!
//! ```text
//! key    64 hexadecimal digits; the keys of sites are made from it
//! salt   <day since 1970> <64 hexadecimal digits>
//! ```

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::cookieless::Visits;
use crate::parse::{UserSource, ValidBatch, VisitorId};
use crate::site::{SiteId, SiteSettings};

const KEY_FILE: &str = "key";
const SALT_FILE: &str = "salt";
const DAY_MS: i64 = 86_400_000;
/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

type Secret = [u8; 32];

/// See the module.
pub(crate) struct Identity {
    key: Secret,
    salt: Mutex<Salt>,
    visits: Visits,
}

/// The key of the day.
struct Salt {
    day: i64,
    secret: Secret,
    /// Where it outlives a restart.
    file: Option<PathBuf>,
}

impl Identity {
    /// Reads the folder, or makes it.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let salt_file = folder.join(SALT_FILE);
        let (day, secret) = read_salt(&salt_file).unwrap_or_default();
        Ok(Self {
            key: installation_key(folder)?,
            salt: Mutex::new(Salt {
                day,
                secret,
                file: Some(salt_file),
            }),
            visits: Visits::default(),
        })
    }

    /// The key with which a site signs the ids of its users, as its owner gets it.
    pub(crate) fn site_key(&self, site: &SiteId) -> String {
        hex(&hmac(&self.key, &[b"identify ", site.as_str().as_bytes()]))
    }

    /// Looks at the signature of the user that a browser names. Returns whether it is there and wrong: then the name counts
    /// as one without a signature.
    pub(crate) fn judge(&self, batch: &mut ValidBatch<'_>, site: &SiteId) -> bool {
        if batch.user_source == UserSource::Nobody || batch.signature.is_empty() {
            return false;
        }
        let key = self.site_key(site);
        let right = hex(&hmac(key.as_bytes(), &[batch.user_id.as_bytes()]));
        let is_right = is_same(&right, &batch.signature.to_ascii_lowercase());
        if is_right {
            batch.user_source = UserSource::Signed;
        }
        !is_right
    }

    /// Puts the visitor of the day, and the session in memory, in place of those that last as long as the page. Without an
    /// address, nothing is known of whom another page belongs to.
    pub(crate) fn recognise(
        &self,
        batch: &mut ValidBatch<'_>,
        site: &SiteSettings,
        address: Option<IpAddr>,
        user_agent: &str,
        now_ms: i64,
    ) {
        let Some(address) = address else { return };
        let salt = self.salt_of(now_ms.div_euclid(DAY_MS));
        let octets = network_of(address);
        let parts = [site.id.as_str().as_bytes(), &octets, user_agent.as_bytes()];
        let framed: Vec<u8> = parts.into_iter().flat_map(framed).collect();
        batch.visitor = VisitorId::of_bytes(hmac(&salt, &[&framed]));
        self.visits.place(batch, site, now_ms);
    }

    fn salt_of(&self, day: i64) -> Secret {
        let mut salt = self.salt.lock().unwrap_or_else(PoisonError::into_inner);
        if salt.day != day {
            salt.day = day;
            salt.secret = random();
            self.visits.forget();
            if let Some(file) = &salt.file
                && let Err(error) = write_private(file, &format!("{day} {}\n", hex(&salt.secret)))
            {
                tracing::warn!(%error, "the salt of the day cannot be written; after a restart, visitors without a cookie count anew");
            }
        }
        salt.secret
    }
}

/// Nothing of it outlives the process.
impl Default for Identity {
    fn default() -> Self {
        Self {
            key: random(),
            salt: Mutex::new(Salt {
                day: 0,
                secret: random(),
                file: None,
            }),
            visits: Visits::default(),
        }
    }
}

/// The key with which `site` signs the ids of its users: for the owner of the site, from the folder of the installation.
pub fn identify_key(folder: &Path, site: &SiteId) -> io::Result<String> {
    fs::create_dir_all(folder)?;
    let identity = Identity {
        key: installation_key(folder)?,
        ..Identity::default()
    };
    Ok(identity.site_key(site))
}

/// Read, or made at the first start.
fn installation_key(folder: &Path) -> io::Result<Secret> {
    let path = folder.join(KEY_FILE);
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    match made {
        Ok(mut file) => {
            let key = random();
            file.write_all(format!("{}\n", hex(&key)).as_bytes())?;
            file.sync_all()?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(&path)?;
            unhex(text.trim()).ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("`{}` holds no key: put the file back, or remove it and give sites their new keys", path.display()),
                )
            })
        }
        Err(error) => Err(error),
    }
}

fn read_salt(path: &Path) -> Option<(i64, Secret)> {
    let text = fs::read_to_string(path).ok()?;
    let (day, secret) = text.trim().split_once(' ')?;
    Some((day.parse().ok()?, unhex(secret)?))
}

/// Written anew, so that the one before is gone.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What stays the same of an address for a day: of IPv6 the network, within which devices change theirs.
fn network_of(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
    }
}

/// With its length before it, so that no two lists of parts are the same bytes.
fn framed(part: &[u8]) -> Vec<u8> {
    let mut out = u64::try_from(part.len())
        .unwrap_or(u64::MAX)
        .to_le_bytes()
        .to_vec();
    out.extend_from_slice(part);
    out
}

/// HMAC-SHA256 of the parts in a row.
fn hmac(key: &[u8], parts: &[&[u8]]) -> Secret {
    let mut block = [0_u8; BLOCK];
    let short: Secret;
    let key = if key.len() > BLOCK {
        short = Sha256::digest(key).into();
        &short[..]
    } else {
        key
    };
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut inner = Sha256::new();
    inner.update(block.map(|byte| byte ^ 0x36));
    for part in parts {
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(block.map(|byte| byte ^ 0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

/// In a time that does not depend on where the difference is.
fn is_same(one: &str, other: &str) -> bool {
    let bytes = one.bytes().zip(other.bytes());
    one.len() == other.len() && bytes.fold(0, |all, (one, other)| all | (one ^ other)) == 0
}

/// Bytes that nobody can guess. Where the system has none, the process ends rather than use others.
fn random() -> Secret {
    let mut bytes = [0; 32];
    let read = fs::File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    if read.is_err() {
        tracing::error!("cannot read random numbers from /dev/urandom");
        std::process::abort();
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Secret> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (to, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *to = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyed_hash_is_hmac_sha256() {
        // RFC 4231, cases 2 and 6.
        assert_eq!(
            hex(&hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(&hmac(
                &[0xaa; 131],
                &[b"Test Using Larger Than Block-Size Key - Hash Key First"]
            )),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn keys_outlive_a_restart_and_differ_by_site() {
        let folder = tempfile::tempdir().unwrap();
        let site = |id| SiteId::parse(id).unwrap();
        let first = Identity::open(folder.path()).unwrap();
        let key = first.site_key(&site("shop"));
        assert_eq!(key.len(), 64);
        assert_ne!(key, first.site_key(&site("blog")));
        let again = Identity::open(folder.path()).unwrap();
        assert_eq!(again.site_key(&site("shop")), key);
        assert_eq!(identify_key(folder.path(), &site("shop")).unwrap(), key);
        fs::write(folder.path().join(KEY_FILE), "short").unwrap();
        let error = identify_key(folder.path(), &site("shop")).unwrap_err();
        assert!(error.to_string().contains("holds no key"), "{error}");
    }

    #[test]
    fn the_salt_lasts_a_day_and_a_restart_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::open(folder.path()).unwrap();
        let today = identity.salt_of(20_000);
        assert_eq!(identity.salt_of(20_000), today);
        let again = Identity::open(folder.path()).unwrap();
        assert_eq!(again.salt_of(20_000), today);
        let tomorrow = again.salt_of(20_001);
        assert_ne!(tomorrow, today);
        let text = fs::read_to_string(folder.path().join(SALT_FILE)).unwrap();
        assert!(!text.contains(&hex(&today)) && text.contains(&hex(&tomorrow)));
        assert_ne!(again.salt_of(20_000), today, "it does not come back");
    }

    #[test]
    fn networks_are_told_apart_not_the_addresses_within() {
        let of = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
