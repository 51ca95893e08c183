//! `weir token`: makes, lists and revokes tokens. Works on the control store, so that a server may run meanwhile; it
//! notices within a second.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use weir_collector::{NewToken, SiteId, TokenScope, identify_key};

use crate::accounts::secret::random;
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::serve::open_store;
use crate::store::Store;
use crate::store::tokens::{Revoked, StoredToken};
use crate::terminal::Terminal;

/// Prints the new token, and nothing else, on standard output; what else there is to say goes to `remarks`.
pub(super) fn create(
    data: &Path,
    site: &str,
    scope: TokenScope,
    note: &str,
    mut terminal: Terminal<'_>,
    remarks: &mut dyn Write,
) -> Result<ExitCode, Failure> {
    let site = site_id(site)?;
    let store = open_store(&DataDir::open(data)?)?;
    let random = random().map_err(|error| Failure::environment(error.to_string(), ""))?;
    let token = NewToken::mint(random);
    store
        .add_token(&token, &site, scope, note, now_ms())
        .map_err(|error| refused(&error))?;
    if store
        .latest(site.as_str())
        .is_ok_and(|latest| latest.is_none())
    {
        writeln!(
            remarks,
            "note: no container of the site `{site}` was published from this data folder yet; until one is, events are refused with `unknown_site`"
        )?;
    }
    // Scripts use it at once: by then the server that runs has seen it.
    std::thread::sleep(2 * crate::store::FOLLOWED_EVERY);
    writeln!(terminal, "{}", token.expose())?;
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the key with which a site signs the ids of its users, and nothing else. The same each time.
pub(super) fn identify(
    data: &Path,
    site: &str,
    mut terminal: Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let site = site_id(site)?;
    let folder = DataDir::open(data)?.identity();
    let key = identify_key(&folder, &site).map_err(|error| {
        Failure::environment(
            format!("the keys in `{}` cannot be used: {error}", folder.display()),
            "run this as the user that runs weir",
        )
    })?;
    writeln!(terminal, "{key}")?;
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn site_id(site: &str) -> Result<SiteId, Failure> {
    SiteId::parse(site).ok_or_else(|| {
        Failure::usage(
            format!("`{site}` is no id of a site"),
            "an id is 1 to 64 small Latin letters, digits and `_`, as in `site.id` of the container",
        )
    })
}

/// Prints a table of all tokens, without their secrets.
pub(super) fn list(data: &Path, mut terminal: Terminal<'_>) -> Result<ExitCode, Failure> {
    let tokens = existing_store(data)?
        .tokens()
        .map_err(|error| refused(&error))?;
    if tokens.is_empty() {
        writeln!(
            terminal,
            "no token yet: make one with `weir token create --site SITE --scope write`"
        )?;
    } else {
        writeln!(
            terminal,
            "{:<12}  {:<20}  {:<6}  {:<20}  {:<20}  note",
            "id", "site", "scope", "created", "revoked"
        )?;
    }
    for StoredToken {
        record,
        note,
        created_at,
        revoked_at,
    } in tokens
    {
        let revoked = revoked_at.map(shown_time).unwrap_or_default();
        writeln!(
            terminal,
            "{:<12}  {:<20}  {:<6}  {:<20}  {revoked:<20}  {note}",
            record.id,
            record.site.as_str(),
            record.scope.name(),
            shown_time(created_at),
        )?;
    }
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Takes a token back; `id` may be the whole token.
pub(super) fn revoke(
    data: &Path,
    id: &str,
    mut terminal: Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let id = id
        .strip_prefix("weir_")
        .map_or(id, |rest| rest.split_once('_').map_or(rest, |(id, _)| id));
    let store = existing_store(data)?;
    match store
        .revoke_token(id, now_ms())
        .map_err(|error| refused(&error))?
    {
        Revoked::Now => writeln!(terminal, "revoked {id}")?,
        Revoked::Before => writeln!(terminal, "{id} was revoked before")?,
        Revoked::Unknown => {
            return Err(Failure::usage(
                format!("there is no token with the id `{id}`"),
                "`weir token list` shows the ids",
            ));
        }
    }
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Of a folder that was used before: a slip in the path must not make a new one.
pub(super) fn existing_store(data: &Path) -> Result<Store, Failure> {
    if !data.join("control.db").is_file() {
        return Err(Failure::usage(
            format!("there is no data of weir in `{}`", data.display()),
            "give the folder that the server uses with --data",
        ));
    }
    open_store(&DataDir::open(data)?)
}

pub(super) fn refused(error: &crate::store::StoreError) -> Failure {
    Failure::environment(
        error.to_string(),
        "try again; if it stays, look at the disk of the data folder",
    )
}

pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

pub(super) fn shown_time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| String::new(),
        |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(
        command: impl FnOnce(Terminal<'_>, &mut dyn Write) -> Result<ExitCode, Failure>,
    ) -> (String, String) {
        let (mut out, mut remarks) = (Vec::new(), Vec::new());
        command(Terminal::plain(&mut out), &mut remarks).unwrap();
        (
            String::from_utf8(out).unwrap(),
            String::from_utf8(remarks).unwrap(),
        )
    }

    #[test]
    fn the_token_is_alone_on_standard_output() {
        let temp = tempfile::tempdir().unwrap();
        let data = temp.path();
        let (out, remarks) = print(|terminal, remarks| {
            create(data, "shop", TokenScope::Import, "crm", terminal, remarks)
        });
        assert!(
            out.starts_with("weir_") && out.trim().len() == 58 && out.lines().count() == 1,
            "{out}"
        );
        assert!(
            remarks.contains("no container of the site `shop`"),
            "{remarks}"
        );
        let (listed, _) = print(|terminal, _| list(data, terminal));
        let id = out.split('_').nth(1).unwrap();
        assert!(
            listed.contains(id) && listed.contains("import") && listed.contains("crm"),
            "{listed}"
        );
        assert!(!listed.contains(out.trim()));
        // The whole token does as well as its id.
        assert_eq!(
            print(|terminal, _| revoke(data, out.trim(), terminal)).0,
            format!("revoked {id}\n")
        );
        assert!(
            print(|terminal, _| revoke(data, id, terminal))
                .0
                .contains("before")
        );
    }

    #[test]
    fn mistakes_are_explained() {
        let temp = tempfile::tempdir().unwrap();
        let mut out = Vec::new();
        let wrong = create(
            temp.path(),
            "My Shop",
            TokenScope::Write,
            "",
            Terminal::plain(&mut out),
            &mut Vec::new(),
        );
        assert!(wrong.unwrap_err().message().contains("`My Shop`"));
        let nowhere = temp.path().join("nowhere");
        let failure = list(&nowhere, Terminal::plain(Vec::new())).unwrap_err();
        assert!(failure.hint().contains("--data") && !nowhere.exists());
        create(
            temp.path(),
            "shop",
            TokenScope::Write,
            "",
            Terminal::plain(Vec::new()),
            &mut Vec::new(),
        )
        .unwrap();
        let failure = revoke(temp.path(), "abc", Terminal::plain(Vec::new())).unwrap_err();
        assert!(failure.message().contains("`abc`"));
    }
}
