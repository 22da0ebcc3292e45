//! The fields of the training form, with the defaults that an empty field stands for.

use domain::{
    dataset::{ColumnProfile, ColumnType, DatasetView},
    job::{Device, JobSpec, ModelName, ModelSpec, SettingKind, TrainingRequest, usual_name},
    model::ModelView,
};
use leptos::prelude::*;

use crate::{
    components::{error::FormError, field::Field, format},
    language::said,
};

/// What is trained when everything is left open; the same functions that the server uses.
fn defaults(dataset: &DatasetView, from: Option<&ModelView>) -> Option<JobSpec> {
    let open = TrainingRequest::default();
    from.map_or(Ok(open.clone()), |model| open.starting_from(model, None)).and_then(|open| open.resolve(dataset)).ok()
}

/// What it would learn of a column: "3 classes", "a number".
fn learns(column: &ColumnProfile, rows: u64) -> Option<String> {
    use domain::job::Task;
    column.possible_task(rows).map(|task| match task {
        Task::Regression => t!("a number").to_owned(),
        Task::Binary => t!("two classes").to_owned(),
        _ => t!("{n} classes", n = format::count(column.unique)),
    })
}

/// The models that can learn from a dataset, of which `spec` is what is trained when everything is left open.
fn suitable(dataset: &DatasetView, spec: Option<&JobSpec>) -> Vec<ModelName> {
    let has = |name: ModelName| {
        dataset.profile.columns.iter().any(|column| match name {
            ModelName::Linear | ModelName::Mlp | ModelName::Resnet => column.kind.is_feature() && column.unique > 1,
            ModelName::Transformer => column.kind == ColumnType::Text,
            ModelName::Cnn => column.kind == ColumnType::Image,
        })
    };
    // A table needs a column beside the one to predict.
    let table =
        spec.is_none_or(|spec| spec.task.is_table() || !dataset.profile.default_features(&spec.target).is_empty());
    ModelName::ALL.into_iter().filter(|name| has(*name) && (table || name.only_task().is_some())).collect()
}

fn label(name: ModelName) -> &'static str {
    match name {
        ModelName::Linear => t!("Linear"),
        ModelName::Mlp => t!("MLP (neural network)"),
        ModelName::Resnet => t!("Residual network"),
        ModelName::Transformer => t!("Transformer"),
        ModelName::Cnn => "CNN",
    }
}

fn explain(name: ModelName) -> &'static str {
    match name {
        ModelName::Linear => t!("Linear is simple and quick."),
        ModelName::Mlp => t!("MLP finds curves."),
        ModelName::Resnet => t!("A residual network is deeper."),
        ModelName::Transformer => t!("The transformer reads text."),
        ModelName::Cnn => t!("The CNN looks at images."),
    }
}

/// The settings of a model; hidden once the browser knows that another one is chosen.
#[component]
fn Settings(
    name: ModelName,
    /// What is trained when everything is left open.
    usual: Option<ModelSpec>,
    model: RwSignal<String>,
    error: FormError,
) -> impl IntoView {
    // What the data asks for, where the data is known to the model.
    let spec = usual.filter(|usual| usual.name() == name).unwrap_or_else(|| name.spec());
    let fields = name.settings().iter().map(|setting| {
        let (key, id) = (setting.key, format!("{}-{}", name.as_str(), setting.key));
        let (field, default) = (format!("settings[{}.{key}]", name.as_str()), spec.setting(key));
        let options = |choices: Vec<(String, String)>| {
            let options = choices.into_iter().map(|(value, shown)| {
                let selected = value == default;
                view! { <option value=value selected=selected>{shown}</option> }
            });
            view! { <select id=id.clone() name=field.clone()>{options.collect_view()}</select> }.into_any()
        };
        let control = match setting.kind {
            SettingKind::Choice(choices) => {
                options(choices.iter().map(|(value, shown)| ((*value).to_owned(), (*shown).to_owned())).collect())
            }
            SettingKind::Switch => {
                options([("true", t!("on")), ("false", t!("off"))].map(|(a, b)| (a.into(), b.into())).into())
            }
            SettingKind::Count | SettingKind::Counts | SettingKind::Share => {
                view! { <input id=id.clone() name=field.clone() dir="ltr" placeholder=default.clone() /> }.into_any()
            }
        };
        let (label, hint) = (said(setting.label), said(setting.hint));
        view! { <Field label for_id=id.clone() hint error=error.field(setting.field())>{control}</Field> }
    });
    let other = move || model.with(|chosen| !chosen.is_empty() && chosen != name.as_str());
    (!name.settings().is_empty()).then(|| {
        view! {
            <fieldset hidden=other disabled=other>
                <legend>{label(name)}</legend>
                <div class="columns-3">{fields.collect_view()}</div>
            </fieldset>
        }
    })
}

/// What nearly everybody decides.
#[component]
pub fn Basics(
    dataset: DatasetView,
    /// The column to predict, once the browser knows it.
    target: RwSignal<String>,
    /// The chosen model, once the browser knows it.
    model: RwSignal<String>,
    error: FormError,
) -> impl IntoView {
    let spec = defaults(&dataset, None);
    let usual = spec.as_ref().map_or(ModelName::Mlp, |spec| spec.model.name());
    Effect::new(move |_| model.set(usual.as_str().to_owned()));
    let choices = suitable(&dataset, spec.as_ref());
    let hint = choices.iter().map(|name| explain(*name)).collect::<Vec<_>>().join(" ");
    let models = choices.into_iter().map(move |name| {
        view! { <option value=name.as_str() selected=name == usual>{label(name)}</option> }
    });
    let rows = dataset.profile.rows;
    let default = spec.map(|spec| spec.target);
    let first = default.clone().unwrap_or_default();
    Effect::new(move |_| target.set(first.clone()));
    let columns = dataset.profile.columns.len() as u64;
    let targets = dataset.profile.columns.into_iter().filter_map(move |column| {
        let label = t!("{column}: {what}", column = column.name, what = learns(&column, rows)?);
        let chosen = default.as_deref() == Some(column.name.as_str());
        Some(view! { <option value=column.name selected=chosen>{label}</option> })
    });
    view! {
        <p class="sub">
            {t!(
                "{rows}, {columns}.",
                rows = format::counted(rows, t!("row"), t!("rows")),
                columns = format::counted(columns, t!("column"), t!("columns"))
            )}
        </p>
        <div class="columns-2">
            <Field label=t!("Target") for_id="target" hint=t!("The column to predict.") error=error.field("target")>
                <select id="target" name="target" on:change=move |event| target.set(event_target_value(&event))>
                    {targets.collect_view()}
                </select>
            </Field>
            <Field label=t!("Model") for_id="model" hint=hint error=error.field("model")>
                <select id="model" name="model" on:change=move |event| model.set(event_target_value(&event))>
                    {models.collect_view()}
                </select>
            </Field>
        </div>
    }
}

/// Everything else, folded away: an empty field means the default that it shows.
#[component]
pub fn Advanced(
    dataset: DatasetView,
    /// The column to predict, which cannot be learned from.
    target: RwSignal<String>,
    /// The chosen model, once the browser knows it.
    model: RwSignal<String>,
    error: FormError,
    /// That a job can be trained on.
    devices: Vec<Device>,
    /// The model that training begins with, which decides what is learned from what.
    from: Option<ModelView>,
) -> impl IntoView {
    let spec = defaults(&dataset, from.as_ref());
    let decided = from.is_some();
    let suitable = suitable(&dataset, spec.as_ref());
    let usual = || spec.as_ref().map(|spec| spec.model.clone());
    let suitable = if decided { Vec::new() } else { suitable };
    let settings: Vec<_> =
        suitable.into_iter().map(|name| view! { <Settings name usual=usual() model error /> }).collect();
    let text = |read: fn(&JobSpec) -> String| spec.as_ref().map(read).unwrap_or_default();
    let epochs = text(|spec| spec.epochs.to_string());
    let batch_size = text(|spec| spec.batch_size.to_string());
    let lr = text(|spec| spec.lr.to_string());
    let decay = text(|spec| spec.learning.weight_decay_of(spec.optimizer).to_string());
    let smoothing = text(|spec| spec.learning.label_smoothing.to_string());
    let validation = text(|spec| spec.validation.to_string());
    let patience = text(|spec| spec.early_stopping.map_or("off".into(), |patience| patience.to_string()));
    let seed = text(|spec| spec.seed.to_string());
    let (usual, of) = (text(|spec| spec.name.clone()), dataset.name.clone());
    let name = move || {
        let chosen = model.with(|model| ModelName::ALL.into_iter().find(|name| name.as_str() == model));
        chosen.map_or_else(|| usual.clone(), |chosen| usual_name(&of, chosen))
    };
    let of_table_or_text = |column: &ColumnProfile| column.can_be_feature() || column.kind == ColumnType::Text;
    let rows = dataset.profile.rows;
    let splits = dataset.profile.columns.iter().flat_map(|column| {
        let (group, time) = (column.is_group(rows), column.is_time());
        let name = &column.name;
        let group = group.then(|| (format!("group:{name}"), t!("By group: {column}", column = name)));
        let time = time.then(|| (format!("time:{name}"), t!("By time: {column}", column = name)));
        [group, time].into_iter().flatten()
    });
    let splits: Vec<_> = splits.map(|(value, text)| view! { <option value=value>{text}</option> }).collect();
    let devices = devices.into_iter().map(|device| {
        let text = match device {
            Device::Flex => "CPU (flex)",
            Device::Ndarray => t!("CPU (ndarray, slower)"),
            Device::Cuda => "GPU (CUDA)",
            Device::Wgpu => "GPU (wgpu)",
        };
        view! { <option value=device.as_str()>{text}</option> }
    });
    let devices: Vec<_> = devices.collect();
    let images = dataset.profile.columns.iter().any(|column| column.kind == ColumnType::Image);
    let usable = dataset.profile.columns.into_iter().filter(|column| of_table_or_text(column) && column.unique > 1);
    let features = usable.enumerate().map(|(at, column)| {
        let (label, value, id) = (column.name.clone(), column.name.clone(), format!("feature-{at}"));
        let for_id = id.clone();
        let is_target = Memo::new(move |_| target.with(|target| *target == column.name));
        view! {
            <label for=for_id class="check" hidden=is_target>
                <input type="checkbox" id=id name=format!("features[{at}]") value=value disabled=is_target />
                <bdi>{label}</bdi>
            </label>
        }
    });
    // Opened when something within is wrong: nobody should have to look for it.
    let inside = [
        "epochs",
        "lr",
        "batch_size",
        "validation",
        "split",
        "folds",
        "early_stopping",
        "seed",
        "name",
        "features",
        "optimizer",
        "schedule",
        "weight_decay",
        "gradient_clip",
        "class_weights",
        "label_smoothing",
        "device",
        "task",
        "model",
    ];
    let within = move |field: &String| inside.contains(&field.as_str()) || field.starts_with("model.");
    let wrong = move || error.get().is_some_and(|error| error.0.fields.keys().any(within));
    view! {
        <details class="advanced" open=wrong>
            <summary>{t!("Advanced")}</summary>
            <div class="columns-3">
                <Field label=t!("Epochs") for_id="epochs" hint=t!("At most.") error=error.field("epochs")>
                    <input id="epochs" name="epochs" inputmode="numeric" dir="ltr" placeholder=epochs />
                </Field>
                <Field
                    label=t!("Batch size")
                    for_id="batch_size"
                    hint=t!("Rows a step.")
                    error=error.field("batch_size")
                >
                    <input id="batch_size" name="batch_size" inputmode="numeric" dir="ltr" placeholder=batch_size />
                </Field>
                <Field
                    label=t!("Early stopping")
                    for_id="early_stopping"
                    hint=t!("Epochs without improvement, or {off}.", off = "off")
                    error=error.field("early_stopping")
                >
                    <input id="early_stopping" name="early_stopping" dir="ltr" placeholder=patience />
                </Field>
                <Field label=t!("Optimizer") for_id="optimizer" error=error.field("optimizer")>
                    <select id="optimizer" name="optimizer">
                        <option value="adam" translate="no">"Adam"</option>
                        <option value="adamw" translate="no">"AdamW"</option>
                        <option value="sgd">{t!("SGD with momentum")}</option>
                    </select>
                </Field>
                <Field label=t!("Learning rate") for_id="lr" error=error.field("lr")>
                    <input id="lr" name="lr" inputmode="decimal" dir="ltr" placeholder=lr />
                </Field>
                <Field
                    label=t!("Schedule")
                    for_id="schedule"
                    hint=t!("Learning rate over time.")
                    error=error.field("schedule")
                >
                    <select id="schedule" name="schedule">
                        <option value="">{t!("Constant")}</option>
                        <option value="cosine">{t!("Cosine with warm-up")}</option>
                        <option value="plateau">{t!("Halve on a plateau")}</option>
                    </select>
                </Field>
                <Field
                    label=t!("Weight decay")
                    for_id="weight_decay"
                    hint=t!("Pulls weights to zero.")
                    error=error.field("weight_decay")
                >
                    <input id="weight_decay" name="weight_decay" inputmode="decimal" dir="ltr" placeholder=decay />
                </Field>
                <Field
                    label=t!("Gradient clipping")
                    for_id="gradient_clip"
                    hint=t!("Longest gradient; empty never clips.")
                    error=error.field("gradient_clip")
                >
                    <input
                        id="gradient_clip"
                        name="gradient_clip"
                        inputmode="decimal"
                        dir="ltr"
                        placeholder=t!("off")
                    />
                </Field>
                <Field
                    label=t!("Class weights")
                    for_id="class_weights"
                    hint=t!("For rare classes.")
                    error=error.field("class_weights")
                >
                    <select id="class_weights" name="class_weights">
                        <option value="">{t!("All the same")}</option>
                        <option value="balanced">{t!("Balanced")}</option>
                    </select>
                </Field>
                <Field
                    label=t!("Label smoothing")
                    for_id="label_smoothing"
                    hint=t!("Share of certainty spread.")
                    error=error.field("label_smoothing")
                >
                    <input
                        id="label_smoothing"
                        name="label_smoothing"
                        inputmode="decimal"
                        dir="ltr"
                        placeholder=smoothing
                    />
                </Field>
                <Field
                    label=t!("Validation share")
                    for_id="validation"
                    hint=t!("0.05 to 0.5.")
                    error=error.field("validation")
                >
                    <input id="validation" name="validation" inputmode="decimal" dir="ltr" placeholder=validation />
                </Field>
                <Field
                    label=t!("Split")
                    for_id="split"
                    hint=t!("What stays together, or comes last.")
                    error=error.field("split")
                >
                    <select id="split" name="split">
                        <option value="">{t!("By chance")}</option>
                        {(!images).then_some(splits)}
                    </select>
                </Field>
                {(!decided).then(|| view! {
                    <Field
                        label=t!("Cross-validation")
                        for_id="folds"
                        hint=t!("Parts, such as 5; empty for none.")
                        error=error.field("folds")
                    >
                        <input id="folds" name="folds" inputmode="numeric" dir="ltr" placeholder=t!("off") />
                    </Field>
                })}
                <Field label=t!("Seed") for_id="seed" hint=t!("Same seed, same weights.") error=error.field("seed")>
                    <input id="seed" name="seed" inputmode="numeric" dir="ltr" placeholder=seed />
                </Field>
                <Field label=t!("Device") for_id="device" error=error.field("device")>
                    <select id="device" name="device">
                        {devices}
                    </select>
                </Field>
                <Field label=t!("Run name") for_id="run-name" error=error.field("name")>
                    <input id="run-name" name="name" maxlength="200" dir="auto" placeholder=name />
                </Field>
            </div>
            {settings}
            <fieldset hidden=images || decided disabled=decided>
                <legend>{t!("Learn from")}</legend>
                <p class="hint">
                    {t!("Tick the columns to use. None ticked means all but those that only number the rows.")}
                </p>
                <div class="checks">{features.collect_view()}</div>
                {move || error.field("features").get().map(|why| view! { <p class="field-error">{why}</p> })}
            </fieldset>
        </details>
    }
}
