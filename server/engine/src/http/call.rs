//! What a request asks for: user, statement, parameters, settings, formats.
//!
//! Everything of the URL and the headers is read here, once. Whether the user may do what is asked is the guard's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use uuid::Uuid;
use weir_libchdb::Parameters;

use crate::error::{Code, SqlError};
use crate::held::SessionClaim;
use crate::user::Claim;

/// Longest query id; ClickHouse's own clients send UUIDs.
const MAX_QUERY_ID_CHARS: usize = 128;
/// Longer than the name of any time zone.
const MAX_ZONE_BYTES: usize = 64;
/// Most settings in one request.
const MAX_SETTINGS: usize = 200;

/// A request, understood.
#[derive(Debug, Default)]
pub(crate) struct Call {
    pub(crate) claim: Claim,
    /// The statement, or its beginning, from the URL.
    pub(crate) query: String,
    pub(crate) parameters: Parameters,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) database: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) query_id: String,
    pub(crate) session: SessionClaim,
    /// Which revision of the native protocol the client would like blocks in; 0: none.
    pub(crate) protocol_version: u32,
    /// `decompress=1`: the body comes in ClickHouse's compressed blocks.
    pub(crate) body_in_blocks: bool,
    /// `compress=1`: the answer is wanted in ClickHouse's compressed blocks.
    pub(crate) answer_in_blocks: bool,
    /// Not `enable_http_compression=0`: the answer may be packed as `Accept-Encoding` says.
    pub(crate) may_pack_answer: bool,
    /// `wait_end_of_query=1`: the status must speak for the whole result.
    pub(crate) wait_for_end: bool,
    /// GET and HEAD do not write, and neither does who says `readonly=1`.
    pub(crate) read_only: bool,
}

impl Call {
    /// Reads URL and headers.
    pub(crate) fn read(parts: &Parts) -> Result<Self, SqlError> {
        let mut call = Self {
            read_only: matches!(parts.method, Method::GET | Method::HEAD),
            may_pack_answer: true,
            format: text(&parts.headers, "x-clickhouse-format"),
            database: text(&parts.headers, "x-clickhouse-database"),
            ..Self::default()
        };
        for (name, value) in
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        {
            call.take(&name, value.as_bytes())?;
        }
        if let Some(claim) = claim(&parts.headers)? {
            call.claim = claim;
        }
        if call.query_id.is_empty() {
            call.query_id = Uuid::new_v4().to_string();
        }
        Ok(call)
    }

    /// Takes in one parameter of the URL, or one field of a form.
    pub(crate) fn take(&mut self, name: &str, value: &[u8]) -> Result<(), SqlError> {
        if let Some(parameter) = name.strip_prefix("param_") {
            self.parameters.add(parameter, value);
            return Ok(());
        }
        let value = std::str::from_utf8(value).map_err(|_| {
            SqlError::new(
                Code::BadArguments,
                format!("the value of `{name}` is not UTF-8"),
            )
        })?;
        match name {
            "query" if self.query.is_empty() => value.clone_into(&mut self.query),
            "query" => {
                self.query.push('\n');
                self.query.push_str(value);
            }
            "user" => value.clone_into(&mut self.claim.name),
            "password" => value.clone_into(&mut self.claim.password),
            "database" if !value.is_empty() => self.database = Some(value.to_owned()),
            "default_format" if !value.is_empty() => self.format = Some(value.to_owned()),
            "query_id" => {
                if value.len() > MAX_QUERY_ID_CHARS
                    || !value.bytes().all(|byte| byte.is_ascii_graphic())
                {
                    let sentence = format!(
                        "a query id is at most {MAX_QUERY_ID_CHARS} printable ASCII characters without blanks"
                    );
                    return Err(SqlError::new(Code::BadArguments, sentence));
                }
                value.clone_into(&mut self.query_id);
            }
            "compress" => self.answer_in_blocks = is_true(value),
            "decompress" => self.body_in_blocks = is_true(value),
            // Not a number: as if nothing was said.
            "client_protocol_version" => self.protocol_version = value.parse().unwrap_or(0),
            "session_id" => value.clone_into(&mut self.session.id),
            "session_timeout" => value.clone_into(&mut self.session.timeout),
            "session_check" => self.session.check = is_true(value),
            "close_session" => self.session.close = is_true(value),
            "enable_http_compression" => self.may_pack_answer = is_true(value),
            "wait_end_of_query" => self.wait_for_end = is_true(value),
            // Who asks for less may have it; `readonly=0` lifts nothing.
            "readonly" => self.read_only |= matches!(value, "1" | "2"),
            _ if IGNORED.contains(&name) || value.is_empty() && name == "database" => {}
            "default_format" => {}
            _ => self.take_setting(name, value)?,
        }
        Ok(())
    }

    /// The time zone of this request alone, if it names one that may stand in a header. What it is worth, the engine says.
    pub(crate) fn session_timezone(&self) -> Option<&str> {
        let (_, zone) = self
            .settings
            .iter()
            .rfind(|(name, _)| name == "session_timezone")?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
        (!zone.is_empty() && zone.len() <= MAX_ZONE_BYTES && zone.bytes().all(is_plain))
            .then_some(zone)
    }

    fn take_setting(&mut self, name: &str, value: &str) -> Result<(), SqlError> {
        let known_form = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !known_form {
            let shown: String = name.chars().take(60).collect();
            return Err(SqlError::new(
                Code::UnknownSetting,
                format!("`{}` is no setting", shown.escape_debug()),
            ));
        }
        if self.settings.len() == MAX_SETTINGS {
            let sentence = format!("more than {MAX_SETTINGS} settings in one request");
            return Err(SqlError::new(Code::BadArguments, sentence));
        }
        self.settings.push((name.to_owned(), value.to_owned()));
        Ok(())
    }
}

/// Parameters of the interface itself that mean nothing here, accepted because clients send them: results are held back or
/// sent as they come whatever the buffer, and there are no roles to pick.
const IGNORED: [&str; 7] = [
    "session_timezone_id",
    "buffer_size",
    "role",
    "quota_key",
    "stacktrace",
    "http_method",
    "http_zlib_compression_level",
];

fn is_true(value: &str) -> bool {
    matches!(value, "1" | "true")
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// User and password from the headers. Those of ClickHouse win over `Authorization`.
fn claim(headers: &HeaderMap) -> Result<Option<Claim>, SqlError> {
    let user = text(headers, "x-clickhouse-user");
    let key = text(headers, "x-clickhouse-key");
    if user.is_some() || key.is_some() {
        return Ok(Some(Claim {
            name: user.unwrap_or_default(),
            password: key.unwrap_or_default(),
        }));
    }
    let Some(authorization) = text(headers, header::AUTHORIZATION.as_str()) else {
        return Ok(None);
    };
    let refused = || {
        SqlError::new(
            Code::AuthenticationFailed,
            "the Authorization header is not understood: this port takes Basic, with user and password",
        )
    };
    let (scheme, encoded) = authorization.split_once(' ').ok_or_else(refused)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(refused());
    }
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| refused())?;
    let decoded = String::from_utf8(decoded).map_err(|_| refused())?;
    let (name, password) = decoded.split_once(':').ok_or_else(refused)?;
    Ok(Some(Claim {
        name: name.to_owned(),
        password: password.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn read(uri: &str, headers: &[(&str, &str)]) -> Result<Call, SqlError> {
        let mut request = Request::builder().method("POST").uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Call::read(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_url_is_divided_into_its_kinds() {
        let call = read(
            "/?query=SELECT+1&param_a=b%20c&max_threads=2&database=weir&default_format=JSON&query_id=q-1\
             &session_id=s&decompress=1",
            &[],
        )
        .unwrap();
        assert_eq!(call.query, "SELECT 1");
        assert_eq!(
            call.parameters.iter().collect::<Vec<_>>(),
            [("a", "b c".as_bytes())]
        );
        assert_eq!(call.settings, [("max_threads".to_owned(), "2".to_owned())]);
        assert_eq!(call.database.as_deref(), Some("weir"));
        assert_eq!(call.format.as_deref(), Some("JSON"));
        assert_eq!(call.query_id, "q-1");
        assert!(call.body_in_blocks && !call.answer_in_blocks && !call.read_only);
    }

    #[test]
    fn a_password_is_found_wherever_clients_put_it() {
        let expected = Claim {
            name: "weir".to_owned(),
            password: "p:w".to_owned(),
        };
        for (uri, headers) in [
            ("/?user=weir&password=p:w", &[][..]),
            ("/", &[("authorization", "Basic d2VpcjpwOnc=")][..]),
            (
                "/",
                &[("X-ClickHouse-User", "weir"), ("X-ClickHouse-Key", "p:w")][..],
            ),
        ] {
            assert_eq!(
                read(uri, headers).unwrap().claim,
                expected,
                "{uri} {headers:?}"
            );
        }
        let refused = read("/", &[("authorization", "Bearer x")]).unwrap_err();
        assert_eq!(refused.code, 516);
    }

    #[test]
    fn names_that_could_not_be_settings_are_refused() {
        for uri in ["/?a-b=1", "/?a%20%3D%201,%20b=1", "/?=1"] {
            assert_eq!(read(uri, &[]).unwrap_err().code, 115, "{uri}");
        }
        assert!(read("/?query_id=a%0Ab", &[]).is_err());
    }
}
