//! All jobs: found by a query, sorted, with the columns one wants, and many at once.

use std::collections::HashSet;

use domain::{
    JobId, Timestamp,
    job::{JobQuery, JobSummary},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    components::{A, Form},
    hooks::use_query_map,
};

use super::{
    jobs_bulk::{Bulk, provide_experiments, use_bulk},
    jobs_columns::{Columns, possible_columns},
};
use crate::{
    api::jobs::{BulkJobs, JobList, list_jobs},
    components::{
        connection::ConnectionDot,
        format,
        job_table::{JobTable, ListTools},
        loaded::loaded,
    },
    language::{in_language, said},
    live::{UserJobs, use_user_jobs},
    return_to::encode_component,
};

/// What the address says.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    query: String,
    sort: String,
    columns: Vec<String>,
    cursor: String,
}

impl Asked {
    /// The address of the same list in another order, or of another page of it.
    fn address(&self, sort: &str, cursor: &str) -> String {
        let mut pairs = vec![("query", self.query.as_str()), ("sort", sort), ("cursor", cursor)];
        pairs.extend(self.columns.iter().map(|name| ("columns", name.as_str())));
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encode_component(value))).collect();
        if pairs.is_empty() { "/jobs".to_owned() } else { format!("/jobs?{}", pairs.join("&")) }
    }
}

#[component]
pub fn Jobs() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| Asked {
            query: query.get("query").unwrap_or_default(),
            sort: query.get("sort").unwrap_or_default(),
            columns: query.get_all("columns").unwrap_or_default(),
            cursor: query.get("cursor").unwrap_or_default(),
        })
    });
    let wrong =
        Memo::new(move |_| asked.with(|asked| JobQuery::parse(&asked.query).err().map(|error| error.to_string())));
    let resource = Resource::new_blocking(
        move || asked.get(),
        |asked| async move {
            // What is wrong with the query is said beside it.
            let query = if JobQuery::parse(&asked.query).is_ok() { asked.query } else { String::new() };
            list_jobs(query, asked.sort, asked.cursor, asked.columns).await
        },
    );
    let hidden = move || {
        let asked = asked.get();
        let columns = asked.columns.into_iter().map(|name| view! { <input type="hidden" name="columns" value=name /> });
        view! {
            {(!asked.sort.is_empty()).then(|| view! { <input type="hidden" name="sort" value=asked.sort /> })}
            {columns.collect_view()}
        }
    };
    provide_experiments();
    let head = in_language(move || {
        view! {
            <Title text=t!("Jobs") />
            <div class="head">
                <h1>{t!("Jobs")}</h1>
                <A href="/train" attr:class="button primary">{t!("New training")}</A>
            </div>
            <Form method="GET" action="" attr:class="filters query">
                <label for="query" class="visually-hidden">{t!("Query")}</label>
                <input
                    id="query"
                    name="query"
                    type="search"
                    dir="ltr"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="status:running lr<0.01 accuracy>0.9 iris"
                    aria-describedby="query-help"
                    aria-invalid=move || wrong.get().map(|_| "true")
                    prop:value=move || asked.with(|asked| asked.query.clone())
                    value=asked.get_untracked().query
                />
                {hidden}
                <button class="button" type="submit">{t!("Filter")}</button>
            </Form>
            {move || wrong.get().map(|why| view! { <p class="field-error" role="alert">{said(&why)}</p> })}
            <details class="query-help" id="query-help">
                <summary>{t!("How to ask")}</summary>
                <QueryHelp />
            </details>
        }
    });
    let list = loaded(resource, marked!("Jobs"), move |list| {
        let nothing = JobList { jobs: Vec::new(), metrics: Vec::new(), count: 0, next_cursor: None };
        let list = if wrong.get_untracked().is_some() { nothing } else { list };
        let listed = Listed::of(list, asked.get_untracked());
        in_language(move || view! { <Content listed=listed.clone() /> })
    });
    view! {
        {head}
        {list}
    }
}

#[component]
fn QueryHelp() -> impl IntoView {
    let rows = [
        ("iris", t!("name, dataset or target contains it")),
        ("status:running,queued", t!("one of these states; also active and ended")),
        ("lr<0.01 batch_size=32", t!("parameters; numbers with = != < <= > >=")),
        ("accuracy>90%", t!("a metric of the test rows, or of the validation rows until there are any")),
        ("validation_loss<0.2", t!("a metric of these rows")),
        ("optimizer:adamw model:mlp", t!("words")),
        ("tag:baseline", t!("a tag; \"two words\" in quotes")),
        ("created<7d duration>5m", t!("less than seven days ago, longer than five minutes")),
        ("-status:failed", t!("not")),
    ];
    let row = |(query, meaning): (&'static str, &'static str)| {
        view! { <div><dt><code dir="ltr">{query}</code></dt><dd>{meaning}</dd></div> }
    };
    view! { <dl class="facts">{rows.map(row).into_iter().collect_view()}</dl> }
}

/// A list as it was fetched and has moved since, and what is done with it.
#[derive(Clone)]
struct Listed {
    asked: Asked,
    feed: UserJobs,
    chosen: RwSignal<HashSet<JobId>>,
    bulk: ServerAction<BulkJobs>,
    /// Names of columns.
    possible: Vec<String>,
    count: u64,
    /// The address of the next page.
    older: Option<String>,
}

impl Listed {
    fn of(list: JobList, asked: Asked) -> Self {
        // A new job goes on top of the newest ones; in another order nobody knows where it belongs before it is asked for.
        let newest_first = asked.cursor.is_empty() && (asked.sort.is_empty() || asked.sort == "-created_at");
        // Nothing belongs to what cannot be read.
        let query = JobQuery::parse(&asked.query).ok();
        // What is older than the last row is on another page.
        let last = list.jobs.last().map(|job| job.job_id).filter(|_| list.next_cursor.is_some());
        let belongs = move |job: &JobSummary| {
            // Only browsers hear of new jobs.
            let now = Timestamp((js_sys::Date::now() * 1_000.0) as i64);
            let wanted = query.as_ref().is_some_and(|query| query.matches(job, now));
            newest_first && last.is_none_or(|last| job.job_id > last) && wanted
        };
        let chosen = RwSignal::new(HashSet::new());
        Self {
            possible: possible_columns(list.metrics, &list.jobs, &asked.columns),
            older: list.next_cursor.map(|cursor| asked.address(&asked.sort, &cursor)),
            feed: use_user_jobs(list.jobs, belongs),
            chosen,
            bulk: use_bulk(chosen),
            count: list.count,
            asked,
        }
    }
}

#[component]
fn Content(listed: Listed) -> impl IntoView {
    let Listed { asked, feed, chosen, bulk, possible, count, older } = listed;
    let filtered = !asked.query.is_empty();
    let none = move || feed.jobs.with(Vec::is_empty);
    let tools = StoredValue::new(ListTools {
        columns: asked.columns.clone(),
        sort: if asked.sort.is_empty() { "-created_at".to_owned() } else { asked.sort.clone() },
        address: {
            let asked = asked.clone();
            Callback::new(move |sort: String| asked.address(&sort, ""))
        },
        chosen,
    });
    view! {
        <div class="section-head">
            <div class="row">
                <p class="sub">{format::counted(count, t!("job"), t!("jobs"))}</p>
                <ConnectionDot connection=feed.connection />
            </div>
            <div class="row">
                <Columns query=asked.query sort=asked.sort shown=asked.columns possible />
            </div>
        </div>
        <Show
            when=move || !none()
            fallback=move || {
                view! {
                    <section class="empty">
                        <h2>{if filtered { t!("No job matches") } else { t!("No jobs yet") }}</h2>
                        {if filtered {
                            view! { <p><A href="/jobs">{t!("Show all jobs")}</A></p> }.into_any()
                        } else {
                            view! {
                                <p><A href="/train" attr:class="button primary">{t!("Start the first training")}</A></p>
                            }
                            .into_any()
                        }}
                    </section>
                }
            }
        >
            <Bulk bulk chosen>
                <JobTable jobs=feed tools=tools.get_value() />
            </Bulk>
        </Show>
        <p class="pages">{older.map(|older| view! { <A href=older>{t!("More jobs")}</A> })}</p>
    }
}
