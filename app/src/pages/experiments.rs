//! Experiments: the list, and making one.

use domain::experiment::ExperimentView;
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api::experiments::{CreateExperiment, list_experiments},
    components::{
        error::{FormAlert, FormError},
        field::Field,
        format,
        loaded::loaded,
        tags::Tags,
    },
};

#[component]
pub fn Experiments() -> impl IntoView {
    let resource = Resource::new_blocking(|| (), |()| list_experiments());
    let create = ServerAction::<CreateExperiment>::new();
    let error = FormError::of(create);
    view! {
        <Title text="Experiments" />
        <div class="head"><h1>"Experiments"</h1></div>
        <ActionForm action=create attr:class="form upload">
            <h2>"New experiment"</h2>
            <p class="sub">"Jobs that belong together, compared on one page."</p>
            <div class="new-experiment">
                <Field label="Name" for_id="experiment-name" error=error.field("name")>
                    <input id="experiment-name" name="name" type="text" maxlength="200" required />
                </Field>
                <button class="button primary" type="submit" disabled=move || create.pending().get()>"Create"</button>
            </div>
            <FormAlert error />
        </ActionForm>
        {loaded(resource, "Experiments", |experiments| view! { <List experiments /> })}
    }
}

#[component]
fn List(experiments: Vec<ExperimentView>) -> impl IntoView {
    if experiments.is_empty() {
        return view! {
            <section class="empty">
                <h2>"No experiments yet"</h2>
                <p>"Give one a name above, then put jobs into it: in the training form, or from the list of jobs."</p>
            </section>
        }
        .into_any();
    }
    let rows = experiments.into_iter().map(|experiment| {
        let active = (experiment.active > 0).then(|| {
            view! { <span class="tag">{format!("{} active", format::count(experiment.active))}</span> }
        });
        view! {
            <tr>
                <td class="job-name">
                    <A href=format!("/experiments/{}", experiment.id)>{experiment.name}</A>
                    {active}
                    <Tags tags=experiment.tags />
                </td>
                <td class="number">{format::count(experiment.jobs)}</td>
                <td class="wide">{format::moment(experiment.updated_at)}</td>
            </tr>
        }
    });
    view! {
        <div class="section-head"><h2>"All experiments"</h2></div>
        <div class="table-scroll">
            <table class="jobs">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="number">"Jobs"</th>
                        <th scope="col" class="wide">"Changed"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
