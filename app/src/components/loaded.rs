//! Content that has to be fetched: a skeleton while it comes, a way to try again when it does not.

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    api::error::UiError,
    components::error::LoadError,
    language::{in_language, translate},
};

/// Where something is still to come.
#[component]
pub fn Skeleton() -> impl IntoView {
    view! { <div class="skeleton" aria-hidden="true"><i></i><i></i><i></i></div> }
}

/// Shows `resource` by `show` once it is there. `what` names it when it is not: "Job", yet to be translated. What `show` makes
/// stays until other content comes; its views are made anew in another language if they are made [`in_language`].
pub fn loaded<T, V>(
    resource: Resource<Result<T, UiError>>,
    what: &'static str,
    show: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    let retry = Callback::new(move |()| resource.refetch());
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    match resource.await {
                        Ok(value) => show(value).into_any(),
                        Err(error) => in_language(move || {
                            view! { <LoadError error=error.clone() what=translate(what) retry=retry /> }
                        })
                        .into_any(),
                    }
                })
            }}
        </Transition>
    }
}
