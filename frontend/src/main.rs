//! The browser-only development loop (`trunk serve`): the same pages, rendered by the browser alone.

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
