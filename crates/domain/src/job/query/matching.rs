//! Whether a job matches a query.

use super::{
    Condition, JobQuery, Loose, Wanted,
    fields::{Found, named},
    operator::Operator,
};
use crate::{Timestamp, job::JobSummary};

impl JobQuery {
    /// Whether `job` is in the list. Ages, and the duration of a job that has not ended, are counted at `now`.
    pub fn matches(&self, job: &JobSummary, now: Timestamp) -> bool {
        let looks_for_words = self.terms.iter().any(|term| matches!(term.condition, Condition::Word(_)));
        // The same text that the database searches.
        let searched = if looks_for_words {
            format!("{} {} {}", job.name, job.dataset_name, job.target).to_lowercase()
        } else {
            String::new()
        };
        self.terms.iter().all(|term| {
            let holds = match &term.condition {
                Condition::Word(word) => searched.contains(word),
                Condition::Field(operator, wanted) => wanted.holds(*operator, job, now),
            };
            holds != term.not
        })
    }
}

impl Wanted {
    fn holds(&self, operator: Operator, job: &JobSummary, now: Timestamp) -> bool {
        match self {
            Self::State(states) => operator.picks(states, &job.progress.status),
            Self::Task(tasks) => operator.picks(tasks, &job.task),
            Self::Experiment(ids) => job.experiment_id.is_some_and(|id| operator.picks(ids, &id)),
            Self::Text(field, values) => {
                let found: Vec<String> = field.of(job).iter().map(|text| text.to_lowercase()).collect();
                let fits = |operator, value: &String| found.iter().any(|text| text_fits(operator, text, value));
                !found.is_empty() && operator.holds(values, fits)
            }
            Self::Moment(field, values) => field
                .of(job)
                .is_some_and(|found| operator.holds(values, |operator, value| value.admits(operator, found, now))),
            Self::Number(field, values) => field
                .of(job, Some(now))
                .is_some_and(|found| operator.holds(values, |operator, value| number_fits(operator, found, *value))),
            Self::Named(name, values) => named(job, name).is_some_and(|found| match found {
                Found::Number(found) => operator.holds(values, |operator, Loose { number, .. }| {
                    number.is_some_and(|number| number_fits(operator, found, number))
                }),
                Found::Text(found) => {
                    let found = found.to_lowercase();
                    operator.holds(values, |operator, Loose { text, .. }| text_fits(operator, &found, text))
                }
            }),
        }
    }
}

fn number_fits(operator: Operator, found: f64, wanted: f64) -> bool {
    found.partial_cmp(&wanted).is_some_and(|ordering| operator.admits(ordering))
}

/// Both are in lower case.
fn text_fits(operator: Operator, found: &str, wanted: &str) -> bool {
    match operator {
        Operator::Contains => found.contains(wanted),
        // A text is neither below nor above a number.
        operator => !operator.is_order() && found == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::JobQuery;
    use crate::job::{JobState, JobSummary, query::sample};

    fn matches(job: &JobSummary, text: &str) -> bool {
        let query = JobQuery::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        query.matches(job, sample::now())
    }

    #[track_caller]
    fn check(job: &JobSummary, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(matches(job, text), "{text} should match");
            assert!(!matches(job, &format!("{text} -iris")), "{text} -iris should not match");
        }
        for text in no {
            assert!(!matches(job, text), "{text} should not match");
        }
    }

    #[test]
    fn words_are_in_the_name_the_dataset_or_the_target() {
        let yes =
            ["IRIS", "first äö", "\"first try\"", "\"try äö iris\"", "\"flowers species\"", "-wine", "-\"try first\""];
        let no = ["wine", "iris wine", "-iris", "mlp", "baseline", "\"species iris\"", "multiclass"];
        check(&sample::job(), &yes, &no);
        assert!(matches(&sample::job(), ""));
    }

    #[test]
    fn texts_contain_or_equal() {
        let yes = [
            "name:TRY",
            "Name : \"first try\"",
            "name=\"FIRST TRY äö\"",
            "name!=first",
            "dataset:iris,wine",
            "dataset_name:flower",
            "target:spec",
            "target=species",
            "model:MLP",
            "model=linear,mlp",
            "model!=linear",
            "-model:linear",
            "name:\"\"",
        ];
        let no =
            ["name=first", "name!=\"first try äö\"", "dataset:wine,cars", "model:ml", "model!=mlp,cnn", "-model:mlp"];
        check(&sample::job(), &yes, &no);
    }

    #[test]
    fn tags_are_whole_and_one_is_enough() {
        let yes =
            ["tag:baseline", "tag=BASELINE", "tag:\"second round\"", "tag:other,baseline", "tag!=other", "-tag:other"];
        let no = ["tag:base", "tag:second", "tag!=baseline", "tag!=other,baseline", "tag:baseline tag:other"];
        let mut job = sample::job();
        check(&job, &yes, &no);
        job.tags.clear();
        check(&job, &["-tag:baseline", "-tag!=baseline"], &["tag:baseline", "tag!=baseline", "tag:\"\""]);
    }

    #[test]
    fn statuses_tasks_and_experiments() {
        let other = "experiment!=0192f000-0000-7000-8000-00000000000f";
        let this = format!("experiment:{}", sample::EXPERIMENT);
        let yes = [
            "status:completed",
            "STATE = Completed",
            "status:running,completed",
            "status:ended",
            "status!=active",
            "-status:active",
            "task:multiclass",
            "task!=binary,regression",
            &this,
            other,
        ];
        let not_this = format!("experiment_id!={}", sample::EXPERIMENT.to_uppercase());
        let no = ["status:running", "status:active", "status!=ended", "-status:ended", "task:binary", &not_this];
        let mut job = sample::job();
        check(&job, &yes, &no);
        job.experiment_id = None;
        check(&job, &[&format!("-{this}")], &[&this, other]);
    }

    #[test]
    fn numbers_of_the_job() {
        let yes = [
            "epoch:18",
            "epoch=1,18",
            "epoch>17",
            "epoch >= 18",
            "epoch<=18",
            "epoch!=17",
            "epochs:20",
            "step<100",
            "progress:100",
            "progress>90%",
            "progress>=100%",
            "loss<.5",
            "loss = 25%",
            "loss>-1",
        ];
        let no = ["epoch:1", "epoch!=18,17", "epoch<18", "epoch>18", "step>=1e3", "loss>0.25", "loss<-1"];
        let mut job = sample::job();
        check(&job, &yes, &no);
        job.progress.loss = None;
        check(&job, &["-loss<1"], &["loss<1", "loss>=1", "loss!=1"]);
    }

    #[test]
    fn dates_are_spans_and_ages_count_back_from_now() {
        let yes = [
            "created:2026-11-01",
            "created=2026-10-31,2026-11-01",
            "created>2026-10-31",
            "created>=2026-11-01",
            "created<=2026-11-01",
            "created<2026-11-02",
            "created!=2026-11-02",
            "started:2026-11-01T12:00",
            "started>2026-11-01T11:59",
            "finished<\"2026-11-01 13:06+01:00\"",
            "finished<10d",
            "started>=10d",
            "started<=10d",
            "created>1w",
            "created<11d",
            "created>239h",
        ];
        let no = [
            "created>2026-11-01",
            "created<2026-11-01",
            "created!=2026-11-01",
            "started>10d",
            "created<7d",
            "created>11d",
        ];
        let mut job = sample::job();
        check(&job, &yes, &no);
        job.progress.finished_at = None;
        check(&job, &["-finished<9000d"], &["finished<9000d", "finished>2000-01-01", "finished!=2000-01-01"]);
    }

    #[test]
    fn a_duration_goes_on_until_the_end() {
        let mut job = sample::job();
        check(
            &job,
            &["duration:300", "duration=5m", "duration<1h", "duration>299s"],
            &["duration>5m", "duration!=300"],
        );
        job.progress.finished_at = None;
        job.progress.status = JobState::Running;
        check(&job, &["duration:10d", "duration>1h"], &["duration<10d"]);
        job.progress.started_at = None;
        check(&job, &["-duration>0"], &["duration>=0", "duration<1h", "duration!=1"]);
    }

    #[test]
    fn metrics_and_parameters() {
        let yes = [
            "test_accuracy>0.9",
            "Accuracy>92%",
            "accuracy:93%",
            "accuracy<0.94 accuracy>0.92",
            "baseline_accuracy<0.5",
            "train_loss:0.25",
            "lr<0.01",
            "lr : 3e-3",
            "learning_rate=.003",
            "lr!=0.1",
            "lr!=fast",
            "lr:\"0.003\"",
            "lr:0.1,0.003",
            "batch_size=32",
            "warmup:7%",
            "optimizer:adam",
            "optimizer=AdamW",
            "optimizer!=adam",
            "hidden:64",
            "hidden=\"64, 32\"",
            "-optimizer:sgd",
            "-unknown>3",
            "-unknown!=3",
            "-optimizer<3",
        ];
        let no = [
            "test_accuracy>0.95",
            "accuracy>0.95",
            "lr:0.00300001",
            "lr:fast",
            "lr!=0.003",
            "optimizer=adam",
            "optimizer<3",
            "optimizer>3",
            "hidden=64",
            "hidden:128",
            "unknown>3",
            "unknown<=3",
            "unknown:x",
            "unknown!=3",
        ];
        check(&sample::job(), &yes, &no);
    }

    #[test]
    fn all_terms_are_required() {
        let whole =
            "status:completed lr<0.01 tag:baseline accuracy>0.9 iris -model:linear created>2026-10-01 \"first try\"";
        check(&sample::job(), &[whole], &[&whole.replace("0.01", "0.001"), &whole.replace("linear", "mlp")]);
    }
}
