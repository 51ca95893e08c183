//! `weir user`: what an owner who has lost the way in needs. Works on the control store, so that a server may run meanwhile.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use super::token::{existing_store, now_ms, refused, shown_time};
use crate::accounts::RESET_MS;
use crate::accounts::secret::{Code, RandomError, id};
use crate::failure::Failure;
use crate::store::audit::Actor;
use crate::store::users::{Link, LinkKind, UserError};
use crate::terminal::Terminal;

/// Who the audit log says it was.
const ACTOR: &str = "command line";

/// Prints a link, and nothing else, with which the user sets a new password.
pub(super) fn reset_password(
    data: &Path,
    email: &str,
    public_url: &str,
    mut terminal: Terminal<'_>,
    remarks: &mut dyn Write,
) -> Result<ExitCode, Failure> {
    let store = existing_store(data)?;
    let user = store
        .user_by_email(email)
        .map_err(|error| refused(&error))?
        .ok_or_else(|| {
            Failure::usage(
                format!("there is no user with the e-mail address `{email}`"),
                "`weir user list` shows them",
            )
        })?;
    let code = Code::mint().map_err(|error| no_random(&error))?;
    let now_ms = now_ms();
    let link = Link {
        id: id().map_err(|error| no_random(&error))?,
        email: user.email,
        role: user.role,
        user: Some(user.id),
        created_by: ACTOR.to_owned(),
        created_at: now_ms,
        expires_at: now_ms + RESET_MS,
    };
    let actor = Actor { who: ACTOR, now_ms };
    store
        .add_link(LinkKind::Reset, &link, code.hash(), actor)
        .map_err(|error| match error {
            UserError::Store(error) => refused(&error),
            other => Failure::environment(other.to_string(), ""),
        })?;
    writeln!(
        remarks,
        "for {}: can be used once, until {}; the sessions there are end with it",
        link.email,
        shown_time(link.expires_at)
    )?;
    writeln!(terminal, "{public_url}/reset#{}", code.expose())?;
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a table of all users.
pub(super) fn list(data: &Path, mut terminal: Terminal<'_>) -> Result<ExitCode, Failure> {
    let users = existing_store(data)?
        .users()
        .map_err(|error| refused(&error))?;
    if users.is_empty() {
        writeln!(
            terminal,
            "no user yet: `weir serve` prints the link that makes the owner's account"
        )?;
    } else {
        writeln!(
            terminal,
            "{:<32}  {:<8}  {:<20}  name",
            "e-mail", "role", "since"
        )?;
    }
    for user in users {
        // Names are what people write: nothing of them may move the cursor.
        let name: String = user.name.chars().filter(|c| !c.is_control()).collect();
        writeln!(
            terminal,
            "{:<32}  {:<8}  {:<20}  {name}",
            user.email,
            user.role.name(),
            shown_time(user.created_at)
        )?;
    }
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn no_random(error: &RandomError) -> Failure {
    Failure::environment(error.to_string(), "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::{Accounts, Clock, NewUser, Visitor};
    use crate::store::Store;
    use std::sync::Arc;

    const URL: &str = "https://stats.example";

    #[tokio::test]
    async fn the_link_sets_a_new_password_while_the_server_runs() {
        let temp = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&temp.path().join("control.db")).unwrap());
        let accounts = Accounts::open(store, Clock::system()).unwrap();
        let owner = NewUser {
            email: "ann@x".to_owned(),
            name: "Ann".to_owned(),
            password: "forgotten by now".to_owned(),
            ..NewUser::default()
        };
        let old = accounts
            .set_up(None, owner, Visitor::default())
            .await
            .unwrap();
        let (mut out, mut remarks) = (Vec::new(), Vec::new());
        reset_password(
            temp.path(),
            "ANN@x",
            URL,
            Terminal::plain(&mut out),
            &mut remarks,
        )
        .unwrap();
        let out = String::from_utf8(out).unwrap();
        let code = out.trim().strip_prefix("https://stats.example/reset#");
        let code = code.unwrap();
        assert!(!String::from_utf8(remarks).unwrap().contains(code));
        let new = "remembered from now on";
        let reset = || accounts.reset(code, new.to_owned(), Visitor::default());
        let entered = reset().await.unwrap();
        assert_eq!(entered.signed.user.name, "Ann");
        assert!(reset().await.is_err(), "once");
        let ended = accounts.identify(old.token.expose()).await.unwrap();
        assert!(ended.is_none());
        accounts
            .sign_in("ann@x", new.to_owned(), Visitor::default())
            .await
            .unwrap();

        let mut out = Vec::new();
        list(temp.path(), Terminal::plain(&mut out)).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("ann@x") && out.contains("owner"), "{out}");
    }

    #[test]
    fn mistakes_are_explained() {
        let temp = tempfile::tempdir().unwrap();
        let ask = |data: &Path| {
            let terminal = Terminal::plain(Vec::new());
            reset_password(data, "bob@x", URL, terminal, &mut Vec::new()).unwrap_err()
        };
        assert!(ask(&temp.path().join("nowhere")).hint().contains("--data"));
        Store::open(&temp.path().join("control.db")).unwrap();
        let failure = ask(temp.path());
        assert!(failure.message().contains("`bob@x`") && failure.hint().contains("user list"));
        let mut out = Vec::new();
        list(temp.path(), Terminal::plain(&mut out)).unwrap();
        assert!(String::from_utf8(out).unwrap().contains("no user yet"));
    }
}
