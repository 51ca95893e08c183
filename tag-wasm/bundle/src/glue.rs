//! The border between the module and JavaScript, as small as can be.
//!
//! wasm-bindgen writes JavaScript for every case there is: texts and objects in both directions, several ways to load. Of
//! that, only the functions that the module imports are kept. Memory is read by `js/module.js`, which works for the module
//! in both its shapes: as WebAssembly, and translated to JavaScript, where memory that has grown leaves no sign.
//!
//! So an import may take numbers, booleans, texts and byte slices and return a number or a boolean; an export takes and
//! returns numbers and booleans. Whatever else wasm-bindgen would translate is refused here.

use anyhow::{Result, bail};

/// What the module imports comes from one object under this name.
pub(crate) const FROM: &str = "w";
/// The module that wasm-bindgen's own JavaScript pretends to be.
const GENERATED: &str = "./weir_tag_bg.js";
/// wasm-bindgen's helpers, and what they are called in `js/module.js`.
const HELPERS: [(&str, &str); 2] = [
    ("getStringFromWasm0", "textAt"),
    ("getArrayU8FromWasm0", "bytesAt"),
];
/// Exports that only the dropped JavaScript would use.
const UNUSED_EXPORTS: &str = "__";

/// An import of the module: where from, and its name there.
pub(crate) struct Import<'a> {
    pub(crate) module: &'a mut String,
    pub(crate) name: &'a mut String,
}

/// Whether an export is for JavaScript that is dropped.
pub(crate) fn is_unused(export: &str) -> bool {
    export.starts_with(UNUSED_EXPORTS)
}

/// The JavaScript that lends the module its imports, from what wasm-bindgen wrote. Gives each import a short name on both
/// sides: those that wasm-bindgen makes end in a hash, which does not compress.
pub(crate) fn write<'a>(
    generated: &str,
    imports: impl Iterator<Item = Import<'a>>,
) -> Result<String> {
    let mut out = String::new();
    for line in generated
        .lines()
        .filter(|line| line.starts_with("import {"))
    {
        out.push_str(line);
        out.push('\n');
    }
    let mut functions = String::new();
    let mut helpers = Vec::new();
    for (at, import) in imports.enumerate() {
        let short = format!("i{at}");
        if import.module == GENERATED {
            let mut function = function(generated, import.name)?;
            for (helper, ours) in HELPERS {
                if function.contains(helper) {
                    function = function.replace(helper, ours);
                    helpers.push(ours);
                }
            }
            if function.contains("Wasm0(") || function.contains("wasm.") {
                bail!(
                    "`{}` takes or returns what `bundle/src/glue.rs` does not pass: numbers, booleans, `&str` and `&[u8]` \
                     go in, numbers and booleans come out",
                    import.name
                );
            }
            functions.push_str(&format!("  {short}: {function},\n"));
        } else {
            out.push_str(&format!(
                "import {{ {} as {short} }} from '{}';\n",
                import.name, import.module
            ));
            functions.push_str(&format!("  {short},\n"));
        }
        FROM.clone_into(import.module);
        *import.name = short;
    }
    helpers.sort_unstable();
    helpers.dedup();
    out.push_str(&format!(
        "import {{ {} }} from './module.js';\n",
        helpers.join(", ")
    ));
    out.push_str(&format!(
        "export const imports = {{ {FROM}: {{\n{functions}}} }};\n"
    ));
    Ok(out)
}

/// The function that wasm-bindgen wrote for an import, as an arrow function:
///
/// ```text
/// NAME: function(arg0, arg1) {
/// const ret = closest(arg0 >>> 0, arg1 >>> 0);
/// return ret;
/// },
/// ```
fn function(generated: &str, name: &str) -> Result<String> {
    let mut lines = generated.lines().map(str::trim);
    let head = format!("{name}: function(");
    let Some(parameters) = lines.find_map(|line| line.strip_prefix(&head)?.strip_suffix(" {"))
    else {
        bail!("wasm-bindgen wrote no function for `{name}`");
    };
    let body: Vec<&str> = lines
        .take_while(|line| !matches!(*line, "}," | "}"))
        .collect();
    let expression = match *body.as_slice() {
        [only] => only.strip_suffix(';'),
        [value, "return ret;"] => value
            .strip_prefix("const ret = ")
            .and_then(|value| value.strip_suffix(';')),
        _ => None,
    };
    match expression {
        Some(expression) if !expression.starts_with("throw") => {
            Ok(format!("({parameters} => {expression}"))
        }
        _ => bail!(
            "wasm-bindgen wrote `{name}` in another way than `bundle/src/glue.rs` knows: {body:?}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATED_JS: &str = "import { closest, query } from './dom.js';\nimport * as import1 from \"./random.js\"\n\
        function __wbg_get_imports() {\n const import0 = {\n __wbg_closest_1: function(arg0, arg1) {\n\
        const ret = closest(arg0 >>> 0, getStringFromWasm0(arg1, arg2));\nreturn ret;\n},\n\
        __wbg_save_2: function(arg0) {\nsave(arg0);\n},\n__wbg_take_3: function(arg0) {\nconst ret = take();\n\
        const ptr1 = passStringToWasm0(ret);\n},\n}";

    fn glue(imports: &mut [(&str, &str)]) -> Result<(String, Vec<(String, String)>)> {
        let mut owned: Vec<_> = imports
            .iter()
            .map(|(module, name)| ((*module).to_owned(), (*name).to_owned()))
            .collect();
        let js = write(
            GENERATED_JS,
            owned
                .iter_mut()
                .map(|(module, name)| Import { module, name }),
        )?;
        Ok((js, owned))
    }

    #[test]
    fn functions_get_short_names_on_both_sides() {
        let (js, renamed) = glue(&mut [
            ("./weir_tag_bg.js", "__wbg_closest_1"),
            ("./random.js", "random"),
            ("./weir_tag_bg.js", "__wbg_save_2"),
        ])
        .unwrap();
        let own = |name: &str| ("w".to_owned(), name.to_owned());
        assert_eq!(renamed, [own("i0"), own("i1"), own("i2")]);
        assert_eq!(
            js,
            "import { closest, query } from './dom.js';\nimport { random as i1 } from './random.js';\n\
             import { textAt } from './module.js';\nexport const imports = { w: {\n  \
             i0: (arg0, arg1) => closest(arg0 >>> 0, textAt(arg1, arg2)),\n  i1,\n  i2: (arg0) => save(arg0),\n} };\n"
        );
    }

    #[test]
    fn what_cannot_be_passed_is_refused() {
        let message = glue(&mut [("./weir_tag_bg.js", "__wbg_take_3")])
            .unwrap_err()
            .to_string();
        assert!(message.contains("`__wbg_take_3`"), "{message}");
        assert!(glue(&mut [("./weir_tag_bg.js", "__wbg_missing")]).is_err());
    }
}
