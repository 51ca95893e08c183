//! How somebody becomes somebody, and stays it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

const PASSWORD: &str = "correct horse battery";

struct Place {
    _temp: tempfile::TempDir,
    now_ms: Arc<AtomicI64>,
    accounts: Accounts,
}

fn place() -> Place {
    let temp = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&temp.path().join("control.db")).unwrap());
    let now_ms = Arc::new(AtomicI64::new(1_000_000));
    let clock = Arc::clone(&now_ms);
    let clock = Clock::new(move || clock.load(Ordering::SeqCst));
    Place {
        _temp: temp,
        now_ms,
        accounts: Accounts::open(store, clock).unwrap(),
    }
}

fn user(email: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        name: "Ann".to_owned(),
        password: PASSWORD.to_owned(),
        language: Locale::Ru,
    }
}

fn from(network: u128) -> Visitor {
    Visitor {
        network: Some(network),
        agent: "Browser".to_owned(),
    }
}

#[tokio::test]
async fn the_first_owner_is_made_once_and_by_the_code() {
    let place = place();
    let accounts = &place.accounts;
    assert!(accounts.needs_setup().await.unwrap());
    let code = accounts.setup_code().unwrap().expose().to_owned();
    let wrong = accounts.set_up(Some("nonsense"), user("ann@x"), from(1));
    assert!(matches!(wrong.await, Err(AccountError::SetupCode)));
    let entered = accounts
        .set_up(Some(&code), user(" Ann@X "), from(1))
        .await
        .unwrap();
    assert_eq!(entered.signed.user.role, Role::Owner);
    assert_eq!(entered.signed.user.email, "Ann@X");
    assert!(accounts.setup_code().is_none() && !accounts.needs_setup().await.unwrap());
    let again = accounts.set_up(Some(&code), user("bob@x"), from(1)).await;
    assert!(matches!(again, Err(AccountError::User(UserError::SetUp))));
    let signed = accounts.identify(entered.token.expose()).await.unwrap();
    let signed = signed.unwrap();
    assert_eq!(signed.csrf, entered.signed.csrf);
    assert_eq!(signed.session.agent, "Browser");
    accounts.sign_out(&signed).await.unwrap();
    let gone = accounts.identify(entered.token.expose()).await.unwrap();
    assert!(gone.is_none());
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_at_the_latest_after_a_month() {
    let place = place();
    let entered = place
        .accounts
        .set_up(None, user("ann@x"), from(1))
        .await
        .unwrap();
    let token = entered.token.expose();
    let pass = |ms| place.now_ms.fetch_add(ms, Ordering::SeqCst);
    let lives = async || place.accounts.identify(token).await.unwrap().is_some();
    for _ in 0..4 {
        pass(IDLE_MS - 1);
        assert!(lives().await, "it is in use");
    }
    pass(LONGEST_MS - 4 * (IDLE_MS - 1));
    assert!(!lives().await, "a month is over");

    let entered = place
        .accounts
        .sign_in("ANN@X", PASSWORD.to_owned(), from(1))
        .await
        .unwrap();
    pass(IDLE_MS);
    let idle = place.accounts.identify(entered.token.expose()).await;
    assert!(idle.unwrap().is_none());
}

#[tokio::test]
async fn guessing_is_limited_by_account_and_by_address() {
    let place = place();
    let accounts = &place.accounts;
    accounts.set_up(None, user("ann@x"), from(1)).await.unwrap();
    let guess = async |email: &str, network| {
        let tried = accounts.sign_in(email, "wrong password".to_owned(), from(network));
        tried.await.unwrap_err()
    };
    for network in 0..10 {
        assert!(matches!(guess("ann@x", network).await, AccountError::Wrong));
    }
    let AccountError::TooMany { retry_s } = guess("ANN@x ", 99).await else {
        panic!("the account is closed to all")
    };
    assert!((1..=60).contains(&retry_s));
    // The right password must wait, too; and then counts for nothing.
    let right = || accounts.sign_in("ann@x", PASSWORD.to_owned(), from(50));
    assert!(matches!(right().await, Err(AccountError::TooMany { .. })));
    place.now_ms.fetch_add(60_000, Ordering::SeqCst);
    right().await.unwrap();

    for number in 0..20 {
        let email = format!("nobody{number}@x");
        assert!(matches!(guess(&email, 7).await, AccountError::Wrong));
    }
    assert!(matches!(
        guess("nobody@x", 7).await,
        AccountError::TooMany { .. }
    ));
}

#[tokio::test]
async fn a_link_makes_one_user_and_a_new_password_ends_other_sessions() {
    let place = place();
    let accounts = &place.accounts;
    let owner = accounts.set_up(None, user("ann@x"), from(1)).await.unwrap();
    let taken = accounts.invite("ANN@x", Role::Viewer, "ann@x").await;
    assert!(matches!(taken, Err(AccountError::User(UserError::Exists))));
    let (_, stale) = accounts
        .invite("bob@x", Role::Owner, "ann@x")
        .await
        .unwrap();
    let (link, code) = accounts
        .invite("bob@x", Role::Editor, "ann@x")
        .await
        .unwrap();
    assert_eq!(link.role, Role::Editor);
    let gone = accounts.accept(stale.expose(), user(""), from(1)).await;
    assert!(matches!(gone, Err(AccountError::User(UserError::Link))));
    let mut weak = user("");
    weak.password = "bob".to_owned();
    let refused = accounts.accept(code.expose(), weak, from(1)).await;
    assert!(matches!(refused, Err(AccountError::Password(_))));
    let bob = accounts
        .accept(code.expose(), user("evil@x"), from(1))
        .await
        .unwrap();
    assert_eq!(
        (bob.signed.user.email.as_str(), bob.signed.user.role),
        ("bob@x", Role::Editor)
    );
    let twice = accounts.accept(code.expose(), user(""), from(1)).await;
    assert!(matches!(twice, Err(AccountError::User(UserError::Link))));

    let other = accounts
        .sign_in("ann@x", PASSWORD.to_owned(), from(1))
        .await
        .unwrap();
    let change = |old: &str, new: &str| {
        accounts.change_password(&owner.signed, old.to_owned(), new.to_owned())
    };
    let wrong = change("wrong one here", "another good one").await;
    assert!(matches!(wrong, Err(AccountError::Wrong)));
    change(PASSWORD, "another good one").await.unwrap();
    let known = async |token: &Code| accounts.identify(token.expose()).await.unwrap().is_some();
    assert!(known(&owner.token).await && !known(&other.token).await);
    assert!(known(&bob.token).await);
}

#[test]
fn addresses_and_names_are_taken_as_they_are_or_refused() {
    for good in ["ann@shop.example", "анна@почта.рф", "o+tag@x", "a@[::1]"] {
        assert_eq!(checked_email(good).unwrap(), good);
    }
    for bad in [
        "", "ann", "@x", "ann@", "a b@x", "<a@x>", "a@b@c", "a@x,b@x", "a@x\n",
    ] {
        assert!(
            checked_email(bad).is_err() || bad.ends_with('\n'),
            "{bad:?}"
        );
    }
    assert!(checked_email(&format!("{}@x", "a".repeat(300))).is_err());
    for good in ["Анна", "O'Brien <b>", "🦊", "\"; DROP TABLE users"] {
        assert_eq!(checked_name(good).unwrap(), good);
    }
    for bad in ["", "  ", "a\u{0}b", &"x".repeat(101)] {
        assert!(checked_name(bad).is_err(), "{bad:?}");
    }
}
