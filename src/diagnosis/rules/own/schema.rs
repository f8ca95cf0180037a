//! The format as a JSON schema, for editors that complete TOML by it (taplo, Even Better TOML).

use serde_json::{Map, Value, json};

use super::keys::{self, Key, Takes};

/// Draft 7, as editors know it.
pub fn schema() -> Value {
    let mut schema = table(keys::FILE);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("Rules of plainbounce");
    schema["properties"]["format"]["const"] = json!(1);
    let rule = &mut schema["properties"]["rule"]["items"];
    rule["required"] = json!(["name"]);
    rule["properties"]["link"]["pattern"] = json!("^https://");
    schema
}

fn table(keys: &'static [Key]) -> Value {
    let properties = keys.iter().map(|key| {
        let mut value = takes(key.takes);
        value["description"] = json!(key.about);
        (key.name.to_owned(), value)
    });
    json!({
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "additionalProperties": false,
    })
}

fn takes(takes: Takes) -> Value {
    let or_list = |one: Value| json!({"anyOf": [one.clone(), {"type": "array", "items": one, "minItems": 1}]});
    match takes {
        Takes::Text => json!({"type": "string"}),
        Takes::Texts => or_list(json!({"type": "string"})),
        Takes::OneOf(known) => json!({"enum": known()}),
        Takes::SomeOf(known) => or_list(json!({"enum": known()})),
        Takes::Flag => json!({"type": "boolean"}),
        Takes::Number => json!({"type": "integer"}),
        Takes::Table(keys) => table(keys),
        Takes::Tables(keys) => json!({"type": "array", "items": table(keys)}),
        Takes::Languages(keys) => json!({"type": "object", "additionalProperties": table(keys)}),
    }
}
