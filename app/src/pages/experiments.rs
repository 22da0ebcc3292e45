//! Experiments: the list, and making one.

use domain::experiment::ExperimentView;
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api::{
        experiments::{CreateExperiment, list_experiments},
        list_page::ListPage,
    },
    components::{
        error::{FormAlert, FormError},
        field::Field,
        format,
        list_pages::{ListPages, use_cursor},
        loaded::loaded,
        tags::Tags,
    },
    language::in_language,
};

#[component]
pub fn Experiments() -> impl IntoView {
    let cursor = use_cursor();
    let resource = Resource::new_blocking(move || cursor.get(), list_experiments);
    let create = ServerAction::<CreateExperiment>::new();
    let error = FormError::of(create);
    in_language(move || {
        view! {
            <Title text=t!("Experiments") />
            <div class="head"><h1>{t!("Experiments")}</h1></div>
            <ActionForm action=create attr:class="form upload">
                <h2>{t!("New experiment")}</h2>
                <p class="sub">{t!("Jobs that belong together, compared on one page.")}</p>
                <div class="new-experiment">
                    <Field label=t!("Name") for_id="experiment-name" error=error.field("name")>
                        <input id="experiment-name" name="name" type="text" dir="auto" maxlength="200" required />
                    </Field>
                    <button class="button primary" type="submit" disabled=move || create.pending().get()>
                        {t!("Create")}
                    </button>
                </div>
                <FormAlert error />
            </ActionForm>
            {loaded(resource, marked!("Experiments"), |page| view! { <List page /> })}
        }
    })
}

#[component]
fn List(page: ListPage<ExperimentView>) -> impl IntoView {
    let ListPage { items, beside } = page;
    if items.is_empty() && beside.newer.is_none() {
        return view! {
            <section class="empty">
                <h2>{t!("No experiments yet")}</h2>
                <p>
                    {t!(
                        "Give one a name above, then put jobs into it: in the training form, or from the list of jobs."
                    )}
                </p>
            </section>
        }
        .into_any();
    }
    let rows = items.into_iter().map(|experiment| {
        let active = (experiment.active > 0).then(|| {
            view! { <span class="tag">{t!("{n} active", n = format::count(experiment.active))}</span> }
        });
        view! {
            <tr>
                <td class="job-name">
                    <A href=format!("/experiments/{}", experiment.id)><bdi>{experiment.name}</bdi></A>
                    {active}
                    <Tags tags=experiment.tags />
                </td>
                <td class="number">{format::count(experiment.jobs)}</td>
                <td class="wide">{format::moment(experiment.updated_at)}</td>
            </tr>
        }
    });
    view! {
        <div class="section-head"><h2>{t!("All experiments")}</h2></div>
        <div class="table-scroll">
            <table class="jobs">
                <thead>
                    <tr>
                        <th scope="col" class="job-name">{t!("Name")}</th>
                        <th scope="col" class="number">{t!("Jobs")}</th>
                        <th scope="col" class="wide">{t!("Changed")}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <ListPages beside />
    }
    .into_any()
}
