//! A checked container, as the server uses it: what the intake, the warehouse and the API want to know of it.
//!
//! A thin layer over `weir_rules`: translates its types into those of the collector and of the API, decides nothing.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;
use weir_collector::warehouse::{
    FunnelCount, FunnelDefinition, FunnelMode, GoalDefinition, GoalStep, KpiDefinition,
    SiteDefinition,
};
use weir_collector::{DomainPattern, SiteId, SiteSettings};

use weir_rules::container::{FunnelOrder, FunnelUnit, GoalValue, Identity, Reached};
use weir_rules::decimal::Decimal;
use weir_rules::{Lang, Severity};

use crate::cli::Language;
use crate::publish::site::Told;

/// What checking a text gave.
#[derive(Debug)]
pub struct Checked {
    /// The container, when there is no error.
    pub container: Option<Container>,
    /// Errors, or warnings.
    pub problems: Vec<weir_rules::Problem>,
}

/// What people call things whose names are small Latin letters.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Titles {
    /// By the names of funnels.
    pub funnels: BTreeMap<String, String>,
    /// By the names of goals.
    pub goals: BTreeMap<String, String>,
}

/// A container without errors.
#[derive(Debug)]
pub struct Container(weir_rules::Container);

/// Checks a container as it was written, and runs its examples.
pub fn check(text: &str) -> Checked {
    Checked::new(weir_rules::check_with_examples(text, now_ms()))
}

/// Checks a container that was published once. Its examples held then: that a newer version of weir sees one of them
/// otherwise must not take the site away.
pub fn check_published(text: &str) -> Checked {
    Checked::new(weir_rules::check_at(text, now_ms()))
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

impl Checked {
    fn new(checked: weir_rules::Checked) -> Self {
        Self {
            container: checked.container.map(Container),
            problems: checked.problems,
        }
    }
}

/// The site id of a text that may have errors, when it can be made out.
pub fn site_id(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let id = value.get("site")?.get("id")?.as_str()?;
    SiteId::parse(id).map(|id| id.as_str().to_owned())
}

/// Line and column of the site id in a good container, from 1.
pub fn site_id_place(text: &str) -> Option<(u32, u32)> {
    #[derive(serde::Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        site: Site<'a>,
    }
    #[derive(serde::Deserialize)]
    struct Site<'a> {
        id: &'a str,
    }
    // Borrowed, so it lies within the text and says where; nothing can be said of an id that is written with escapes.
    let head: Head<'_> = serde_json::from_str(text).ok()?;
    let at = head.site.id.as_ptr().addr() - text.as_ptr().addr();
    let before = text.get(..at)?.strip_suffix('"')?;
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    Some((line.try_into().ok()?, column.try_into().ok()?))
}

/// A problem of the rules in one language.
pub fn told(problem: &weir_rules::Problem, language: Language) -> Told {
    let language = lang(language);
    Told {
        severity: match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: problem.code().to_owned(),
        path: problem.path.to_string(),
        missing: problem.missing(),
        line: problem.line,
        column: problem.column,
        message: problem.message(language),
        hint: problem.hint(language),
    }
}

/// The language, as the rules call it.
pub fn lang(language: Language) -> Lang {
    match language {
        Language::En => Lang::En,
        Language::Ru => Lang::Ru,
    }
}

impl Container {
    /// Site id.
    pub fn site(&self) -> &str {
        &self.0.site.id
    }

    /// Hosts that may send events.
    pub fn domains(&self) -> Vec<String> {
        self.0.site.domains.clone()
    }

    /// Names of the funnels.
    pub fn funnels(&self) -> Vec<String> {
        self.0
            .funnels
            .iter()
            .map(|funnel| funnel.name.clone())
            .collect()
    }

    /// What people call the funnels and goals that have a title, by name.
    pub fn titles(&self) -> Titles {
        let titled =
            |(name, title): (&String, &Option<String>)| Some((name.clone(), title.clone()?));
        let funnels = self.0.funnels.iter().map(|one| (&one.name, &one.title));
        let goals = self.0.goals.iter().map(|one| (&one.name, &one.title));
        Titles {
            funnels: funnels.filter_map(titled).collect(),
            goals: goals.filter_map(titled).collect(),
        }
    }

    /// The same rules for a site of another id, on other hosts.
    pub fn companion(&self, id: &str, hosts: &[String]) -> Self {
        let mut rules = self.0.clone();
        id.clone_into(&mut rules.site.id);
        rules.site.domains = hosts.to_vec();
        Self(rules)
    }

    /// The rules themselves.
    pub fn rules(&self) -> &weir_rules::Container {
        &self.0
    }

    /// The rules alone.
    pub fn into_rules(self) -> weir_rules::Container {
        self.0
    }

    /// The release that the page gets.
    pub fn compile(&self, version: u32) -> Vec<u8> {
        weir_rules::compile(&self.0, version)
    }

    /// What the intake needs. The error names what the collector cannot use although the rules let it pass.
    pub fn settings(&self, container_version: u32) -> Result<SiteSettings, String> {
        let site = &self.0.site;
        let id = SiteId::parse(&site.id).ok_or_else(|| format!("`{}` is no site id", site.id))?;
        let domains = site
            .domains
            .iter()
            .map(|domain| DomainPattern::parse(domain).map_err(|error| error.to_string()))
            .collect::<Result<_, _>>()?;
        let timezone = TimeZone::get(&site.timezone).map_err(|error| error.to_string())?;
        let currency = site.currency.clone().unwrap_or_default();
        Ok(SiteSettings {
            id,
            domains,
            timezone,
            currency,
            container_version,
            cookieless: self.0.privacy.identity == Identity::Cookieless,
        })
    }

    /// What the warehouse needs.
    pub fn definition(&self, container_version: u32) -> SiteDefinition {
        let site = &self.0.site;
        let funnels = self.0.funnels.iter().map(|funnel| FunnelDefinition {
            name: funnel.name.clone(),
            title: funnel.title.clone().unwrap_or_default(),
            within_s: funnel.within_s,
            mode: match funnel.order {
                FunnelOrder::Ordered => FunnelMode::Ordered,
                FunnelOrder::Strict => FunnelMode::Strict,
                FunnelOrder::Any => FunnelMode::Any,
            },
            count: match funnel.per {
                FunnelUnit::Person => FunnelCount::Persons,
                FunnelUnit::Session => FunnelCount::Sessions,
            },
            steps: funnel
                .steps
                .iter()
                .map(|step| (step.name.clone(), step.expression.to_string()))
                .collect(),
        });
        let goals = self.0.goals.iter().map(|goal| GoalDefinition {
            name: goal.name.clone(),
            reached: match &goal.reached {
                Reached::Step(step) => GoalStep::Step(step.to_string()),
                Reached::Funnel(funnel) => GoalStep::Funnel(funnel.clone()),
            },
            value: match &goal.value {
                None => String::new(),
                Some(GoalValue::Fixed(number)) => written(*number),
                Some(GoalValue::Property(name)) => name.clone(),
            },
        });
        let kpis = self.0.kpis.iter().map(|kpi| KpiDefinition {
            name: kpi.name.clone(),
            metric: kpi.metric.clone(),
            page: kpi.page.clone().unwrap_or_default(),
            goal: kpi.goal.clone().unwrap_or_default(),
            funnel: kpi.funnel.clone().unwrap_or_default(),
            channel: kpi.channel.clone().unwrap_or_default(),
            baseline: kpi.from.map(number),
            target: number(kpi.to),
            since: kpi.since.clone().unwrap_or_default(),
            deadline: kpi.by.clone(),
        });
        SiteDefinition {
            id: site.id.clone(),
            timezone: site.timezone.clone(),
            currency: site.currency.clone().unwrap_or_default(),
            container_version,
            funnels: funnels.collect(),
            goals: goals.collect(),
            kpis: kpis.collect(),
        }
    }
}

fn written(decimal: Decimal) -> String {
    let mut text = String::new();
    decimal.write(&mut text);
    text
}

fn number(decimal: Decimal) -> f64 {
    written(decimal).parse().unwrap_or_default()
}
