//! The trend of a funnel: each day, week or month as if it had been asked for alone.

use clickhouse::Client;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use crate::compare::{self, Tally};
use crate::funnel_modes::{Asked, Entry, is_maturing, quartile, wilson};
use crate::numbers::{Question, Values, count, rate};

/// The trend against the reference of each period; and what `weir_fn.funnel_by` says of each, against the same.
pub(crate) async fn compare(
    client: &Client,
    tally: &mut Tally,
    asked: &Asked<'_>,
    how: (&str, bool),
    period: &str,
    now: Timestamp,
) {
    whole(client, tally, asked, how, period, now).await;
    each_period_alone(client, tally, asked, period, now).await;
}

impl Asked<'_> {
    /// The days, weeks or months that it consists of, each with its first day and asked for alone: of the first and the last,
    /// the days that were asked for.
    fn periods(&self, period: &str) -> Vec<(Date, Self)> {
        let mut all = Vec::new();
        let mut from = self.from;
        while from <= self.to {
            let first = match period {
                "week" => from - i64::from(from.weekday().to_monday_zero_offset()).days(),
                "month" => from.first_of_month(),
                _ => from,
            };
            let next = match period {
                "week" => first + 7.days(),
                "month" => first + 1.month(),
                _ => first + 1.day(),
            };
            let to = next.yesterday().unwrap().min(self.to);
            let alone = Self {
                from,
                to,
                ..self.clone()
            };
            all.push((first, alone));
            from = next;
        }
        all
    }
}

/// What a trend says of one period: all who entered in it, whatever they did in others.
fn of_period(asked: &Asked<'_>, now: Timestamp) -> Option<Vec<Option<f64>>> {
    let entries = asked.entries();
    if entries.is_empty() {
        return None;
    }
    let last = asked.steps.len();
    let done: Vec<&Entry> = entries
        .values()
        .filter(|entry| entry.level() == last)
        .collect();
    let (entered, converted) = (entries.len() as f64, done.len() as f64);
    let mut took: Vec<i64> = done
        .iter()
        .map(|entry| entry.step_at[last - 1] - entry.step_at[0])
        .collect();
    let (low, high) = wilson(converted, entered);
    let maturing = entries
        .values()
        .filter(|entry| entry.level() < last && is_maturing(entry, asked.site, now))
        .count();
    Some(vec![
        Some(entered),
        Some(converted),
        count(maturing),
        quartile(&mut took, 2),
        rate(converted, entered),
        low,
        high,
    ])
}

async fn whole(
    client: &Client,
    tally: &mut Tally,
    asked: &Asked<'_>,
    (arguments, is_one_text): (&str, bool),
    period: &str,
    now: Timestamp,
) {
    let expected = asked
        .periods(period)
        .into_iter()
        .filter_map(|(first, alone)| {
            let numbers = of_period(&alone, now)?;
            Some((vec![first.to_string()], Values::numbers(numbers)))
        })
        .collect();
    let question = Question {
        key: &["entry_period"],
        texts: &[],
        numbers: &[
            "entered",
            "converted",
            "maturing",
            "median_s",
            "conversion",
            "ci_low",
            "ci_high",
        ],
        from: format!("weir_fn.funnel_trend({arguments}, period = '{period}')"),
    };
    let question = (question, is_one_text);
    asked.compare(client, tally, question, expected).await;
}

/// The funnel of each period, asked for that period alone, says what the trend says of it.
async fn each_period_alone(
    client: &Client,
    tally: &mut Tally,
    asked: &Asked<'_>,
    period: &str,
    now: Timestamp,
) {
    let last = asked.steps.len();
    let quoted: Vec<String> = asked
        .texts
        .iter()
        .map(|text| compare::quote(text))
        .collect();
    for (first, alone) in asked.periods(period).into_iter().step_by(3) {
        let numbers = of_period(&alone, now)
            .unwrap_or_else(|| vec![Some(0.0), Some(0.0), Some(0.0), None, None, None, None]);
        // Of a funnel of one step, nobody asks for the time.
        let compared = if last > 1 { 4 } else { 3 };
        let expected = [(
            vec![first.to_string()],
            Values::numbers(numbers.into_iter().take(compared).collect()),
        )];
        let Asked {
            site,
            mode_name,
            unit,
            from,
            to,
            ..
        } = alone;
        let funnel = format!(
            "weir_fn.funnel_by(site = '{}', steps = [{}], window_s = {}, mode = '{mode_name}', unit = '{unit}', \
             breakdown = '', from = '{from}', to = '{to}')",
            site.id,
            quoted.join(", "),
            site.window_ms / 1000
        );
        let question = Question {
            key: &["entry_period"],
            texts: &[],
            numbers: &["entered", "converted", "maturing", "median_s"][..compared],
            from: format!(
                "(SELECT '{first}' AS entry_period, sumIf(units, step_no = 1) AS entered, \
                 sumIf(units, step_no = {last}) AS converted, sum(funnel.maturing) AS maturing, \
                 maxIf(median_s_from_start, step_no = {last}) AS median_s FROM {funnel} AS funnel)"
            ),
        };
        question
            .compare(client, tally, expected.into_iter().collect())
            .await;
    }
}
