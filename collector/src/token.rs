//! Tokens: who may send server-side, for which site, and how far back.
//!
//! ```text
//! weir_<id: 12 hex digits>_<secret: 40 hex digits>
//! ```
//!
//! The id finds the record and may be shown; the secret is kept by nobody: a record holds the SHA-256 of the whole text.
//! The secret has 160 random bits, so that a plain hash is enough, and it is compared in a time that does not depend on
//! where the difference is. Where records are stored, and how they come here, is the server's business.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};

use crate::site::SiteId;

const PREFIX: &str = "weir_";
const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 20;
/// Random bytes that one token takes.
pub const TOKEN_RANDOM_BYTES: usize = ID_BYTES + SECRET_BYTES;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenScope {
    /// Sending events as they happen.
    Write,
    /// Sending events of any past time as well.
    Import,
    /// Reading reports over the API.
    Read,
}

impl TokenScope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Write, Self::Import, Self::Read];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Import => "import",
            Self::Read => "read",
        }
    }

    /// The scope of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// The part that may be shown.
    pub id: String,
    /// The site it is for.
    pub site: SiteId,
    /// What it allows.
    pub scope: TokenScope,
    /// SHA-256 of the whole token.
    pub hash: [u8; 32],
    /// Whether it was taken back.
    pub revoked: bool,
}

/// A token as its owner gets it, once.
#[derive(Clone)]
pub struct NewToken {
    id: String,
    text: String,
}

impl NewToken {
    /// Makes a token of bytes that nobody can guess.
    pub fn mint(random: [u8; TOKEN_RANDOM_BYTES]) -> Self {
        let (id, secret) = random.split_at(ID_BYTES);
        let id = hex(id);
        let text = format!("{PREFIX}{id}_{}", hex(secret));
        Self { id, text }
    }

    /// The part that may be shown.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The whole of it, for its owner.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What is kept.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}_***", self.id)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// There is no such token.
    Unknown,
    /// It was taken back.
    Revoked,
}

/// What the bearer of a token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// For this site.
    pub site: SiteId,
    /// This.
    pub scope: TokenScope,
}

/// The tokens of this server. Clones share one list.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Arc<ArcSwap<HashMap<String, TokenRecord>>>);

impl Tokens {
    /// No token yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the place of all tokens there were.
    pub fn replace(&self, records: Vec<TokenRecord>) {
        let map = records
            .into_iter()
            .map(|record| (record.id.clone(), record))
            .collect();
        self.0.store(Arc::new(map));
    }

    /// What the bearer of `text` may do.
    pub fn check(&self, text: &str) -> Result<Grant, TokenError> {
        let records = self.0.load();
        let record = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .and_then(|(id, _)| records.get(id));
        let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let Some(record) = record.filter(|record| is_same(&record.hash, &hash)) else {
            return Err(TokenError::Unknown);
        };
        if record.revoked {
            return Err(TokenError::Revoked);
        }
        Ok(Grant {
            site: record.site.clone(),
            scope: record.scope,
        })
    }
}

/// Looks at every byte, wherever the first difference is.
fn is_same(ours: &[u8; 32], theirs: &[u8; 32]) -> bool {
    let difference = ours
        .iter()
        .zip(theirs)
        .fold(0, |difference, (a, b)| difference | (a ^ b));
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn record(token: &NewToken, site: &str, scope: TokenScope) -> TokenRecord {
        TokenRecord {
            id: token.id().to_owned(),
            site: SiteId::parse(site).unwrap(),
            scope,
            hash: token.hash(),
            revoked: false,
        }
    }

    #[test]
    fn a_token_opens_its_site_until_it_is_revoked() {
        let tokens = Tokens::new();
        let token = NewToken::mint([7; TOKEN_RANDOM_BYTES]);
        assert_eq!(token.expose().len(), 5 + 12 + 1 + 40);
        assert_eq!(tokens.check(token.expose()), Err(TokenError::Unknown));
        let mut kept = record(&token, "shop", TokenScope::Import);
        tokens.replace(vec![kept.clone()]);
        let grant = tokens.check(token.expose()).unwrap();
        assert_eq!(
            (grant.site.as_str(), grant.scope),
            ("shop", TokenScope::Import)
        );
        kept.revoked = true;
        tokens.replace(vec![kept]);
        assert_eq!(tokens.check(token.expose()), Err(TokenError::Revoked));
    }

    #[test]
    fn nothing_but_the_whole_token_opens() {
        let tokens = Tokens::new();
        let token = NewToken::mint([7; TOKEN_RANDOM_BYTES]);
        tokens.replace(vec![record(&token, "shop", TokenScope::Write)]);
        let text = token.expose();
        let other = format!("{}0", text.strip_suffix('7').unwrap());
        for wrong in [
            "",
            "weir_",
            "weir__",
            token.id(),
            &text.to_uppercase(),
            &other,
            &format!("{text} "),
        ] {
            assert_eq!(tokens.check(wrong), Err(TokenError::Unknown), "{wrong}");
        }
    }

    #[test]
    fn a_token_is_not_shown() {
        let token = NewToken::mint([7; TOKEN_RANDOM_BYTES]);
        assert_eq!(format!("{token:?}"), "weir_070707070707_***");
    }

    #[test]
    fn scopes_have_names() {
        for scope in TokenScope::ALL {
            assert_eq!(TokenScope::parse(scope.name()), Some(scope));
        }
        assert_eq!(TokenScope::parse("admin"), None);
    }
}
