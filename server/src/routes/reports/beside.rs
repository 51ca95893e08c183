//! The tables that an answer sets beside each other: of its period, of the one that it is compared with, and of its days that are
//! over.

use super::asked::{Asked, Only};
use super::catalogue::Report;
use super::period::{Compare, Period};
use super::{ask, check_columns};
use crate::cli::Language;
use crate::routes::{ApiError, App};
use crate::sql::{SqlError, Table};

/// The table of the period that was asked for, then those of the others, where there are any; without what is not wanted.
pub(super) async fn tables(
    app: &App,
    report: &Report,
    asked: &Asked,
    others: [Option<Period>; 2],
    language: Language,
) -> Result<(Table, [Option<Table>; 2]), ApiError> {
    // A year apart, what lies between would be read for nothing. With a filter, an order is of a visit of its own period.
    let periods = match (asked.only, others) {
        (Only::Both, [one, other]) => [Some(asked.period), one, other],
        (Only::Rows, _) => [Some(asked.period), None, None],
        (Only::Compared, [one, other]) => [None, one, other],
    };
    let at_once = report.at_once.filter(|_| {
        periods.iter().flatten().count() > 1
            && asked.compare == Compare::Previous
            && asked.filters.is_empty()
    });
    let [own, one, other] = match at_once {
        Some(sql) => together(app, report, asked, periods, sql, language).await?,
        None => each(app, report, asked, periods, language).await?,
    };
    Ok((own.unwrap_or_default(), [one, other]))
}

/// Each of them by a question of its own.
async fn each(
    app: &App,
    report: &Report,
    asked: &Asked,
    periods: [Option<Period>; 3],
    language: Language,
) -> Result<[Option<Table>; 3], ApiError> {
    let of = |period: Option<Period>| async move {
        let Some(period) = period else {
            return Ok(None);
        };
        let asked = Asked {
            period,
            ..asked.clone()
        };
        let table = ask(app, &asked.question((report.sql)(&asked)), language).await?;
        check_columns(report, &report.columns_of(&asked), &table)?;
        Ok::<_, ApiError>(Some(table))
    };
    let [own, one, other] = periods;
    let (own, one, other) = tokio::try_join!(of(own), of(one), of(other))?;
    Ok([own, one, other])
}

/// All of them by one question, whose rows begin with the number of their period.
async fn together(
    app: &App,
    report: &Report,
    asked: &Asked,
    wanted: [Option<Period>; 3],
    sql: fn(&Asked) -> String,
    language: Language,
) -> Result<[Option<Table>; 3], ApiError> {
    let periods: Vec<Period> = wanted.into_iter().flatten().collect();
    let first = periods.iter().map(|period| period.from).min();
    let last = periods.iter().map(|period| period.to).max();
    let all = Asked {
        period: Period {
            from: first.unwrap_or(asked.period.from),
            to: last.unwrap_or(asked.period.to),
        },
        ..asked.clone()
    };
    let days = |day: fn(&Period) -> String| periods.iter().map(day).collect();
    let question = all
        .question(sql(&all))
        .texts("froms", days(|period| period.from.to_string()))
        .texts("tos", days(|period| period.to.to_string()));
    let answer = ask(app, &question, language).await?;

    let columns: Vec<String> = answer.columns.into_iter().skip(1).collect();
    let mut tables = vec![
        Table {
            columns,
            rows: Vec::new(),
        };
        periods.len()
    ];
    for mut row in answer.rows {
        let table = row
            .first()
            .and_then(serde_json::Value::as_u64)
            .and_then(|no| usize::try_from(no).ok()?.checked_sub(1))
            .and_then(|no| tables.get_mut(no));
        let Some(table) = table else {
            let why = format!("the report `{}` has a row of no period", report.id);
            return Err(SqlError::Unreadable(why).into());
        };
        row.remove(0);
        table.rows.push(row);
    }
    let columns = report.columns_of(asked);
    for table in &tables {
        check_columns(report, &columns, table)?;
    }
    let mut tables = tables.into_iter();
    Ok(wanted.map(|period| period.and_then(|_| tables.next())))
}
