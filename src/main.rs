use plainbounce::*;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    match args[1].as_str() {
        "inspect" => {
            let files: Vec<std::path::PathBuf> = args[2..]
                .iter()
                .filter(|a| *a != "--json")
                .map(Into::into)
                .collect();
            cli::inspect::run(&files, args.iter().any(|a| a == "--json")).expect("x");
        }
        "explain" => print!(
            "{}",
            cli::explain::explain(
                args[2].parse().expect("code"),
                args.get(3).and_then(|t| t.parse().ok()).unwrap_or_default()
            )
            .expect("known")
        ),
        _ => {
            use std::io::*;
            let mut b = vec![];
            stdin().read_to_end(&mut b).expect("in");
            let a = annotator::Annotator::new(annotator::Settings {
                name: "mail.example.org".into(),
                language: Default::default(),
            });
            match a.annotate(&Default::default(), &b, true) {
                annotator::Outcome::Annotated(e, s) => {
                    eprintln!("{s:?}");
                    let mut o = e.apply_to_head(&b);
                    o.extend(e.end);
                    stdout().write_all(&o).expect("out");
                }
                annotator::Outcome::Untouched(s) => {
                    eprintln!("{s:?}");
                    stdout().write_all(&b).expect("out");
                }
            }
        }
    }
}
