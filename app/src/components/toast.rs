//! Short sentences about what has just been done, in a corner of every page, with a way to undo it. They belong to the frame
//! of the pages: one outlives the page that said it, and is said in whichever language is chosen meanwhile.

use std::{future::Future, sync::Arc, time::Duration};

use futures::{FutureExt, future::LocalBoxFuture};
use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*, server_fn::ServerFn};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use web_sys::{FocusEvent, HtmlElement, KeyboardEvent, Node};

use crate::{api::error::UiError, language::use_language};

/// How long one is shown that nobody points at, and that has not the focus.
const LINGER: Duration = Duration::from_secs(8);
/// Shown at once; one more takes the place of the oldest.
const MOST: usize = 3;

/// A sentence in the language of the page at the time when it is shown.
pub type Text = Arc<dyn Fn() -> String + Send + Sync>;
type Undo = Arc<dyn Fn() -> LocalBoxFuture<'static, Result<(), Text>> + Send + Sync>;

/// One of them.
#[derive(Clone)]
pub struct Toast {
    text: Text,
    undo: Option<Undo>,
    trouble: bool,
}

impl Toast {
    pub fn new(text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self { text: Arc::new(text), undo: None, trouble: false }
    }

    /// With a button that does this, which fails with the reason.
    #[must_use]
    pub fn with_undo<F>(self, undo: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), Text>> + 'static,
    {
        Self { undo: Some(Arc::new(move || undo().boxed_local())), ..self }
    }

    /// Whether something went wrong: then it stays until somebody closes it.
    #[must_use]
    pub fn trouble(self, trouble: bool) -> Self {
        Self { trouble, ..self }
    }
}

/// Those that are shown, and how to show another.
#[derive(Clone, Copy)]
pub struct Toasts {
    /// Oldest first, each with its number.
    shown: RwSignal<Vec<(u64, Toast)>>,
    /// How many there have been.
    said: StoredValue<u64>,
    undone: RwSignal<u64>,
}

impl Toasts {
    fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), said: StoredValue::new(0), undone: RwSignal::new(0) }
    }

    pub fn show(self, toast: Toast) {
        self.said.update_value(|said| *said += 1);
        let number = self.said.get_value();
        self.shown.update(|shown| {
            shown.push((number, toast));
            let over = shown.len().saturating_sub(MOST);
            shown.drain(..over);
        });
    }

    /// How often something was undone. A page that does not hear of changes otherwise asks again when this changes.
    pub fn undone(self) -> u64 {
        self.undone.get()
    }

    fn remove(self, number: u64) {
        self.shown.update(|shown| shown.retain(|(other, _)| *other != number));
    }

    /// Undoes it, whatever becomes of the page meanwhile.
    fn undo(self, undo: Undo) {
        leptos::task::spawn_local(async move {
            match undo().await {
                Ok(()) => {
                    self.undone.update(|undone| *undone += 1);
                    self.show(Toast::new(|| t!("Undone.").to_owned()));
                }
                Err(why) => self.show(Toast { text: why, undo: None, trouble: true }),
            }
        });
    }
}

/// Provides [`Toasts`] to all pages.
pub fn provide_toasts() {
    provide_context(Toasts::new());
}

/// What [`provide_toasts`] provided.
pub fn use_toasts() -> Toasts {
    expect_context()
}

/// Says so each time when an action has succeeded.
pub fn say_when_done<S>(action: ServerAction<S>, text: impl Fn() -> String + Clone + Send + Sync + 'static)
where
    S: ServerFn<Error = UiError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let (toasts, value) = (use_toasts(), action.value());
    Effect::new(move |_| {
        if value.with(|value| matches!(value, Some(Ok(_)))) {
            toasts.show(Toast::new(text.clone()));
        }
    });
}

/// Where they are shown. It is always there: what comes into it is spoken by screen readers.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    let region = NodeRef::<html::Div>::new();
    let held = move || {
        region.get_untracked().is_some_and(|region| region.matches(":hover, :focus-within").unwrap_or_default())
    };
    let has = move |node: &Node| region.get_untracked().is_some_and(|region| region.contains(Some(node)));
    // What had the focus before it came here.
    let left = StoredValue::new(None::<SendWrapper<HtmlElement>>);
    let on_focus = move |event: FocusEvent| {
        let from = event.related_target().and_then(|from| from.dyn_into::<HtmlElement>().ok());
        if from.as_ref().is_none_or(|from| !has(from)) {
            left.set_value(from.map(SendWrapper::new));
        }
    };
    // The focus leaves before the button does, which would take it along.
    let close = Callback::new(move |number: u64| {
        let focused = document().active_element().filter(|element| has(element));
        if let Some(focused) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            // Neither fails; what is no longer on the page takes no focus.
            let _ = focused.blur();
            let _ = left.get_value().map(|left| left.focus());
        }
        toasts.remove(number);
    });
    view! {
        <div class="toasts" node_ref=region role="status" aria-atomic="false" on:focusin=on_focus>
            <For
                each=move || toasts.shown.get()
                key=|(number, _)| *number
                children=move |(number, toast)| {
                    let close = move || close.run(number);
                    if !toast.trouble {
                        leave_after_a_while(held, close);
                    }
                    view! { <Message toast close /> }.into_any()
                }
            />
        </div>
    }
    // The frame of every page is one type: without an end it is too deep for the compiler.
    .into_any()
}

#[component]
fn Message(toast: Toast, close: impl Fn() + Copy + Send + 'static) -> impl IntoView {
    let (toasts, language) = (use_toasts(), use_language());
    let in_language = move |word: fn() -> &'static str| {
        move || {
            language.get();
            word()
        }
    };
    let Toast { text, undo, trouble } = toast;
    let text = move || {
        language.get();
        text()
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            close();
        }
    };
    let undo = undo.map(|undo| {
        let take_back = move |_| {
            close();
            toasts.undo(Arc::clone(&undo));
        };
        view! { <button class="button" type="button" on:click=take_back>{in_language(|| t!("Undo"))}</button> }
    });
    view! {
        <div class="toast" class:trouble=trouble on:keydown=on_key>
            <p>{text}</p>
            {undo}
            <button
                class="button quiet icon"
                type="button"
                aria-label=in_language(|| t!("Close"))
                on:click=move |_| close()
            >
                <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true">
                    <path class="icon-line" d="M6 6 18 18M18 6 6 18"></path>
                </svg>
            </button>
        </div>
    }
}

/// Closes what calls this once it has lingered and nobody is at it. Only browsers run effects.
fn leave_after_a_while(held: impl Fn() -> bool + Copy + 'static, close: impl Fn() + Copy + 'static) {
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| linger(waiting, held, close));
    on_cleanup(move || {
        if let Some(Some(waiting)) = waiting.try_get_value() {
            waiting.clear();
        }
    });
}

fn linger(
    waiting: StoredValue<Option<TimeoutHandle>>,
    held: impl Fn() -> bool + Copy + 'static,
    close: impl Fn() + Copy + 'static,
) {
    let over = move || if held() { linger(waiting, held, close) } else { close() };
    waiting.set_value(set_timeout_with_handle(over, LINGER).ok());
}

#[cfg(test)]
mod tests {
    use leptos::prelude::{GetUntracked, Owner};

    use super::{MOST, Toast, Toasts};

    #[test]
    fn the_oldest_makes_room() {
        Owner::new().with(|| {
            let toasts = Toasts::new();
            let said = || toasts.shown.get_untracked().iter().map(|(_, toast)| (toast.text)()).collect::<Vec<_>>();
            for number in 1..=MOST + 1 {
                toasts.show(Toast::new(move || number.to_string()));
            }
            assert_eq!(said(), ["2", "3", "4"]);
            toasts.remove(3);
            toasts.show(Toast::new(|| "new".to_owned()));
            assert_eq!(said(), ["2", "4", "new"]);
        });
    }
}
