//! A browser of somebody: keeps the cookie, sends the header that changes need.

use axum::Router;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::accounts::{Accounts, NewUser, Role, Visitor};
use crate::config::DEFAULT_TAG_PREFIX;
use crate::testing::{Answer, Bench, send};

pub(super) const PASSWORD: &str = "correct horse battery";

pub(super) struct Server {
    pub(super) bench: Bench,
    pub(super) accounts: Accounts,
    pub(super) router: Router,
}

impl Server {
    /// A server with these sites of files, at a public address.
    pub(super) fn at(public_url: &str, files: &[(&str, &str)]) -> Self {
        let mut bench = Bench::new();
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| bench.write(name, text))
            .collect();
        let paths: Vec<_> = files.iter().map(|path| path.as_path()).collect();
        bench.publisher(&paths, crate::demo_shop::sample_container());
        let (accounts, router) = bench.routes(DEFAULT_TAG_PREFIX, false, public_url);
        Self {
            bench,
            accounts,
            router,
        }
    }

    pub(super) fn new() -> Self {
        Self::at("http://127.0.0.1:8080", &[])
    }

    /// Nobody's browser.
    pub(super) fn browser(&self) -> Client {
        Client {
            router: self.router.clone(),
            host: "stats.example".to_owned(),
            cookie: None,
            csrf: None,
        }
    }

    /// The owner's.
    pub(super) async fn owner(&self) -> Client {
        let mut browser = self.browser();
        browser.host = "127.0.0.1:8080".to_owned();
        let wanted = json!({ "email": "ann@x", "name": "Ann", "password": PASSWORD });
        let answer = browser.enter("/api/v1/setup", wanted).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        browser.host = "stats.example".to_owned();
        browser
    }

    /// That of somebody who was invited.
    pub(super) async fn somebody(&self, email: &str, role: Role) -> Client {
        let (_, code) = self.accounts.invite(email, role, "ann@x").await.unwrap();
        let user = NewUser {
            name: email.to_owned(),
            password: PASSWORD.to_owned(),
            ..NewUser::default()
        };
        let entered = self
            .accounts
            .accept(code.expose(), user, Visitor::default())
            .await
            .unwrap();
        Client {
            cookie: Some(format!("weir_session={}", entered.token.expose())),
            csrf: Some(entered.signed.csrf),
            ..self.browser()
        }
    }
}

#[derive(Clone)]
pub(super) struct Client {
    pub(super) router: Router,
    pub(super) host: String,
    pub(super) cookie: Option<String>,
    pub(super) csrf: Option<String>,
}

impl Client {
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub(super) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = self.request(method, path);
        let request = request.header("content-type", "application/json");
        send(&self.router, request.body(Body::from(body)).unwrap()).await
    }

    /// A request with all that this browser sends.
    pub(super) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.host)
            .header("user-agent", "Tests/1.0");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("theme=dark; {cookie}"));
        }
        if let Some(csrf) = &self.csrf {
            request = request.header("x-weir-csrf", csrf);
        }
        request
    }

    /// Sends what makes somebody of nobody, and keeps what comes back.
    pub(super) async fn enter(&mut self, path: &str, body: Value) -> Answer {
        let answer = self.post(path, body).await;
        if answer.status == 200 {
            let cookie = answer.header("set-cookie");
            self.cookie = cookie.split(';').next().map(str::to_owned);
            self.csrf = answer.json()["csrf"].as_str().map(str::to_owned);
        }
        answer
    }
}
