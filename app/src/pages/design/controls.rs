//! Buttons, fields, and what is chosen from.

use leptos::prelude::*;

use crate::components::field::Field;

#[component]
pub fn Buttons() -> impl IntoView {
    let kinds = ["button", "button primary", "button quiet", "button dangerous", "button large"];
    let row = |class: &'static str| {
        view! {
            <tr>
                <th scope="row"><code>{class}</code></th>
                <td><button class=class type="button">"Start"</button></td>
                <td><button class=class type="button" disabled>"Start"</button></td>
                <td><button class=class type="button" disabled aria-busy="true">"Starting"</button></td>
                <td><a class=class href="/design">"Start"</a></td>
            </tr>
        }
    };
    let cross = view! {
        <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
            <path class="icon-line" d="M6 6 18 18M18 6 6 18"></path>
        </svg>
    };
    view! {
        <h2>"Buttons"</h2>
        <div class="table-scroll" tabindex="0" role="group" aria-label="Buttons">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Class"</th>
                        <th scope="col">"At rest"</th>
                        <th scope="col">"Disabled"</th>
                        <th scope="col">"Busy"</th>
                        <th scope="col">"Link"</th>
                    </tr>
                </thead>
                <tbody>
                    {kinds.map(row).into_iter().collect_view()}
                    <tr>
                        <th scope="row"><code>"button quiet icon"</code></th>
                        <td colspan="4">
                            <button class="button quiet icon" type="button" aria-label="Cross" title="A title is the tooltip">
                                {cross}
                            </button>
                        </td>
                    </tr>
                </tbody>
            </table>
        </div>
    }
}

#[component]
pub fn Fields() -> impl IntoView {
    let wrong = Signal::derive(|| Some("Must be more than 0.".to_owned()));
    let text = |id: &'static str, value: &'static str, disabled: bool| {
        view! { <input id=id type="text" dir="auto" placeholder="That of the file" value=value disabled=disabled /> }
    };
    view! {
        <h2>"Fields"</h2>
        <div class="columns-3">
            <Field label="Empty" for_id="design-empty">{text("design-empty", "", false)}</Field>
            <Field label="Filled" for_id="design-filled">{text("design-filled", "wine", false)}</Field>
            <Field label="With a hint" for_id="design-hint" hint="With commas between them.">
                {text("design-hint", "", false)}
            </Field>
            <Field label="Wrong" for_id="design-wrong" error=wrong>{text("design-wrong", "-1", false)}</Field>
            <Field label="Disabled" for_id="design-disabled">{text("design-disabled", "wine", true)}</Field>
            <Field label="File" for_id="design-file"><input id="design-file" type="file" /></Field>
            <Field label="Number" for_id="design-number">
                <input id="design-number" type="number" min="1" value="32" />
            </Field>
            <Field label="Note" for_id="design-note">
                <textarea id="design-note" dir="auto" rows="3">"Markdown."</textarea>
            </Field>
        </div>
    }
}

#[component]
pub fn Choices() -> impl IntoView {
    let options = || {
        let option = |name: &'static str| view! { <option value=name>{name}</option> };
        ["adam", "adamw", "sgd"].map(option).into_iter().collect_view()
    };
    let wrong = Signal::derive(|| Some("Is not one of the choices.".to_owned()));
    view! {
        <h2>"Choices"</h2>
        <div class="columns-3">
            <Field label="Select" for_id="design-select"><select id="design-select">{options()}</select></Field>
            <Field label="Select, wrong" for_id="design-select-wrong" error=wrong>
                <select id="design-select-wrong">{options()}</select>
            </Field>
            <Field label="Select, disabled" for_id="design-select-disabled">
                <select id="design-select-disabled" disabled>{options()}</select>
            </Field>
            <Field label="Of many words" for_id="design-words" hint="Offers what fits; takes everything.">
                <input id="design-words" dir="auto" list="design-list" />
                <datalist id="design-list">{options()}</datalist>
            </Field>
            <fieldset>
                <legend>"Check boxes"</legend>
                <div class="checks">
                    <label class="check"><input type="checkbox" />"Off"</label>
                    <label class="check"><input type="checkbox" checked />"On"</label>
                    <label class="check"><input type="checkbox" disabled />"Disabled"</label>
                </div>
            </fieldset>
            <div class="switch">
                <label><input type="checkbox" role="switch" checked />"Switch"</label>
            </div>
            <details class="advanced">
                <summary>"What few need"</summary>
                <p>"It takes the place that it needs."</p>
            </details>
        </div>
    }
}
