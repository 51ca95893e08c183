//! Values out of the layers.

use std::net::SocketAddr;
use std::path::PathBuf;

use weir_collector::{Cidr, CollectorConfig, ProxySettings, SETTINGS, SettingError};

use super::layers::{Key, Layer, Origin, Place, Written};
use crate::failure::Failure;
use crate::retention::Retention;
use crate::suggest;

/// Takes values out of the layers, naming their place when they are wrong.
pub(super) struct Reader<'a> {
    pub(super) layer: &'a Layer,
}

impl<'a> Reader<'a> {
    fn written(&self, key: Key) -> Option<(&'a str, &'a Written)> {
        let written = self.layer.get(key)?;
        Some((written.values.last()?, written))
    }

    pub(super) fn text(&self, key: Key) -> Option<&'a str> {
        self.written(key).map(|(value, _)| value)
    }

    pub(super) fn origin(&self, key: Key) -> Origin {
        self.layer
            .get(key)
            .map_or(Origin::Default, |written| written.origin.clone())
    }

    pub(super) fn paths(&self, key: Key) -> Vec<PathBuf> {
        self.layer
            .get(key)
            .map(|written| written.values.iter().map(PathBuf::from).collect())
            .unwrap_or_default()
    }

    pub(super) fn parsed<T>(
        &self,
        key: Key,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let Some((value, written)) = self.written(key) else {
            return Ok(None);
        };
        parse(value).map(Some).map_err(|reason| {
            // A ClickHouse address may hold a password: the value itself is not repeated.
            let place = Place(key, &written.origin);
            Failure::usage(format!("{place} cannot be used"), reason)
        })
    }

    pub(super) fn collector(&self) -> Result<CollectorConfig, Failure> {
        let mut config = CollectorConfig {
            proxy: self.proxy()?,
            geo_file: self.text(Key::Geoip).map(PathBuf::from),
            ..CollectorConfig::default()
        };
        let Some(written) = self.layer.get(Key::Limit) else {
            return Ok(config);
        };
        let place = Place(Key::Limit, &written.origin);
        for text in &written.values {
            let Some((name, value)) = text.split_once('=') else {
                return Err(Failure::usage(
                    format!("{place}: `{text}` has no value"),
                    "write it like site_rate=1000",
                ));
            };
            config.set(name.trim(), value.trim()).map_err(|error| {
                let hint = match &error {
                    SettingError::Unknown(name) => {
                        suggest::hint(name, "limit", SETTINGS.iter().map(|setting| setting.name))
                    }
                    SettingError::Range { .. } => {
                        "docs/collector.md lists the limits and what they mean".to_owned()
                    }
                };
                Failure::usage(format!("{place}: {error}"), hint)
            })?;
        }
        if config.max_spool_bytes < config.seal_bytes {
            return Err(Failure::usage(
                format!("{place}: `spool_bytes` is less than `seal_bytes`"),
                "a spool must have room for one segment: raise the one or lower the other",
            ));
        }
        Ok(config)
    }

    pub(super) fn retention(&self) -> Result<Retention, Failure> {
        let Some(written) = self.layer.get(Key::Retention) else {
            return Ok(Retention::default());
        };
        let rules = written.values.iter().map(|text| Retention::rule(text));
        let rules = rules.collect::<Result<_, _>>().map_err(|wrong| {
            Failure::usage(
                format!("{}: {wrong}", Place(Key::Retention, &written.origin)),
                "write it like shop=730 for the site `shop`, or *=400 for all that are not named; the number is of days",
            )
        })?;
        Ok(Retention::new(rules))
    }

    /// A header without a proxy that sets it would be a mistake that nobody notices.
    fn proxy(&self) -> Result<ProxySettings, Failure> {
        let trusted = match self.layer.get(Key::TrustedProxy) {
            None => Vec::new(),
            Some(written) => {
                let ranges = written.values.iter().map(|text| Cidr::parse(text));
                ranges.collect::<Result<_, _>>().map_err(|error| {
                    let place = Place(Key::TrustedProxy, &written.origin);
                    Failure::usage(
                        format!("{place}: {error}"),
                        "give the address of the proxy as this server sees it, such as 127.0.0.1, or a range such as 10.0.0.0/8",
                    )
                })?
            }
        };
        let header = self.parsed(Key::ClientIpHeader, |text| {
            text.parse()
                .map_err(|_| "write the name of a header, such as X-Forwarded-For".to_owned())
        })?;
        if header.is_some() && trusted.is_empty() {
            return Err(Failure::usage(
                format!(
                    "`{}` is set, but no proxy is trusted to write that header",
                    Key::ClientIpHeader.flag()
                ),
                format!("name the proxy with {}", Key::TrustedProxy.flag()),
            ));
        }
        let default = ProxySettings::default();
        Ok(ProxySettings {
            trusted,
            header: header.unwrap_or(default.header),
        })
    }

    pub(super) fn address(&self, key: Key, default: &str) -> Result<SocketAddr, Failure> {
        let (value, origin) = match self.written(key) {
            Some((value, written)) => (value, written.origin.clone()),
            None => (default, Origin::Default),
        };
        value.parse().map_err(|_| {
            Failure::usage(
                format!(
                    "{} is not an address and port: `{value}`",
                    Place(key, &origin)
                ),
                format!("write it like {default}, or 0.0.0.0:8080 for all interfaces"),
            )
        })
    }

    pub(super) fn flag(&self, key: Key) -> Result<bool, Failure> {
        let parsed = self.parsed(key, |value| match value {
            "true" | "1" | "yes" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err("write `true` or `false`".to_owned()),
        })?;
        Ok(parsed.unwrap_or(false))
    }
}
