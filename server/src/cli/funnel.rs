//! `weir funnel`: a saved funnel as a table with bars.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use crate::failure::Failure;
use crate::funnel::{self, DAYS, FunnelStep, SavedFunnel};
use crate::sql::Sql;
use crate::suggest;
use crate::terminal::Terminal;

const TIMEOUT: Duration = Duration::from_secs(60);
const BAR_MIN: usize = 10;
const BAR_MAX: usize = 40;
const LABEL_MAX: usize = 40;
/// Eighths of a character, from none to seven.
const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

pub(super) async fn run(
    name: &str,
    site: Option<&str>,
    url: &str,
    mut terminal: Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let sql = Sql::connect(url, TIMEOUT)?;
    let known = funnel::saved(&sql).await.map_err(|error| {
        if error.is_missing_table() {
            return Failure::environment(
                format!("{} holds no data of weir", sql.url()),
                "start `weir serve` once: it creates the tables and views",
            );
        }
        error.into()
    })?;
    let chosen = choose(name, site, &known)?;
    let steps = funnel::steps(&sql, chosen).await?;
    terminal.write_all(render(chosen, &steps, &terminal).as_bytes())?;
    terminal.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The funnel meant, or which ones exist.
fn choose<'a>(
    name: &str,
    site: Option<&str>,
    known: &'a [SavedFunnel],
) -> Result<&'a SavedFunnel, Failure> {
    let meant: Vec<&SavedFunnel> = known
        .iter()
        .filter(|known| site.is_none_or(|site| known.site == site))
        .filter(|known| known.funnel == name || known.title == name)
        .collect();
    match meant.as_slice() {
        [one] => Ok(one),
        [] => Err(unknown(name, site, known)),
        several => {
            // The sample of the demo gives way to a site of the visitor's own.
            let own: Vec<_> = several
                .iter()
                .filter(|known| known.site != "demo")
                .collect();
            if let [one] = own.as_slice() {
                return Ok(one);
            }
            let sites: Vec<String> = several
                .iter()
                .map(|known| format!("--site {}", known.site))
                .collect();
            Err(Failure::usage(
                format!("several sites have a funnel `{name}`"),
                format!("say which: {}", sites.join(", or ")),
            ))
        }
    }
}

fn unknown(name: &str, site: Option<&str>, known: &[SavedFunnel]) -> Failure {
    if let Some(site) = site
        && !known.iter().any(|known| known.site == site)
    {
        let mut sites: Vec<&str> = known.iter().map(|known| known.site.as_str()).collect();
        sites.dedup();
        return Failure::usage(
            format!("no site `{site}` with funnels"),
            suggest::hint(site, "site", sites),
        );
    }
    let of_site = known
        .iter()
        .filter(|known| site.is_none_or(|site| known.site == site));
    let mut names: Vec<&str> = of_site.map(|known| known.funnel.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    Failure::usage(
        format!("no funnel `{name}`"),
        suggest::hint(name, "funnel", names),
    )
}

/// By its title, with the name that commands and SQL know it by.
fn called(funnel: &SavedFunnel) -> String {
    let title: String = funnel.title.chars().filter(|c| !c.is_control()).collect();
    match title.as_str() {
        "" => funnel.funnel.clone(),
        title => format!("{title} ({})", funnel.funnel),
    }
}

/// One line of the table before it is laid out.
struct Line {
    label: String,
    persons: String,
    of_start: String,
    of_previous: String,
    median: String,
    share: f64,
}

fn render(name: &SavedFunnel, steps: &[FunnelStep], terminal: &Terminal<'_>) -> String {
    let mut text = format!(
        "{}  site {}, last {DAYS} days\n\n",
        terminal.bold(&called(name)),
        name.site
    );
    let begun = steps.first().map_or(0, |step| step.persons);
    if begun == 0 {
        text.push_str("Nobody has begun this funnel yet.\n");
        return text;
    }
    let lines: Vec<Line> = steps.iter().map(|step| line(step, begun)).collect();
    let widest = |cell: fn(&Line) -> &str, title: &str| {
        lines
            .iter()
            .map(|line| cell(line).chars().count())
            .max()
            .unwrap_or(0)
            .max(title.len())
    };
    let label = widest(|line| &line.label, "step");
    let persons = widest(|line| &line.persons, "persons");
    let start = widest(|line| &line.of_start, "of start");
    let previous = widest(|line| &line.of_previous, "of previous");
    let median = widest(|line| &line.median, "median time");
    let used = label + persons + start + previous + median + 10;
    let bar_width = terminal.width.saturating_sub(used).clamp(BAR_MIN, BAR_MAX);
    let _ = writeln!(
        text,
        "{:label$}  {:>persons$}  {:>start$}  {:>previous$}  {:>median$}",
        "step", "persons", "of start", "of previous", "median time"
    );
    for line in &lines {
        let bar = terminal.styled("36", &bar(line.share, bar_width, terminal.rich));
        let _ = writeln!(
            text,
            "{:label$}  {:>persons$}  {:>start$}  {:>previous$}  {:>median$}  {bar}",
            line.label, line.persons, line.of_start, line.of_previous, line.median
        );
    }
    if let Some(note) = maturing(steps) {
        let _ = write!(text, "\n{note}\n");
    }
    text
}

fn line(step: &FunnelStep, begun: u64) -> Line {
    let percent = |share: Option<f64>| {
        share
            .filter(|share| share.is_finite())
            .map_or(String::new(), |share| format!("{:.1} %", share * 100.0))
    };
    let first = step.step_no <= 1;
    let label: String = step
        .step
        .chars()
        .filter(|c| !c.is_control())
        .take(LABEL_MAX)
        .collect();
    Line {
        label,
        persons: thousands(step.persons),
        of_start: percent(step.conversion_from_start),
        of_previous: if first {
            String::new()
        } else {
            percent(step.conversion_from_prev)
        },
        median: if first {
            String::new()
        } else {
            duration(step.median_s_from_prev)
        },
        share: ratio(step.persons, begun),
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    // Persons are far below 2^53, where this is exact.
    #[expect(clippy::cast_precision_loss, reason = "a bar needs no exact number")]
    let share = part as f64 / whole.max(1) as f64;
    share.clamp(0.0, 1.0)
}

/// A bar of block characters in eighths, or of `#` where there are none.
fn bar(share: f64, width: usize, rich: bool) -> String {
    let whole = |value: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 8 times the width of a terminal"
        )]
        let count = value.round() as usize;
        count
    };
    #[expect(clippy::cast_precision_loss, reason = "the width of a terminal")]
    let width = width as f64;
    if !rich {
        return "#".repeat(whole(share * width));
    }
    let eighths = whole(share * width * 8.0);
    let part = PARTS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{part}", "█".repeat(eighths / 8))
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// `42 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`.
fn duration(seconds: Option<f64>) -> String {
    let Some(seconds) = seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0) else {
        return String::new();
    };
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite, not negative, and saturating beyond any funnel's window"
    )]
    let seconds = seconds.round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

fn maturing(steps: &[FunnelStep]) -> Option<String> {
    match steps.iter().map(|step| step.maturing).sum() {
        0 => None,
        1 => Some(
            "1 person may still go further: the time the funnel allows is not over.".to_owned(),
        ),
        sum => Some(format!(
            "{} persons may still go further: the time the funnel allows is not over.",
            thousands(sum)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(no: u32, label: &str, persons: u64, median: Option<f64>) -> FunnelStep {
        FunnelStep {
            step_no: no,
            step: label.to_owned(),
            persons,
            conversion_from_start: Some(persons as f64 / 1200.0),
            conversion_from_prev: Some(0.5),
            drop_off: 1,
            median_s_from_prev: median,
            maturing: if no == 2 { 3 } else { 0 },
        }
    }

    fn name(site: &str, funnel: &str) -> SavedFunnel {
        SavedFunnel {
            site: site.to_owned(),
            funnel: funnel.to_owned(),
            title: String::new(),
            view: format!("funnel_{site}_{funnel}"),
        }
    }

    #[test]
    fn prints_a_table_with_bars() {
        let steps = [
            step(1, "Product", 1200, None),
            step(2, "Cart", 600, Some(95.0)),
            step(3, "Purchase", 60, Some(8000.0)),
        ];
        let text = render(
            &name("shop", "checkout"),
            &steps,
            &Terminal::plain(Vec::new()),
        );
        let expected = "\
checkout  site shop, last 30 days

step      persons  of start  of previous  median time
Product     1 200   100.0 %                            #########################
Cart          600    50.0 %       50.0 %   1 min 35 s  #############
Purchase       60     5.0 %       50.0 %   2 h 13 min  #

3 persons may still go further: the time the funnel allows is not over.
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_title_is_told_and_found_beside_the_name() {
        let mut titled = name("shop", "put_k_zayavke");
        titled.title = "Путь к \u{1b}[31mзаявке".to_owned();
        let text = render(
            &titled,
            &[step(1, "Product", 1200, None)],
            &Terminal::plain(Vec::new()),
        );
        assert!(
            text.starts_with("Путь к [31mзаявке (put_k_zayavke)  site shop"),
            "{text}"
        );
        titled.title = "Путь к заявке".to_owned();
        let known = [titled];
        assert_eq!(
            choose("Путь к заявке", None, &known).unwrap().funnel,
            "put_k_zayavke"
        );
        assert_eq!(
            choose("put_k_zayavke", None, &known).unwrap().title,
            "Путь к заявке"
        );
    }

    #[test]
    fn an_empty_funnel_says_so() {
        let steps = [step(1, "Product", 0, None)];
        let text = render(
            &name("shop", "checkout"),
            &steps,
            &Terminal::plain(Vec::new()),
        );
        assert!(
            text.ends_with("Nobody has begun this funnel yet.\n"),
            "{text}"
        );
    }

    #[test]
    fn blocks_show_eighths() {
        assert_eq!(bar(0.5, 4, true), "██");
        assert_eq!(bar(0.25, 2, true), "▌");
        assert_eq!(bar(0.0, 4, true), "");
        assert_eq!(bar(1.0, 4, false), "####");
    }

    #[test]
    fn times_are_told_in_two_units() {
        for (seconds, told) in [
            (0.2, "0.2 s"),
            (42.0, "42 s"),
            (185.0, "3 min 5 s"),
            (356_400.0, "4 d 3 h"),
        ] {
            assert_eq!(duration(Some(seconds)), told);
        }
        assert_eq!(duration(Some(f64::NAN)), "");
    }

    #[test]
    fn an_unknown_funnel_is_told_which_exist() {
        let known = [
            name("blog", "signup"),
            name("shop", "checkout"),
            name("shop", "lead"),
        ];
        assert_eq!(choose("checkout", None, &known).unwrap().site, "shop");
        let failure = choose("chekout", None, &known).unwrap_err();
        assert_eq!(failure.hint(), "did you mean `checkout`?");
        let failure = choose("zzz", Some("shop"), &known).unwrap_err();
        assert_eq!(failure.hint(), "the funnels that exist: `checkout`, `lead`");
        let failure = choose("checkout", Some("shp"), &known).unwrap_err();
        assert_eq!(failure.hint(), "did you mean `shop`?");
    }

    #[test]
    fn a_name_of_several_sites_needs_the_site_unless_one_is_the_sample() {
        let known = [name("demo", "checkout"), name("shop", "checkout")];
        assert_eq!(choose("checkout", None, &known).unwrap().site, "shop");
        assert_eq!(
            choose("checkout", Some("demo"), &known).unwrap().site,
            "demo"
        );
        let known = [name("blog", "checkout"), name("shop", "checkout")];
        let failure = choose("checkout", None, &known).unwrap_err();
        assert_eq!(failure.hint(), "say which: --site blog, or --site shop");
    }
}
