//! Why a preview does not open, or ends, in English and Russian: shown on the page, in answers and on the command line.

use http::StatusCode;

use crate::cli::Language;
use crate::publish::site::Told;
use crate::routes::ApiError;

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody has made such a link.
    Unknown,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
    /// It opens pages of another origin.
    OtherOrigin {
        /// Of these.
        origin: String,
    },
    /// The draft has an error: the first.
    BadDraft {
        /// In English and in Russian.
        problem: Box<(Told, Told)>,
    },
    /// The draft names another site.
    DraftOfOther {
        /// The one that it names.
        site: String,
    },
    /// Enough has been observed through this link.
    TooMany,
    /// There is nothing published that a preview could start from.
    NoRelease {
        /// Site id.
        site: String,
    },
    /// The address to open is none.
    BadUrl {
        /// As it was given.
        url: String,
    },
    /// The address is not on a page of the site.
    ForeignUrl {
        /// Its host.
        host: String,
        /// Those of the site.
        domains: Vec<String>,
    },
    /// Nobody knows where the pages of the site are.
    NoUrl,
    /// The control store does not work.
    Store {
        /// Why, in its own words.
        reason: String,
    },
}

impl Refusal {
    /// The stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown_preview",
            Self::Expired => "preview_expired",
            Self::Revoked => "preview_revoked",
            Self::OtherOrigin { .. } => "preview_of_other_origin",
            Self::BadDraft { .. } => "draft_has_errors",
            Self::DraftOfOther { .. } => "draft_of_other_site",
            Self::TooMany => "preview_is_full",
            Self::NoRelease { .. } => "no_release",
            Self::BadUrl { .. } => "bad_url",
            Self::ForeignUrl { .. } => "foreign_url",
            Self::NoUrl => "no_url",
            Self::Store { .. } => "store_away",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unknown | Self::NoRelease { .. } => StatusCode::NOT_FOUND,
            Self::Expired | Self::Revoked => StatusCode::GONE,
            Self::OtherOrigin { .. } | Self::TooMany => StatusCode::FORBIDDEN,
            Self::BadDraft { .. }
            | Self::DraftOfOther { .. }
            | Self::BadUrl { .. }
            | Self::ForeignUrl { .. }
            | Self::NoUrl => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Store { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What is wrong.
    pub fn message(&self, language: Language) -> String {
        let (english, russian) = match self {
            Self::Unknown => (
                "this preview link is not one of ours, or it has lost a part".into(),
                "такой ссылки предпросмотра нет, или она дошла не целиком".into(),
            ),
            Self::Expired => (
                "this preview link has expired".into(),
                "срок этой ссылки предпросмотра истёк".into(),
            ),
            Self::Revoked => (
                "this preview link was taken back".into(),
                "эту ссылку предпросмотра отозвали".into(),
            ),
            Self::OtherOrigin { origin } => (
                format!("this preview link opens pages of `{origin}` only"),
                format!("эта ссылка предпросмотра открывает только страницы `{origin}`"),
            ),
            Self::BadDraft { problem } => {
                let place = |told: &Told| match told.line {
                    0 => told.path.clone(),
                    line => format!("{}:{}", line, told.column),
                };
                (
                    format!(
                        "the draft has errors: {} ({})",
                        problem.0.message,
                        place(&problem.0)
                    ),
                    format!(
                        "в черновике ошибки: {} ({})",
                        problem.1.message,
                        place(&problem.1)
                    ),
                )
            }
            Self::DraftOfOther { site } => (
                format!("the draft is for the site `{site}`"),
                format!("черновик — для сайта `{site}`"),
            ),
            Self::TooMany => (
                "more has happened on this preview than is kept".into(),
                "в этом предпросмотре произошло больше, чем хранится".into(),
            ),
            Self::NoRelease { site } => (
                format!("nothing of the site `{site}` has been published"),
                format!("у сайта `{site}` ещё ничего не опубликовано"),
            ),
            Self::BadUrl { url } => (
                format!("`{url}` is no address of a page"),
                format!("`{url}` — не адрес страницы"),
            ),
            Self::ForeignUrl { host, .. } => (
                format!("`{host}` is not among the site's domains"),
                format!("`{host}` нет среди доменов сайта"),
            ),
            Self::NoUrl => (
                "the container names no domain to open".into(),
                "в контейнере нет домена, который можно открыть".into(),
            ),
            Self::Store { reason } => (
                format!("the preview cannot be looked up: {reason}"),
                format!("предпросмотр не удалось найти: {reason}"),
            ),
        };
        match language {
            Language::En => english,
            Language::Ru => russian,
        }
    }

    /// What to do.
    pub fn hint(&self, language: Language) -> String {
        let (english, russian): (String, String) = match self {
            Self::Unknown | Self::Expired | Self::Revoked | Self::TooMany => (
                "make a new link: `weir preview SITE`, or in the UI; meanwhile the page runs what is published".into(),
                "сделайте новую: `weir preview САЙТ` или в интерфейсе; пока на странице работает опубликованное".into(),
            ),
            Self::OtherOrigin { .. } => (
                "make a link for this page: `weir preview SITE --url ADDRESS`; meanwhile it runs what is published".into(),
                "сделайте ссылку для этой страницы: `weir preview САЙТ --url АДРЕС`; пока на ней работает опубликованное".into(),
            ),
            Self::BadDraft { problem } => (problem.0.hint.clone(), problem.1.hint.clone()),
            Self::DraftOfOther { .. } => (
                "give the draft of this site, or preview that site".into(),
                "укажите черновик этого сайта или откройте предпросмотр того".into(),
            ),
            Self::NoRelease { .. } => (
                "publish a container first, and put the tag on the site: a preview takes its place there".into(),
                "сначала опубликуйте контейнер и поставьте тег на сайт: предпросмотр встаёт на его место".into(),
            ),
            Self::BadUrl { .. } => (
                "write it whole, such as https://shop.example/product/42".into(),
                "напишите его целиком, например https://shop.example/product/42".into(),
            ),
            Self::ForeignUrl { domains, .. } => (
                format!("its domains are {}; add the host to `site.domains` and publish", quoted(domains)),
                format!("его домены: {}; добавьте этот в `site.domains` и опубликуйте", quoted(domains)),
            ),
            Self::NoUrl => (
                "say which page to open: --url https://…".into(),
                "укажите, какую страницу открыть: --url https://…".into(),
            ),
            Self::Store { .. } => (
                "try again; if it stays, look at the disk of the data folder".into(),
                "попробуйте ещё раз; если не проходит, проверьте диск папки данных".into(),
            ),
        };
        match language {
            Language::En => english,
            Language::Ru => russian,
        }
    }

    /// As an answer over HTTP, in one language.
    pub fn answer(&self, language: Language) -> ApiError {
        ApiError::new(
            self.status(),
            self.code(),
            self.message(language),
            self.hint(language),
        )
        .told()
    }

    /// For a page that shows it: in both languages.
    pub fn for_page(&self) -> serde_json::Value {
        let told = |language| {
            serde_json::json!({
                "message": self.message(language),
                "hint": self.hint(language),
            })
        };
        serde_json::json!({
            "code": self.code(),
            "en": told(Language::En),
            "ru": told(Language::Ru),
        })
    }

    /// The status of an answer to a page.
    pub fn page_status(&self) -> StatusCode {
        self.status()
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_to_do_in_both_languages() {
        let told = Told {
            severity: "error",
            code: "unknown_key".to_owned(),
            path: "tags".to_owned(),
            missing: None,
            line: 3,
            column: 5,
            message: "m".to_owned(),
            hint: "h".to_owned(),
        };
        let text = || "x".to_owned();
        for refusal in [
            Refusal::Unknown,
            Refusal::Expired,
            Refusal::Revoked,
            Refusal::OtherOrigin { origin: text() },
            Refusal::DraftOfOther { site: text() },
            Refusal::TooMany,
            Refusal::NoRelease { site: text() },
            Refusal::BadUrl { url: text() },
            Refusal::ForeignUrl {
                host: text(),
                domains: vec![text()],
            },
            Refusal::NoUrl,
            Refusal::Store { reason: text() },
            Refusal::BadDraft {
                problem: Box::new((told.clone(), told)),
            },
        ] {
            for language in [Language::En, Language::Ru] {
                assert!(
                    !refusal.message(language).is_empty() && !refusal.hint(language).is_empty()
                );
            }
            assert_ne!(
                refusal.message(Language::En),
                refusal.message(Language::Ru),
                "{}",
                refusal.code()
            );
        }
    }
}
