//! What the parts of a report are made of. Few types that every part shares: each other kind of element that a page is made of
//! is code that browsers load.

use leptos::prelude::*;

/// A part of a report, with its name and what to know of it.
pub fn card(class: &'static str, title: String, note: String, content: Vec<AnyView>) -> AnyView {
    view! {
        <figure class=class>
            <figcaption><h3>{title}</h3><p class="sub">{note}</p></figcaption>
            {content}
        </figure>
    }
    .into_any()
}

/// Words and numbers in rows, of which the first of each names it.
pub struct Numbers {
    pub caption: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Numbers {
    /// For everybody; a long one scrolls, also by keyboard.
    pub fn shown(self) -> AnyView {
        let label = self.caption.clone();
        view! { <div class="table-scroll" tabindex="0" role="group" aria-label=label>{self.table(None)}</div> }
            .into_any()
    }

    /// For those who do not see the picture that it belongs to.
    pub fn spoken(self) -> AnyView {
        let caption = self.caption.clone();
        view! { <div class="chart-numbers">{self.table(Some(caption))}</div> }.into_any()
    }

    fn table(self, caption: Option<String>) -> AnyView {
        let head: Vec<_> = self.head.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect();
        let row = |cells: Vec<String>| {
            let mut cells = cells.into_iter();
            let name = cells.next().unwrap_or_default();
            let cells: Vec<_> = cells.map(|cell| view! { <td>{cell}</td> }).collect();
            view! { <tr><th scope="row">{name}</th>{cells}</tr> }
        };
        let rows: Vec<_> = self.rows.into_iter().map(row).collect();
        view! {
            <table class="numbers">
                {caption.map(|caption| view! { <caption>{caption}</caption> })}
                <thead><tr>{head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    }
}
